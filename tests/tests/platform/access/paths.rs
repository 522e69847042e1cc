//! A rule about a resource names the path parameter of that resource.

use std::panic::{AssertUnwindSafe, catch_unwind};

use provost_domain::{Permission, export::ExportJob};
use provost_http::{Access, HandlerResult, NoContent, RequestContext, Routes, access::AccessRule};

async fn nothing<G>(_: RequestContext<G>) -> HandlerResult<NoContent> {
    Ok(NoContent)
}

/// Whether a table with this route can be built.
fn builds<R: AccessRule>(path: &'static str, access: R) -> bool {
    let build = || Routes::of("test").get(path, access, nothing::<R::Grant>, "Do nothing.");
    catch_unwind(AssertUnwindSafe(build)).is_ok()
}

#[test]
fn a_route_whose_path_lacks_the_parameter_of_its_rule_is_not_built() {
    let staff = Access::staff(Permission::UserSuspend);
    for (path, right) in [("/users/{id}", true), ("/users/{userId}", false), ("/users", false)] {
        assert_eq!(builds(path, staff.above_target("id")), right, "{path}");
        assert_eq!(builds(path, staff.above_staff_target("id")), right, "{path}");
        assert_eq!(builds(path, staff.above_owner::<ExportJob>("id")), right, "{path}");
        assert_eq!(builds(path, Access::self_or(Permission::UserView, "id")), right, "{path}");
    }
    assert!(builds("/users/{userId}", staff.above_target("userId")));
    assert!(builds("/users", staff), "a rule without a resource needs no parameter");
}
