//! The table of pages: method, path and handler.

use std::{future::Future, pin::Pin, sync::Arc};

use http::Method;

use super::{answer::PageResult, visit::Visit};

/// A page in time.
type Rendered<'a> = Pin<Box<dyn Future<Output = PageResult> + Send + 'a>>;
/// Renders a page or handles its form.
pub type PageHandler = Arc<dyn for<'a> Fn(&'a Visit) -> Rendered<'a> + Send + Sync>;

/// A page or a form.
#[derive(Clone)]
pub struct Page {
    /// `GET` shows a page, `POST` handles its form.
    pub method: Method,
    /// The path, with variables in braces.
    pub path: &'static str,
    /// The handler.
    pub handler: PageHandler,
}

impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}", self.method, self.path)
    }
}

/// The pages of the portal.
#[derive(Debug, Clone, Default)]
pub struct Pages(Vec<Page>);

impl Pages {
    /// Adds a page.
    #[must_use]
    pub fn get<H>(self, path: &'static str, handler: H) -> Self
    where
        H: for<'a> Fn(&'a Visit) -> Rendered<'a> + Send + Sync + 'static,
    {
        self.add(Method::GET, path, handler)
    }

    /// Adds the handler of a form.
    #[must_use]
    pub fn post<H>(self, path: &'static str, handler: H) -> Self
    where
        H: for<'a> Fn(&'a Visit) -> Rendered<'a> + Send + Sync + 'static,
    {
        self.add(Method::POST, path, handler)
    }

    fn add<H>(mut self, method: Method, path: &'static str, handler: H) -> Self
    where
        H: for<'a> Fn(&'a Visit) -> Rendered<'a> + Send + Sync + 'static,
    {
        self.0.push(Page { method, path, handler: Arc::new(handler) });
        self
    }

    /// Every page.
    pub fn iter(&self) -> impl Iterator<Item = &Page> {
        self.0.iter()
    }

    /// The page of a path, with the values of its variables. A literal segment comes before a
    /// variable.
    pub fn find(
        &self,
        method: &Method,
        path: &str,
    ) -> Option<(&Page, Vec<(&'static str, String)>)> {
        self.0
            .iter()
            .filter(|page| page.method == *method)
            .filter_map(|page| Some((page, variables(page.path, path)?)))
            .min_by_key(|(_, variables)| variables.len())
    }
}

fn variables(pattern: &'static str, path: &str) -> Option<Vec<(&'static str, String)>> {
    let (mut wanted, mut given) = (pattern.split('/'), path.split('/'));
    let mut variables = Vec::new();
    loop {
        match (wanted.next(), given.next()) {
            (None, None) => return Some(variables),
            (Some(wanted), Some(given)) => {
                match wanted.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                    Some(name) if !given.is_empty() => variables.push((name, given.to_owned())),
                    None if wanted == given => {}
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
}
