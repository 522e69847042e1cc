//! The table of filter parameters: values, negation, lists, and what is refused.

use provost_domain::Code;

use crate::world::*;

fn code(query: &str) -> &'static str {
    refused(query).1
}

#[test]
fn an_empty_value_is_refused_and_never_means_everybody() {
    for name in
        ["status", "role", "city", "search", "ids", "country.not", "created_after", "filter"]
    {
        for value in ["", "%20", "%C2%A0", "+"] {
            let expected = (name.to_owned(), "empty_filter_value");
            assert_eq!(refused(&format!("{name}={value}")), expected, "{value:?}");
        }
        assert_eq!(code(name), "empty_filter_value");
    }
    assert_eq!(code("status=active,"), "empty_filter_value");
    assert_eq!(code("status=active&status="), "empty_filter_value");
}

#[test]
fn an_unknown_parameter_is_refused_with_the_nearest_name() {
    for (name, nearest) in [
        ("statuss", "status"),
        ("isAdmin", "is_admin"),
        ("lastLoginBefore", "last_login_before"),
        ("city.contain", "city.contains"),
        ("country.nto", "country.not"),
        ("roles_matches", "roles_match"),
    ] {
        let error = read(&format!("{name}=active")).expect_err(name);
        assert_eq!(error.code, Code::UnknownParameter);
        assert_eq!(error.extra.get("suggestion"), Some(&nearest.into()), "{name}");
        assert!(error.detail.contains(nearest));
    }
    for name in [
        "password",
        "password_hash",
        "notes",
        "token",
        "ip",
        "last_login_ip",
        "country.prefix",
        "=",
        "is_admin[]",
    ] {
        assert_eq!(read(&format!("{name}=x")).expect_err(name).code, Code::UnknownParameter);
    }
}

#[test]
fn an_unknown_value_is_refused_with_the_allowed_ones() {
    let allowed = |query: &str| read(query).expect_err(query).fields[0].allowed.clone();
    assert_eq!(refused("role=no-such-role"), ("role".to_owned(), "unknown_value"));
    assert!(allowed("role=no-such-role").contains(&"Editor".to_owned()));
    assert!(sentence(read("role=Editr")).contains("Editor"));
    assert_eq!(code("country=ZZ"), "invalid");
    for value in ["1", "TRUE", "yes", "0", "on"] {
        assert_eq!(allowed(&format!("is_admin={value}")), ["true", "false"]);
    }
    assert_eq!(code("is_admin=true,false"), "unknown_value");
    assert_eq!(code("is_admin=true&is_admin=false"), "repeated");
    for query in [
        "status=ACTIVE",
        "status=banned",
        "gender=x",
        "auth_method=sms",
        "oauth_provider=x",
        "enrollment_status=done",
        "enrolled_program_type=exam",
        "continent=XX",
        "user_type=root",
        "permission=course.delete",
        "deletion_state=gone",
        "search=a&search_mode=regex",
        "sort=password",
        "sort=phone",
        "sort=date_of_birth",
        "on_unavailable=ignore",
        "roles_match=some&role=admin",
    ] {
        assert_eq!(code(query), "unknown_value", "{query}");
    }
    for query in [
        "timezone=Mars/Phobos",
        "tz=Berlin",
        "locale=e",
        "ids=1",
        "age_min=151",
        "age_min=-1",
        "age_min=1.5",
        "age_min=x",
        "progress_min=101",
        "progress_min=0.001",
        "progress_min=-1",
        "profile_score_min=101",
        "failed_login_attempts_max=1001",
        "created_in_last_days=0",
        "created_in_last_days=3651",
        "total_time_spent_min=1e3",
        "created_after=yesterday",
        "created_after=2026-02-30",
        "status=all,active",
        "status.not=all",
    ] {
        assert_eq!(code(query), "invalid", "{query}");
    }
}

#[test]
fn negation_is_the_complement_also_for_users_without_a_value() {
    let everybody = found("status=all").split(' ').count();
    for (parameter, value) in [
        ("country", "BD"),
        ("country", "BD,NO"),
        ("designation", "teacher"),
        ("expertise", "algebra"),
        ("oauth_provider", "google"),
        ("auth_method", "email,phone"),
        ("role", "editor"),
        ("city", "DHAKA"),
        ("city.prefix", "dh"),
        ("city.contains", "hak"),
        ("timezone", "Asia/Dhaka"),
        ("locale", "en"),
        ("gender", "female"),
        ("continent", "AS"),
        ("is_admin", "true"),
        ("is_admin", "false"),
        ("user_type", "admin,learner"),
        ("age_min", "22"),
        ("age_max", "22"),
        ("created_after", "2026-11-27"),
        ("created_before", "2026-11-27"),
        ("last_login_after", "2026-01-01"),
        ("created_in_last_days", "30"),
        ("active_in_last_days", "30"),
        ("inactive_for_days", "90"),
        ("never_logged_in", "true"),
        ("is_locked", "false"),
        ("profile_score_min", "50"),
        ("enrolled_program_ids", "B"),
        ("enrollment_status", "completed"),
        ("progress_min", "50"),
        ("has_enrollments", "true"),
        ("has_location", "true"),
        ("has_bio", "false"),
        ("permission", "course.update"),
        ("deletion_state", "scheduled"),
        ("deleted_after", "2026-01-01"),
        ("suspension_kind", "ban"),
        ("portal_tier", "paid"),
        ("is_instructor", "true"),
        ("is_learner", "true"),
        ("email_verified", "false"),
        ("phone_verified", "true"),
        ("has_password", "true"),
        ("has_oauth", "true"),
        ("mfa_enabled", "true"),
        ("must_reset_password", "false"),
        ("is_verified", "true"),
        ("id_verified", "true"),
        ("student_verified", "true"),
        ("support_banned", "true"),
        ("profile_complete", "true"),
        ("profile_score_max", "71"),
        ("has_avatar", "false"),
        ("state", "Oslo"),
        ("state.prefix", "o"),
        ("designation.contains", "each"),
        ("last_login_before", "2026-01-01"),
        ("failed_login_attempts_min", "1"),
        ("failed_login_attempts_max", "0"),
        ("enrolled_program_type", "course"),
        ("progress_max", "50"),
        ("total_time_spent_min", "1"),
        ("last_learning_activity_after", "2026-01-01"),
        ("unique_id", "LRN-1"),
        ("external_id", "sis:77"),
        ("ids", "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV"),
        ("deleted_before", "2026-12-01"),
        ("purge_before", "2026-12-01"),
        ("has_legal_hold", "true"),
        ("suspended_until_before", "2026-12-01"),
    ] {
        let with = found(&format!("status=all&{parameter}={value}"));
        let without = found(&format!("status=all&{parameter}.not={value}"));
        let count = |names: &str| names.split_whitespace().count();
        assert_eq!(count(&with) + count(&without), everybody, "{parameter}: {with} / {without}");
    }
    for status in ["active", "inactive", "suspended", "pending_verification", "deleted"] {
        let count = |query: String| found(&query).split_whitespace().count();
        let (with, without) =
            (count(format!("status={status}")), count(format!("status.not={status}")));
        assert_eq!(with + without, everybody, "{status}");
    }
    assert_eq!(found("status.not=suspended"), "Ada Cleo Dora Eve");
    assert_eq!(found("status=suspended"), "Bela");
    assert_eq!(found("country.not=BD"), "Bela Dora Eve");
    assert_eq!(found("expertise.not=algebra&city.not=Oslo"), "Dora Eve");
}

#[test]
fn without_a_status_deleted_users_are_left_out() {
    assert_eq!(found(""), "Ada Bela Dora Eve");
    assert_eq!(found("status=all"), "Ada Bela Cleo Dora Eve");
    assert_eq!(found("status=deleted,active"), "Ada Cleo Eve");
    assert_eq!(found("statuses=deleted&status=active"), "Ada Cleo Eve");
    assert_eq!(found("status.not=active"), "Bela Cleo Dora");
}

#[test]
fn a_bio_of_blanks_is_none() {
    let blank = [None, Some(""), Some("   "), Some("\u{a0}")];
    let mut users: Vec<_> = blank
        .iter()
        .enumerate()
        .map(|(at, bio)| with_bio(user(&format!("n{at}"), NOW), *bio))
        .collect();
    users.push(with_bio(user("yes", NOW), Some("\u{a0}Hi")));
    assert_eq!(found_among(&users, "has_bio=false").len(), 4);
    assert_eq!(found_among(&users, "has_bio=true").into_iter().collect::<Vec<_>>(), ["yes"]);
}

#[test]
fn several_values_are_alternatives_and_an_encoded_comma_is_part_of_a_value() {
    assert_eq!(found("country=bd,no"), "Ada Bela");
    assert_eq!(found("country=BD&country=NO&country=BD"), "Ada Bela");
    assert_eq!(found("city=Dhaka%2COslo"), "");
    assert_eq!(found("expertise=C%3B+C%2B%2B"), "Ada");
    assert_eq!(found("expertise=algebra,geometry"), "Ada");
    assert_eq!(found("expertise=algebra,geometry&expertise_match=all"), "");
    assert_eq!(found("expertise=algebra,c%3B%20c%2B%2B&expertise_match=all"), "Ada");
    assert_eq!(found("expertise.not=algebra,geometry&expertise_match=all"), "Ada Bela Dora Eve");
    assert_eq!(refused("expertise_match=all"), ("expertise_match".to_owned(), "incomplete"));
    assert_eq!(found("locale=en"), "Ada Bela");
    assert_eq!(found("role=EDITOR"), "Ada");
    assert_eq!(found("roles=rol_editor,SUPERADMIN&role=staff"), "Ada Bela");
    assert_eq!(found("role=user,staff&role_match=all"), "Bela");
}

#[test]
fn too_many_values_or_parameters_are_refused() {
    let cities: Vec<String> = (0..101).map(|n| format!("c{n}")).collect();
    assert_eq!(code(&format!("city={}", cities.join(","))), "too_many_filter_values");
    assert!(read(&format!("city={}", cities[..100].join(","))).is_ok());
    assert!(
        read(&format!("city={}", vec!["Dhaka"; 300].join(","))).is_ok(),
        "repetitions collapse"
    );
    assert_eq!(code(&format!("city={}", "x".repeat(257))), "invalid");
}

#[test]
fn a_contradictory_window_is_refused() {
    for query in [
        "created_after=2026-11-27&created_before=2026-11-26",
        "created_before=2026-11-26T00:00:00Z&created_after=2026-11-26T00:00:00Z",
        "last_login_after=2026-11-27&last_login_before=2026-11-26",
        "deleted_after=2026-11-27&deleted_before=2026-11-26",
        "age_min=30&age_max=29",
        "profile_score_min=50&profile_score_max=49",
        "failed_login_attempts_min=2&failed_login_attempts_max=1",
        "progress_min=50.5&progress_max=50.25",
    ] {
        assert_eq!(code(query), "empty_window", "{query}");
    }
    assert!(read("age_min=30&age_max=30").is_ok());
    assert!(read("progress_min=50.25&progress_max=50.5").is_ok());
    assert_eq!(code("created_in_last_days=3&created_after=2026-11-27"), "contradiction");
}

#[test]
fn personal_data_is_no_filter_for_a_caller_who_may_not_see_it() {
    for (query, field, missing) in [
        ("age_min=18", "age_min", "user.update"),
        ("age_max.not=18", "age_max.not", "user.update"),
        ("never_logged_in=false", "never_logged_in", "session.read"),
        ("active_in_last_days=7", "active_in_last_days", "session.read"),
        ("filter=active+eq+true+and+never_logged_in+eq+true", "filter", "session.read"),
        ("has_enrollments=true", "has_enrollments", "user.view"),
        ("progress_min=50", "progress_min", "user.view"),
        ("filter=enrollments%5Bprogress+gt+50%5D", "filter", "user.view"),
        ("sort=-last_login_at", "sort", "session.read"),
        ("sort=name,email", "sort", "user.view"),
        ("sort_by=email", "sort_by", "user.view"),
        ("filter=city+eq+%22A%22+or+emails+sw+%22a%22", "filter", "user.view"),
        ("filter=phoneNumbers%5Bvalue+pr%5D", "filter", "billing.read"),
        ("filter=not+(date_of_birth+eq+null)", "filter", "user.update"),
    ] {
        let parse = |personal| {
            with_vocabulary(personal, |vocabulary| {
                provost_search::query::parameters::parse(query, &[], vocabulary)
            })
        };
        let error = parse(false).expect_err(query);
        assert_eq!((error.code, error.fields[0].field.as_str()), (Code::PermissionDenied, field));
        assert_eq!(error.extra.get("missing"), Some(&vec![missing].into()));
        assert!(parse(true).is_ok(), "{query}");
    }
}

#[test]
fn a_denial_counts_until_it_ends() {
    let mut denied = user("Denied", NOW);
    denied.roles = vec!["rol_editor".to_owned()];
    denied.denials = vec![until("course.update", Some("2026-11-28T18:30:00Z"))];
    let users = [denied];
    let found = |now| found_among_at(&users, "permission=course.update", now).len();
    assert_eq!((found("2026-11-28T18:29:59.999Z"), found("2026-11-28T18:30:00.000Z")), (0, 1));
    assert_eq!(crate::world::found("permission=course.update"), "Ada Bela");
}

#[test]
fn one_enrolment_must_meet_all_conditions() {
    assert_eq!(found("enrolled_program_ids=B&enrollment_status=completed"), "Bela");
    assert_eq!(found("enrolled_program_ids=B&progress_min=50"), "Bela");
    assert_eq!(found("enrolled_program_ids=A&progress_min=50&enrollment_status=completed"), "Ada");
    assert_eq!(found("enrolled_program_ids=A,B&enrolled_program_ids_match=all"), "Ada");
    assert_eq!(
        found("enrolled_program_ids=A,B&enrolled_program_ids_match=all&progress_min=50"),
        ""
    );
    assert_eq!(found("enrolled_program_ids=B&progress_max=60&progress_max.not=10"), "Bela");
    // Among those in B, exactly those who are not among the completed in B.
    assert_eq!(found("enrolled_program_ids=B&enrollment_status.not=completed"), "Ada");
}

#[test]
fn conditions_are_named_for_the_facets_that_ignore_them() {
    let list = read("role=admin&auth_method=email&country.not=BD&filter=city+pr").unwrap();
    let names: Vec<_> =
        list.selection.parts().iter().map(|part| part.parameter.as_deref()).collect();
    assert_eq!(names, [Some("roles"), Some("auth_methods"), Some("country"), None, Some("status")]);
}

#[test]
fn bytes_that_are_not_utf_8_are_refused() {
    for query in ["city=%ff", "%ff=1", "search=a%c3"] {
        assert_eq!(read(query).expect_err(query).code, Code::UnknownParameter);
    }
    assert_eq!(read("search=50%").unwrap().search.unwrap().text, "50%");
}
