//! The routes of the function `directory`: finding anything by what staff happen to know of it.

mod search;

use provost_domain::Permission::UserList;
use provost_http::{Permit, Routes};

/// The table of this function.
pub fn routes() -> Routes {
    Routes::of("directory").get(
        "/api/admin/search",
        Permit(UserList),
        search::search,
        "Users, organisations, servers and orders by an id, an e-mail address, a username, a handle, or the beginning of a name or address.",
    )
}
