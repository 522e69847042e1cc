//! The routes of the function `portal`: the front page, and the description of the API. Both are text from the binary; nothing is read.

mod home;
mod page;
mod show;

use provost_http::{Public, Routes};

/// The table of this function.
pub fn routes() -> Routes {
    Routes::of("portal").get("/", Public, home::home, "The front page: what this is and where to go; the links of letters lead here.").get(
        "/openapi.json",
        Public,
        show::show,
        "The description of this API.",
    )
}
