//! Prints emails with difficult names, subjects and texts, and what a reader must find in them:
//! `tests/mail/run.sh` reads them with another library.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a program for a check prints, and stops at the first fault"
)]

use provost_domain::Timestamp;
use provost_mail::message::{EmailMessage, build};
use serde_json::json;

fn main() {
    let names = [
        "",
        "Provost",
        "Acme, Inc.",
        "Support (Billing)",
        "A \"B\" \\ C",
        "Grüße, GmbH",
        "a@b <x>",
        "木木木木木木木木木木木木木木木木木木木木木木木木木木木木木木木木木木木木木木木木",
        "O'Brien & <b>Söhne</b>",
    ];
    let long_cyrillic = "Здравствуйте достопримечательность ".repeat(5);
    let emoji = "🎉".repeat(40);
    let long_ascii = "x".repeat(199);
    let words = "maintenance ".repeat(16);
    let subjects = [
        "Your password has been changed",
        emoji.as_str(),
        long_cyrillic.trim(),
        "O'Brien & <b>Söhne</b>",
        "=?utf-8?q?x?=",
        long_ascii.as_str(),
        words.trim(),
        "Re: 1 + 1 =? 2 \"quoted\" (comment)",
    ];
    let link = format!("https://provost.example/?token={}", "y".repeat(2000));
    let long_line = format!("{} {link} end", "x".repeat(980));
    let wide = "z".repeat(5000);
    // Wherever a line is wrapped, the next begins with a dot.
    let dots = format!("ü{}\nend", ".".repeat(700));
    let texts = [
        "Hello Ada,\n\nit was changed.\n",
        ".\n..x\n.htaccess\nFrom here\n\n.\nlast\n",
        "Grüße\tund  Leerzeichen am Ende  \n\n=20 =3D\n",
        long_line.as_str(),
        wide.as_str(),
        dots.as_str(),
    ];
    let unsubscribe =
        "https://provost.example/unsubscribe/eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1c3JfMSJ9.c2ln";
    for (at, name) in names.iter().enumerate() {
        for (nth, subject) in subjects.iter().enumerate() {
            for (number, text) in texts.iter().enumerate() {
                let html = format!("<p>{text}</p>\n");
                let email = EmailMessage {
                    from: "care@provost.example",
                    from_name: name,
                    to: "ada@user.example",
                    reply_to: (nth == 1).then_some("grace@elsewhere.example"),
                    id: &format!("msg_{at}_{nth}_{number}"),
                    date: Timestamp::from_millis(1_795_190_400_000),
                    subject,
                    text,
                    html: &html,
                    unsubscribe: (number == 0).then_some(unsubscribe),
                };
                let raw = String::from_utf8(build(&email).unwrap().formatted()).unwrap();
                let line = json!({
                    "id": email.id,
                    "name": name, "from": email.from, "to": email.to, "reply_to": email.reply_to,
                    "subject": subject, "text": text, "html": html, "unsubscribe": email.unsubscribe,
                    "raw": raw,
                });
                println!("{line}");
            }
        }
    }
}
