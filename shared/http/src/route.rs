//! One route: what the router, the permission matrix and the OpenAPI document know of it.

pub(crate) mod effect;
mod handler;
#[cfg(any(test, feature = "openapi"))]
pub mod schemas;

use std::collections::BTreeSet;

use http::Method;
use provost_domain::{Code, Permission};

pub use effect::Effect;
pub use handler::Handler;

use crate::received::Run;
#[cfg(any(test, feature = "openapi"))]
use crate::{input::InputDoc, reply::ReplyDoc};
#[cfg(any(test, feature = "openapi"))]
use schemas::Schemas;

/// A route.
#[derive(Clone)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The full path.
    pub path: &'static str,
    /// The description of the access rule.
    pub access: String,
    /// The permission of staff.
    pub permission: Option<Permission>,
    /// Whether the route is only for staff.
    pub staff_only: bool,
    /// The effect.
    pub effect: Effect,
    /// The summary, one sentence.
    pub about: &'static str,
    /// The error codes of the handler, in addition to those of its path, inputs and effect.
    pub refuses: Vec<Code>,
    /// Whether the route is a page for browsers, which ignores unknown parameters and shows errors
    /// as a page.
    pub page: bool,
    /// Whether the route is part of the API. The pages of the portal are not: the portal is a client
    /// of the API.
    pub in_api: bool,
    /// Whether the handler reads the query.
    pub(crate) takes_query: bool,
    #[cfg(any(test, feature = "openapi"))]
    pub(crate) handler: fn() -> &'static str,
    #[cfg(any(test, feature = "openapi"))]
    pub(crate) describe: fn(&mut Schemas) -> (InputDoc, ReplyDoc),
    pub(crate) run: Run,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({})", self.method, self.path, self.access)
    }
}

#[cfg(any(test, feature = "openapi"))]
impl Route {
    /// The OpenAPI description of inputs and response.
    pub fn describe(&self, schemas: &mut Schemas) -> (InputDoc, ReplyDoc) {
        (self.describe)(schemas)
    }

    /// The path of the handler: `fn_sessions::login::login`.
    pub fn handler(&self) -> &'static str {
        (self.handler)()
    }

    /// Its name in the OpenAPI document: the name of the handler, `banUser` for `ban_user`.
    pub fn operation_id(&self) -> String {
        let name = self.handler().rsplit("::").next().unwrap_or_default();
        let mut words = name.split('_');
        let mut id = words.next().unwrap_or_default().to_owned();
        for word in words {
            let mut letters = word.chars();
            id.extend(letters.next().map(|first| first.to_ascii_uppercase()));
            id.push_str(letters.as_str());
        }
        id
    }
}

impl Route {
    /// Every error code of this operation.
    pub(crate) fn codes(&self) -> BTreeSet<Code> {
        // If a deployment only allows requests through its content delivery network, any operation can
        // return this.
        let mut codes =
            BTreeSet::from([Code::UnknownParameter, Code::Unavailable, Code::PermissionDenied]);
        codes.extend(self.refuses.iter().copied());
        // An id without a resource, or spelled in a way that the gateway takes for another path.
        if self.path.contains('{') {
            codes.extend([Code::NotFound, Code::MethodNotAllowed]);
        }
        if self.takes_query {
            codes.insert(Code::ValidationFailed);
        }
        // Operations without a body also reject one.
        if self.method != Method::GET {
            codes.extend([
                Code::TooLarge,
                Code::MalformedBody,
                Code::UnsupportedMedia,
                Code::ValidationFailed,
            ]);
        }
        if self.method == Method::POST {
            codes.extend([Code::InProgress, Code::IdempotencyKeyReused]);
        }
        if self.effect != Effect::Read {
            codes.insert(Code::InProgress);
        }
        codes
    }
}
