//! `index.html`: the page that a user opens first. It describes the contents of the archive and
//! links to each member, without scripts or network access. All text from outside is escaped.

use std::collections::HashMap;
use std::fmt::Write;

use crate::member::{Member, totals};
use crate::{About, CategoryText, Gap, words};

/// Maximum number of listed members per category; the others are only counted, since a page of a
/// million links is useless.
const LISTED_MAX: usize = 1000;

const STYLE: &str = include_str!("page.css");

/// The page, written from top to bottom, a few rows at a time.
pub(crate) struct Page {
    categories: Vec<Category>,
    head: Option<String>,
    tail: Option<String>,
    category: usize,
    listed: usize,
}

struct Category {
    text: CategoryText,
    /// The listed members, by index.
    members: Vec<usize>,
    /// Number of members in the folder of this name.
    files: u64,
    records: u64,
    bytes: u64,
    total: usize,
}

impl Page {
    pub(crate) fn new(about: &About, created_at: i64, members: &[Member], gaps: &[Gap]) -> Self {
        let categories = categories(about, members);
        let head = head(about, created_at, members, &categories);
        Self { categories, head: Some(head), tail: Some(tail(gaps)), category: 0, listed: 0 }
    }

    /// The next piece of the page, with about `rows` rows; `None` after the last.
    pub(crate) fn piece(&mut self, members: &[Member], rows: usize) -> Option<String> {
        if let Some(head) = self.head.take() {
            return Some(head);
        }
        while let Some(category) = self.categories.get(self.category) {
            if category.total > 1 && self.listed < category.members.len() {
                let until = category.members.len().min(self.listed + rows);
                let html = category.section(members, self.category, self.listed, until);
                self.listed = until;
                return Some(html);
            }
            self.category += 1;
            self.listed = 0;
        }
        self.tail.take()
    }
}

impl Category {
    /// A summary of the contents, as text.
    fn contents(&self) -> String {
        let noun = self.text.noun.as_ref().map(|(one, many)| (one.as_str(), many.as_str()));
        let only_files = self.files == self.total as u64;
        // If every file has one record, the number of records adds nothing.
        if only_files && self.records <= self.files {
            let (one, many) = noun.unwrap_or(("file", "files"));
            return words::count(self.files, one, many);
        }
        let (one, many) = noun.unwrap_or(("record", "records"));
        let records = words::count(self.records, one, many);
        if self.files > 0 {
            format!("{records} in {}", words::count(self.total as u64, "file", "files"))
        } else {
            records
        }
    }

    /// The row of the category in the table.
    fn row(&self, number: usize, members: &[Member]) -> String {
        let only = self.members.first().and_then(|&at| members.get(at)).filter(|_| self.total == 1);
        let target = match only {
            Some(member) => href(member.name()),
            None => format!("#category-{number}"),
        };
        let mut html = String::new();
        let _ = write!(
            html,
            "<tr><th scope=\"row\"><a href=\"{target}\">{}</a>",
            escape(&self.text.title)
        );
        if !self.text.explanation.is_empty() {
            let _ = write!(html, "<p>{}</p>", escape(&self.text.explanation));
        }
        let _ = writeln!(
            html,
            "</th><td>{}</td><td>{}</td></tr>",
            escape(&self.contents()),
            words::size(self.bytes)
        );
        html
    }

    /// The section of the category with its members from `from` to `until`; includes the heading
    /// before the first and the end after the last.
    fn section(&self, members: &[Member], number: usize, from: usize, until: usize) -> String {
        let mut html = String::new();
        if from == 0 {
            let title = escape(&self.text.title);
            let _ = writeln!(
                html,
                "<section aria-labelledby=\"category-{number}\">\n<h2 id=\"category-{number}\">{title}</h2>\n<ul>"
            );
        }
        for member in self.members[from..until].iter().filter_map(|&at| members.get(at)) {
            // The text direction of a name must not affect the text around it.
            let name = escape(member.name());
            let _ = writeln!(
                html,
                "<li><a href=\"{}\"><bdi>{name}</bdi></a> {}</li>",
                href(member.name()),
                words::size(member.bytes())
            );
        }
        if until == self.members.len() {
            html.push_str("</ul>\n");
            if self.total > until {
                let more =
                    words::count((self.total - until) as u64, "more file is", "more files are");
                let _ = writeln!(
                    html,
                    "<p>{} in the archive. See <a href=\"manifest.json\">manifest.json</a> for the full list.</p>",
                    more
                );
            }
            html.push_str("</section>\n");
        }
        html
    }
}

fn categories(about: &About, members: &[Member]) -> Vec<Category> {
    let mut categories: Vec<Category> = Vec::new();
    let mut by_key: HashMap<&str, usize> = HashMap::new();
    for (at, member) in members.iter().enumerate() {
        let (key, in_folder) = match member.name().split_once('/') {
            Some((folder, _)) => (folder, true),
            None => (member.name().rsplit_once('.').map_or(member.name(), |(stem, _)| stem), false),
        };
        let number = *by_key.entry(key).or_insert_with(|| {
            categories.push(Category::new(text_for(about, key)));
            categories.len() - 1
        });
        let Some(category) = categories.get_mut(number) else { continue };
        category.total += 1;
        category.files += u64::from(in_folder);
        category.records = category.records.saturating_add(member.records());
        category.bytes = category.bytes.saturating_add(member.bytes());
        if category.members.len() < LISTED_MAX {
            category.members.push(at);
        }
    }
    categories
}

impl Category {
    fn new(text: CategoryText) -> Self {
        Self { text, members: Vec::new(), files: 0, records: 0, bytes: 0, total: 0 }
    }
}

fn text_for(about: &About, key: &str) -> CategoryText {
    let mut text =
        about.categories.iter().find(|text| text.key == key).cloned().unwrap_or_default();
    if text.title.is_empty() {
        text.title = words::title(key);
    }
    text
}

fn head(about: &About, created_at: i64, members: &[Member], categories: &[Category]) -> String {
    let title = if about.title.is_empty() { "Your data" } else { about.title.as_str() };
    let title = escape(title);
    let sums = totals(members);
    let whose = escape(about.label.as_deref().unwrap_or(&about.subject));
    let mut html = String::new();
    let _ = write!(
        html,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{title}</h1>\n\
         <p>This archive was created on {} for <bdi>{whose}</bdi>. It contains {} with a total size of {}.</p>\n",
        words::moment(created_at),
        words::count(sums.members, "file", "files"),
        words::size(sums.bytes),
    );
    if let Some(volume) = about.volume {
        let more = if volume.last { "This is the last volume" } else { "More volumes follow" };
        let _ = writeln!(
            html,
            "<p>This is volume {} of an export that is too large for one archive. {more}.</p>",
            volume.number
        );
    }
    if categories.is_empty() {
        html.push_str("<p>There is no data.</p>\n");
        return html;
    }
    html.push_str(
        "<table>\n<caption>Contents of the archive</caption>\n<thead><tr><th scope=\"col\">Category</th><th scope=\"col\">Contents</th>\
         <th scope=\"col\">Size</th></tr></thead>\n<tbody>\n",
    );
    for (number, category) in categories.iter().enumerate() {
        html.push_str(&category.row(number, members));
    }
    html.push_str("</tbody>\n</table>\n");
    html
}

fn tail(gaps: &[Gap]) -> String {
    let mut html = String::new();
    if !gaps.is_empty() {
        html.push_str(
            "<section aria-labelledby=\"gaps\">\n<h2 id=\"gaps\">Missing data</h2>\n<ul>\n",
        );
        for gap in gaps {
            let _ = writeln!(
                html,
                "<li><bdi>{}</bdi>: {}</li>",
                escape(&gap.name),
                escape(&gap.reason)
            );
        }
        html.push_str("</ul>\n</section>\n");
    }
    html.push_str(
        "<section aria-labelledby=\"reading\">\n<h2 id=\"reading\">How to read and check the files</h2>\n\
         <p>Files ending in .json contain one record each. Files ending in .ndjson contain one record per line. Any text editor opens both. \
         Times are in UTC.</p>\n\
         <p><a href=\"manifest.json\">manifest.json</a> lists every file with its size and SHA-256 checksum, so that you can check \
         that nothing is missing or changed.</p>\n</section>\n</main>\n</body>\n</html>\n",
    );
    html
}

/// Escapes text for an element or a quoted attribute.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // Not allowed in HTML and useless to a reader.
            c if c.is_control() && !matches!(c, '\n' | '\t') => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// A relative link to a member. The `./` prevents a name with a colon from being parsed as a
/// scheme.
fn href(name: &str) -> String {
    let mut out = String::from("./");
    for byte in name.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte))
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
