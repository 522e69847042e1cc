//! The HTML part: a page around the content, and the content made from a text. Each text is escaped
//! once.

use provost_domain::mail::content::Language;

use crate::Layout;

/// Escapes a text for HTML, in content and in quoted attributes.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}

/// HTML of a text: a paragraph for each block between empty lines, with its links.
pub(crate) fn of_text(text: &str) -> String {
    text.split("\n\n")
        .map(|block| block.trim_matches('\n'))
        .filter(|block| !block.trim().is_empty())
        .map(|block| {
            let lines: Vec<_> = block.lines().map(line).collect();
            format!("<p>{}</p>\n", lines.join("<br>\n"))
        })
        .collect()
}

/// HTML of one line: leading spaces are kept, since they align tables, and links become links.
fn line(text: &str) -> String {
    let content = text.trim_start_matches(' ');
    let mut html = "&nbsp;".repeat(text.len() - content.len());
    for (at, word) in content.split(' ').enumerate() {
        if at > 0 {
            html.push(' ');
        }
        let (link, rest) = split_link(word);
        if link.is_empty() {
            html.push_str(&escape(rest));
        } else {
            let link = escape(link);
            html.push_str(&format!("<a href=\"{link}\">{link}</a>{}", escape(rest)));
        }
    }
    html
}

/// The link at the start of a word, without the punctuation that ends a sentence, and the rest.
fn split_link(word: &str) -> (&str, &str) {
    if !word.starts_with("https://") && !word.starts_with("http://") {
        return ("", word);
    }
    word.split_at(word.trim_end_matches(['.', ',', ';', ':', '!', '?', ')']).len())
}

/// The sentence above a link to unsubscribe.
const fn unsubscribe(language: Language) -> &'static str {
    match language {
        Language::German => "Keine Rundschreiben mehr erhalten:",
        Language::English | Language::Unknown(_) => "Unsubscribe from these emails:",
    }
}

/// A text with the name of the platform, the footer of the brand, and the link to unsubscribe.
pub(crate) fn with_footer(text: &str, layout: &Layout<'_>) -> String {
    let mut whole = format!("{}\n\n{}, {}\n", text.trim_end(), layout.brand.name, layout.url);
    if let Some(footer) = &layout.brand.footer {
        whole.push_str(&format!("{footer}\n"));
    }
    if let Some(link) = layout.unsubscribe {
        whole.push_str(&format!("\n{}\n{link}\n", unsubscribe(layout.language)));
    }
    whole
}

/// The page around a content.
pub(crate) fn page(content: &str, layout: &Layout<'_>) -> String {
    let (brand, url) = (layout.brand, escape(layout.url));
    let (name, colour) = (escape(&brand.name), escape(&brand.colour));
    let head = brand.logo_url.as_ref().map_or_else(
        || name.clone(),
        |logo| format!("<img src=\"{}\" alt=\"{name}\" height=\"40\">", escape(logo)),
    );
    let footer = brand
        .footer
        .as_ref()
        .map(|footer| format!("<br>\n{}", escape(footer).replace('\n', "<br>\n")))
        .unwrap_or_default();
    let unsubscribe = layout.unsubscribe.map_or_else(String::new, |link| {
        let (words, link) = (unsubscribe(layout.language), escape(link));
        format!("<br>\n<a href=\"{link}\">{}</a>", escape(words.trim_end_matches(':')))
    });
    let language = match layout.language {
        Language::German => "de",
        Language::English | Language::Unknown(_) => "en",
    };
    format!(
        "<!doctype html>\n<html lang=\"{language}\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\"></head>\n\
         <body style=\"font-family:system-ui,sans-serif;line-height:1.5;color:#1c2330;max-width:36rem;margin:0 auto;padding:1rem\">\n\
         <p style=\"font-weight:bold;font-size:1.2rem;color:{colour}\">{head}</p>\n\
         {content}\
         <hr>\n<p style=\"font-size:0.85rem;color:#5a6472\">{name}, <a href=\"{url}\">{url}</a>{footer}{unsubscribe}</p>\n\
         </body>\n</html>\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paragraphs_lines_and_links_are_kept() {
        let html = of_text("Hello,\n\nOpen https://a.example/?x=1&y=2.\n  Time  now\n\n\nBye");
        assert_eq!(
            html,
            "<p>Hello,</p>\n<p>Open <a href=\"https://a.example/?x=1&amp;y=2\">https://a.example/?x=1&amp;y=2</a>.<br>\n&nbsp;&nbsp;Time  now</p>\n<p>Bye</p>\n"
        );
    }

    #[test]
    fn a_script_is_not_a_link_and_is_escaped() {
        assert_eq!(of_text("javascript:x() <b>"), "<p>javascript:x() &lt;b&gt;</p>\n");
        assert_eq!(
            of_text("https://a\"onclick=\"x"),
            "<p><a href=\"https://a&quot;onclick=&quot;x\">https://a&quot;onclick=&quot;x</a></p>\n"
        );
    }
}
