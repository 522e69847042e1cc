//! Forms of other sites, and texts that want to be scripts.

use http::Method;
use provost_domain::BuiltInRole;

use crate::{Browser, world};

/// The id of each kind of resource that is in the path of a form.
fn filled(path: &str) -> String {
    let segments = path.split('/').map(|segment| match segment {
        "{userId}" => "usr_01ARZ3NDEKTSV4RRFFQ69G5FAV",
        segment if segment.starts_with('{') => "x",
        segment => segment,
    });
    segments.collect::<Vec<_>>().join("/")
}

#[tokio::test]
async fn no_form_is_accepted_from_another_site() {
    let world = world().await;
    let root = world.staff("root", BuiltInRole::RootAdmin).await;
    let mut browser = Browser::of(&world, &root.email).await;
    let mut other = Browser::of(&world, &root.email).await;
    let (token, foreign) =
        (browser.get("/staff").await.first_token(), other.get("/staff").await.first_token());
    let forms: Vec<_> = fn_portal::staff::pages()
        .iter()
        .filter(|page| page.method == Method::POST)
        .map(|page| filled(page.path))
        .chain(["/staff/sign-in", "/staff/sign-out", "/staff/stop-acting"].map(str::to_owned))
        .collect();
    assert!(forms.len() > 80, "only {} forms", forms.len());
    for path in &forms {
        for headers in [
            &[("sec-fetch-site", "cross-site")][..],
            &[("sec-fetch-site", "same-site")],
            &[("sec-fetch-site", "none")],
            &[("origin", "https://evil.example")],
            &[("origin", "https://provost.example.evil.example")],
            &[("origin", "http://provost.example:8080")],
            &[("origin", "null")],
            &[],
        ] {
            let page = browser.post_from(headers, path, &[("_token", &token)]).await;
            assert_eq!(page.status(), 403, "{path} from {headers:?}");
        }
        if path == "/staff/sign-in" {
            continue;
        }
        for token in ["", "guessed", &foreign] {
            let page = browser.post(path, &[("_token", token)]).await;
            let is_left_alone = path == "/staff/stop-acting" && page.location() == "/staff";
            assert!(page.status() == 403 || is_left_alone, "{path} with the token {token:?}");
        }
    }
    assert_eq!(browser.get("/staff").await.status(), 200, "the person is still signed in");
}
