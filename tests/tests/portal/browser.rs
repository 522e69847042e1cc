//! A browser without a screen: it keeps cookies, reads pages, and sends their forms.

use std::collections::BTreeMap;

use bytes::Bytes;
use http::Method;
use provost_testkit::{Reply, Someone, World};

/// The password of everybody in a world.
pub const PASSWORD: &str = provost_testkit::people::PASSWORD;

/// A browser of one person.
pub struct Browser<'a> {
    someone: Someone<'a>,
    cookies: BTreeMap<String, String>,
}

/// A page or another answer.
pub struct Page {
    /// The answer.
    pub reply: Reply,
    /// Its text.
    pub html: String,
}

impl<'a> Browser<'a> {
    /// A browser without cookies.
    pub fn new(world: &'a World) -> Self {
        Self { someone: world.anyone(), cookies: BTreeMap::new() }
    }

    /// The same browser with these preferred languages.
    #[must_use]
    pub fn speaking(mut self, languages: &str) -> Self {
        self.someone = self.someone.with_header("accept-language", languages);
        self
    }

    /// The same browser at another address, with another name.
    pub fn move_to(&mut self, ip: &str, name: &str) {
        self.someone = self.someone.from(ip).with_header("user-agent", name);
    }

    /// Another tab of this browser.
    pub fn tab(&self) -> Self {
        Self { someone: self.someone.clone(), cookies: self.cookies.clone() }
    }

    /// A browser of a person who is signed in to the portal.
    pub async fn of(world: &'a World, email: &str) -> Self {
        let mut browser = Self::new(world);
        let page = browser.sign_in(email, PASSWORD).await;
        assert_eq!(page.reply.status.as_u16(), 303, "{}", page.html);
        browser
    }

    /// Sends the form of the sign-in page.
    pub async fn sign_in(&mut self, email: &str, password: &str) -> Page {
        self.post("/staff/sign-in", &[("email", email), ("password", password)]).await
    }

    /// Opens a page.
    pub async fn get(&mut self, path: &str) -> Page {
        self.request(Method::GET, path, "", &[]).await
    }

    /// Sends fields as a form of this site.
    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = encoded(fields);
        self.request(Method::POST, path, &body, &[("sec-fetch-site", "same-origin")]).await
    }

    /// Sends fields from another site.
    pub async fn post_from(
        &mut self,
        headers: &[(&str, &str)],
        path: &str,
        fields: &[(&str, &str)],
    ) -> Page {
        let body = encoded(fields);
        self.request(Method::POST, path, &body, headers).await
    }

    /// Opens the page of a form, fills these fields and sends it, with its hidden fields.
    pub async fn fill(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.get(path).await;
        assert_eq!(page.reply.status.as_u16(), 200, "{path}: {}", page.html);
        let hidden = page.hidden();
        let mut all: Vec<(&str, &str)> =
            hidden.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        all.extend_from_slice(fields);
        self.post(path, &all).await
    }

    /// Opens the page of a form, fills these fields, chooses a file and sends it.
    pub async fn send_file(
        &mut self,
        path: &str,
        fields: &[(&str, &str)],
        name: &str,
        file: &str,
        bytes: &[u8],
    ) -> Page {
        let hidden = self.get(path).await.hidden();
        let hidden = hidden.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let mut body = Vec::new();
        for (name, value) in hidden.chain(fields.iter().copied()) {
            let head = format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
            body.extend_from_slice(format!("{head}{value}\r\n").as_bytes());
        }
        let head = format!(
            "--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"{file}\"\r\nContent-Type: application/octet-stream\r\n\r\n"
        );
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n--x--\r\n");
        let kind = "multipart/form-data; boundary=x";
        let headers = [("sec-fetch-site", "same-origin")];
        self.request_with(Method::POST, path, kind, Bytes::from(body), &headers).await
    }

    async fn request(
        &mut self,
        method: Method,
        path: &str,
        body: &str,
        headers: &[(&str, &str)],
    ) -> Page {
        let kind = if body.is_empty() { "" } else { "application/x-www-form-urlencoded" };
        self.request_with(method, path, kind, Bytes::from(body.to_owned()), headers).await
    }

    async fn request_with(
        &mut self,
        method: Method,
        path: &str,
        kind: &str,
        body: Bytes,
        headers: &[(&str, &str)],
    ) -> Page {
        let cookies: Vec<_> =
            self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let mut sender = self.someone.clone();
        if !cookies.is_empty() {
            sender = sender.with_header("cookie", &cookies.join("; "));
        }
        for (name, value) in headers {
            sender = sender.with_header(name, value);
        }
        let reply = sender.ask(method, path, kind, body).await;
        for value in reply.headers.get_all("set-cookie") {
            let line = value.to_str().expect("a cookie");
            let (name, rest) = line.split_once('=').expect("a cookie");
            let value = rest.split(';').next().unwrap_or_default();
            if value.is_empty() {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let html = reply.text();
        Page { reply, html }
    }

    /// The cookies, by name.
    pub fn cookies(&self) -> &BTreeMap<String, String> {
        &self.cookies
    }
}

impl Page {
    /// The status.
    pub fn status(&self) -> u16 {
        self.reply.status.as_u16()
    }

    /// The address that the browser is sent to.
    pub fn location(&self) -> String {
        self.reply.header("location")
    }

    /// Names and values of the hidden fields of the form in the content.
    pub fn hidden(&self) -> Vec<(String, String)> {
        let content = self.html.split("<main").nth(1).unwrap_or_default();
        content
            .split("<input type=\"hidden\" name=\"")
            .skip(1)
            .filter_map(|rest| {
                let (name, rest) = rest.split_once("\" value=\"")?;
                let (value, _) = rest.split_once('"')?;
                Some((name.to_owned(), unescaped(value)))
            })
            .collect()
    }

    /// The token of the first form of the page, which is one of the frame.
    pub fn first_token(&self) -> String {
        let rest = self.html.split("name=\"_token\" value=\"").nth(1).unwrap_or_default();
        rest.split('"').next().unwrap_or_default().to_owned()
    }

    /// The texts between tags, and those of attributes that are read.
    pub fn texts(&self) -> Vec<String> {
        let between = self.html.split('>').filter_map(|rest| rest.split('<').next());
        let attributes =
            ["aria-label=\"", "placeholder=\"", "alt=\""].into_iter().flat_map(|name| {
                self.html.split(name).skip(1).filter_map(|rest| rest.split('"').next())
            });
        let texts = between.chain(attributes).map(|text| unescaped(text.trim()));
        texts.filter(|text| !text.is_empty()).collect()
    }

    /// The addresses of all links.
    pub fn links(&self) -> Vec<String> {
        let found = self.html.split("href=\"").skip(1);
        found.filter_map(|rest| Some(unescaped(rest.split_once('"')?.0))).collect()
    }

    /// Asserts that the page shows a text.
    #[track_caller]
    pub fn shows(&self, text: &str) -> &Self {
        assert!(self.html.contains(text), "the page does not show {text:?}:\n{}", self.html);
        self
    }

    /// Asserts that the page does not contain a text.
    #[track_caller]
    pub fn lacks(&self, text: &str) -> &Self {
        assert!(!self.html.contains(text), "the page shows {text:?}:\n{}", self.html);
        self
    }
}

fn unescaped(text: &str) -> String {
    text.replace("&quot;", "\"").replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")
}

fn encoded(fields: &[(&str, &str)]) -> String {
    form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}
