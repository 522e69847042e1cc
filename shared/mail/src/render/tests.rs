use super::*;
use crate::variables;
use provost_domain::mail::Template;

fn content(subject: &str, text: &str, html: Option<&str>) -> MailContent {
    MailContent {
        subject: subject.to_owned(),
        text: text.to_owned(),
        html: html.map(str::to_owned),
    }
}

fn filled(content: &MailContent, first_name: Option<&str>) -> Rendered {
    let values = Values::from([("firstName", first_name.map(str::to_owned))]);
    let brand = Brand::default();
    let layout = Layout {
        brand: &brand,
        language: Language::English,
        url: "https://p.example",
        unsubscribe: None,
    };
    render(content, &values, &layout).unwrap()
}

#[test]
fn a_variable_without_a_value_leaves_no_gap() {
    for (source, expected) in [
        ("Hello {{firstName}},", "Hello,"),
        ("Hello {{ firstName }}!", "Hello!"),
        ("Hello {{ firstName }} and welcome", "Hello and welcome"),
        ("{{ firstName }}, welcome", "welcome"),
        ("Hello {{ firstName or 'friend' }},", "Hello friend,"),
        ("Hello{% if firstName %} dear {{ firstName }}{% endif %},", "Hello,"),
    ] {
        let rendered = filled(&content(source, source, Some(source)), None);
        assert_eq!(rendered.subject, expected);
        assert!(rendered.text.starts_with(&format!("{expected}\n")), "{}", rendered.text);
        assert!(rendered.html.contains(&format!("\n{expected}\n")), "{}", rendered.html);
        assert!(!rendered.html.contains(GAP));
    }
}

#[test]
fn a_name_is_literal_in_subject_and_text_and_escaped_once_in_html() {
    let name = "O'Brien & <b>Söhne</b>";
    let source = "For {{ firstName }}.";
    let rendered =
        filled(&content(source, source, Some("<p>For {{ firstName }}.</p>")), Some(name));
    assert_eq!(rendered.subject, format!("For {name}."));
    assert!(rendered.text.starts_with(&format!("For {name}.\n")));
    assert!(
        rendered.html.contains("<p>For O&#x27;Brien &amp; &lt;b&gt;Söhne&lt;&#x2f;b&gt;.</p>"),
        "{}",
        rendered.html
    );
    // The same when the HTML part is made from the text.
    let rendered = filled(&content(source, source, None), Some(name));
    assert!(
        rendered.html.contains("<p>For O&#39;Brien &amp; &lt;b&gt;Söhne&lt;/b&gt;.</p>"),
        "{}",
        rendered.html
    );
}

#[test]
fn a_line_break_in_a_value_does_not_break_the_subject() {
    let rendered =
        filled(&content("Hi {{ firstName }}", "x", None), Some("A\r\nBcc: b@example.org\0"));
    assert_eq!(rendered.subject, "Hi A Bcc: b@example.org");
}

#[test]
fn a_value_is_not_a_template() {
    let rendered = filled(&content("Hi {{ firstName }}", "x", None), Some("{{ 7 * 7 }}"));
    assert_eq!(rendered.subject, "Hi {{ 7 * 7 }}");
}

#[test]
fn an_unknown_variable_is_refused_with_the_names_that_exist() {
    let known = variables(Template::TwoFactorEnabled);
    for (field, wrong) in [
        ("subject", content("{{ fristName }}", "x", None)),
        ("text", content("x", "Hello {{fristName}},", None)),
        ("html", content("x", "x", Some("{% if fristName %}a{% endif %}"))),
    ] {
        let error = check(&wrong, known).unwrap_err();
        assert_eq!(
            (error.fields[0].field.as_str(), error.fields[0].code),
            (field, "unknown_variable")
        );
        assert_eq!(error.fields[0].allowed, ["firstName", "brand", "url"]);
    }
}

#[test]
fn a_content_that_cannot_be_rendered_is_refused() {
    let known = variables(Template::TwoFactorEnabled);
    for (wrong, field) in [
        (content("x", "{{ firstName", None), "text"),
        (content("x", "{% for a in %}", None), "text"),
        (content("x", "{{ firstName.family.name }}", None), "text"),
        (content("x", "{% include 'other' %}", None), "text"),
        (
            content(
                "x",
                "{% for a in 'x' * 10000 %}{% for b in 'x' * 10000 %}{{ a }}{% endfor %}{% endfor %}",
                None,
            ),
            "text",
        ),
        (content("{{ firstName }}", "x", None), "subject"),
    ] {
        let error = check(&wrong, known).unwrap_err();
        assert_eq!(error.fields[0].field, field, "{error:?}");
    }
}

#[test]
fn a_template_may_use_variables_and_conditions_only() {
    let known = variables(Template::PasswordReset);
    for allowed in [
        "{{ link }}",
        "{% if firstName and not (minutes or token) %}a{% elif url %}b{% else %}c{% endif %}",
        "{{ firstName or 'friend' }}{# a comment #}{% raw %}{{ 7 * 7 }}{% endraw %}",
    ] {
        check(&content("x", allowed, Some(allowed)), known).unwrap();
    }
    for refused in [
        "{{ link * 1000 }}",
        "{{ link ~ link }}",
        "{{ link + link }}",
        "{{ 'https://evil.example/?' ~ token }}",
        "{{ link|replace('provost', 'evil') }}",
        "{{ 'x'|format }}",
        "{{ link|indent(1000000) }}",
        "{{ link|safe }}",
        "{{ link[8:] }}",
        "{{ link.upper() }}",
        "{{ range(1000000) }}",
        "{{ [link, link] }}",
        "{{ link is defined }}",
        "{% if firstName is string %}a{% endif %}",
        "{% for a in [1, 2] %}{{ a }}{% endfor %}",
        "{% set a = link %}{{ a }}",
        "{% with a = link %}{{ a }}{% endwith %}",
        "{% autoescape false %}{{ link }}{% endautoescape %}",
        "{% filter upper %}{{ link }}{% endfilter %}",
        // In a branch that no check renders.
        "{% if not url %}{{ link * 1000 }}{% endif %}",
        "{% if url %}{% else %}{{ link|upper }}{% endif %}",
    ] {
        for (wrong, field) in [
            (content(&format!("x {refused}"), "x", None), "subject"),
            (content("x", refused, None), "text"),
            (content("x", "x", Some(refused)), "html"),
        ] {
            let error = check(&wrong, known).unwrap_err();
            assert_eq!(
                (error.fields[0].field.as_str(), error.fields[0].code),
                (field, "invalid_template"),
                "{refused}"
            );
        }
    }
}

#[test]
fn a_value_cannot_be_changed_even_by_a_template_that_was_not_checked() {
    let brand = Brand::default();
    let layout = Layout { brand: &brand, language: Language::English, url: "", unsubscribe: None };
    let values = Values::from([("link", Some("https://p.example".to_owned()))]);
    for source in ["{{ link|upper }}", "{{ link|replace('p', 'q') }}", "{{ range(9) }}"] {
        assert!(render(&content("x", source, None), &values, &layout).is_err(), "{source}");
    }
}
