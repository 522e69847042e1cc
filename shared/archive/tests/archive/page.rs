//! The page that a user opens first: complete, readable, and safe.

use provost_archive::{About, CategoryText, Identity, Volume};

use crate::support::*;

fn page_of(fill: impl FnOnce(&mut provost_archive::Archive), about: About) -> String {
    let identity = Identity::generate();
    let mut archive = begun(&identity);
    fill(&mut archive);
    let (bytes, _) = finished(archive, about);
    String::from_utf8(opened(&bytes, &identity)["index.html"].clone()).unwrap()
}

#[test]
fn the_page_describes_the_contents_and_links_to_them() {
    let about = About::new("psn_7f3a").labelled("Ada Lovelace").with_category(CategoryText {
        key: "login-history".to_owned(),
        title: "Sign-ins".to_owned(),
        explanation: "Every attempt of the last 90 days.".to_owned(),
        noun: Some(("sign-in".to_owned(), "sign-ins".to_owned())),
    });
    let page = page_of(
        |archive| {
            add(archive, "profile.json", b"{}", 1);
            add(archive, "login-history.ndjson", b"", 1234);
            add(archive, "notifications.ndjson", b"", 0);
            add(archive, "files/a b.txt", b"four", 1);
            add(archive, "files/sub/c#d.txt", &[b'x'; 2345], 1);
        },
        about,
    );
    for expected in [
        "<html lang=\"en\">",
        "<h1>Your data</h1>",
        "created on 20 November 2026 at 16:25 UTC for <bdi>Ada Lovelace</bdi>",
        "contains five files with a total size of 2.4 kB",
        "<a href=\"./profile.json\">Profile</a></th><td>one record</td>",
        "<a href=\"./login-history.ndjson\">Sign-ins</a><p>Every attempt of the last 90 days.</p></th><td>1,234 sign-ins</td>",
        "<td>no records</td>",
        "<td>two files</td><td>2.3 kB</td>",
        "<li><a href=\"./files/a%20b.txt\"><bdi>files/a b.txt</bdi></a> 4 bytes</li>",
        "href=\"./files/sub/c%23d.txt\"",
        "<h2 id=\"category-3\">Files</h2>",
        "<a href=\"manifest.json\">",
    ] {
        assert!(page.contains(expected), "{expected} is not in\n{page}");
    }
    assert!(!page.contains("Missing data"));
}

#[test]
fn text_from_outside_is_escaped() {
    let evil = "<script>alert('x')</script>\"&\u{0}";
    let about = About {
        title: evil.to_owned(),
        volume: Some(Volume { number: 1, last: false }),
        ..About::new(evil).labelled(evil).with_category(CategoryText {
            key: "profile".to_owned(),
            title: evil.to_owned(),
            explanation: evil.to_owned(),
            noun: Some((evil.to_owned(), evil.to_owned())),
        })
    };
    let page = page_of(
        |archive| {
            add(archive, "profile.json", b"{}", 1);
            let name = archive.free_name("files", "<img src=x onerror=alert(1)>&'.txt");
            add(archive, &name, b"", 1);
            add(archive, "files/o'brien & \u{1f600}.txt", b"", 1);
            archive.add_gap(evil, evil);
        },
        about,
    );
    assert!(!page.contains("<script") && !page.contains("<img") && !page.contains('\0'), "{page}");
    assert!(page.contains("&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&quot;&amp;\u{fffd}"));
    assert!(page.contains("<bdi>files/o&#39;brien &amp; \u{1f600}.txt</bdi>"));
    assert!(page.contains("Missing data") && page.contains("volume 1"));
}

#[test]
fn the_page_needs_no_network_access() {
    let page = page_of(|archive| add(archive, "profile.json", b"{}", 1), About::new("p"));
    assert!(page.contains("default-src 'none'"));
    for word in ["http://", "https://", "src=", "@import", "url(", "javascript:"] {
        assert!(!page.contains(word), "{word}");
    }
}

#[test]
fn a_large_folder_is_listed_in_part_and_counted_in_full() {
    let page = page_of(
        |archive| {
            for number in 0..1500 {
                add(archive, &format!("files/{number}.txt"), b"", 1);
            }
        },
        About::new("p"),
    );
    assert!(page.contains("<td>1,500 files</td>"));
    assert_eq!(page.matches("<li>").count(), 1000);
    assert!(page.contains("500 more files are in the archive"));
    assert_eq!(page.matches("<ul>").count(), page.matches("</ul>").count());
    assert_eq!(page.matches("<section").count(), page.matches("</section>").count());
}

#[test]
fn an_archive_without_data_says_so() {
    assert!(page_of(|_| {}, About::new("p")).contains("There is no data."));
}
