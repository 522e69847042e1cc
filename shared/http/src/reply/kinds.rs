//! The kinds of responses of programs: resources, jobs, nothing, redirects.

use http::{HeaderMap, HeaderName, StatusCode, header};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use super::{IntoReply, Reply, ReplyDoc};

/// Header with the total number of items of a list.
const TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");

/// A resource: 200.
#[derive(Debug, Clone)]
pub struct Json<T> {
    body: T,
    etag: Option<u64>,
}

impl<T> Json<T> {
    /// Responds with the resource.
    pub const fn new(body: T) -> Self {
        Self { body, etag: None }
    }

    /// Adds the version as `ETag`.
    #[must_use]
    pub fn version(mut self, version: u64) -> Self {
        self.etag = Some(version);
        self
    }
}

/// The form of an `ETag` for a version.
pub fn etag(version: u64) -> String {
    format!("\"{version}\"")
}

impl<T: Serialize + JsonSchema> IntoReply for Json<T> {
    fn reply(&self) -> Reply {
        let mut reply = Reply::json(StatusCode::OK, &self.body);
        if let Some(version) = self.etag {
            reply = reply.with(header::ETAG, &etag(version));
        }
        reply
    }

    fn describe(generator: &mut SchemaGenerator) -> ReplyDoc {
        let content = vec![("application/json", generator.subschema_for::<T>().to_value())];
        ReplyDoc { status: 200, description: "Success.", content, ..ReplyDoc::default() }
    }
}

/// A new resource: 201 with its `Location`.
#[derive(Debug, Clone)]
pub struct Created<T>(pub T, pub String);

impl<T: Serialize + JsonSchema> IntoReply for Created<T> {
    fn reply(&self) -> Reply {
        Reply::json(StatusCode::CREATED, &self.0).with(header::LOCATION, &self.1)
    }

    fn describe(generator: &mut SchemaGenerator) -> ReplyDoc {
        let content = vec![("application/json", generator.subschema_for::<T>().to_value())];
        ReplyDoc {
            status: 201,
            description: "Created.",
            content,
            headers: vec!["Location"],
            ..ReplyDoc::default()
        }
    }
}

/// A response with the new version of a changed resource as `ETag`.
#[derive(Debug, Clone)]
pub struct Versioned<R>(pub R, pub u64);

impl<R: IntoReply> IntoReply for Versioned<R> {
    fn reply(&self) -> Reply {
        self.0.reply().with(header::ETAG, &etag(self.1))
    }

    fn describe(generator: &mut SchemaGenerator) -> ReplyDoc {
        let mut doc = R::describe(generator);
        doc.headers.push("ETag");
        doc
    }
}

/// A page of a list with the total number of items as `X-Total-Count`, so that a `HEAD` request
/// gets the number alone.
#[derive(Debug, Clone)]
pub struct Counted<R>(pub R, pub u64);

impl<R: IntoReply> IntoReply for Counted<R> {
    fn reply(&self) -> Reply {
        self.0.reply().with(TOTAL_COUNT, &self.1.to_string())
    }

    fn describe(generator: &mut SchemaGenerator) -> ReplyDoc {
        let mut doc = R::describe(generator);
        doc.headers.push("X-Total-Count");
        doc
    }
}

/// A response that no cache may keep, shared or not.
#[derive(Debug, Clone)]
pub struct Private<R>(pub R);

impl<R: IntoReply> IntoReply for Private<R> {
    fn reply(&self) -> Reply {
        self.0.reply().with(header::CACHE_CONTROL, "private, no-store")
    }

    fn describe(generator: &mut SchemaGenerator) -> ReplyDoc {
        R::describe(generator)
    }
}

/// A started job: 202 with the job and its `Location`.
#[derive(Debug, Clone)]
pub struct Accepted<T>(pub T, pub String);

impl<T: Serialize + JsonSchema> IntoReply for Accepted<T> {
    fn reply(&self) -> Reply {
        Reply::json(StatusCode::ACCEPTED, &self.0).with(header::LOCATION, &self.1)
    }

    fn describe(generator: &mut SchemaGenerator) -> ReplyDoc {
        let content = vec![("application/json", generator.subschema_for::<T>().to_value())];
        ReplyDoc {
            status: 202,
            description: "Accepted. The work continues in the background.",
            content,
            headers: vec!["Location"],
            ..ReplyDoc::default()
        }
    }
}

/// A plan of work: 200, or the job that carries it out: 202.
#[derive(Debug, Clone)]
pub enum PlanOrJob<P, J> {
    /// The plan. Nothing has changed.
    Plan(Json<P>),
    /// The job.
    Job(Accepted<J>),
}

impl<P: Serialize + JsonSchema, J: Serialize + JsonSchema> IntoReply for PlanOrJob<P, J> {
    fn reply(&self) -> Reply {
        match self {
            Self::Plan(plan) => plan.reply(),
            Self::Job(job) => job.reply(),
        }
    }

    fn describe(generator: &mut SchemaGenerator) -> ReplyDoc {
        let plan = ReplyDoc {
            description: "The plan of a dry run. Nothing has changed.",
            ..Json::<P>::describe(generator)
        };
        ReplyDoc { instead: vec![plan], ..Accepted::<J>::describe(generator) }
    }
}

/// No content: 204.
#[derive(Debug, Clone, Copy)]
pub struct NoContent;

impl IntoReply for NoContent {
    fn reply(&self) -> Reply {
        Reply::empty(StatusCode::NO_CONTENT)
    }
    fn describe(_: &mut SchemaGenerator) -> ReplyDoc {
        ReplyDoc { status: 204, description: "Done.", ..ReplyDoc::default() }
    }
}

/// No content for a program: 204. A browser that sent a form is redirected to the next page
/// instead: 303.
#[derive(Debug, Clone)]
pub enum NoContentOr {
    /// For a program.
    NoContent,
    /// For a browser.
    Next(SeeOther),
}

impl NoContentOr {
    /// The next page, if the request was a form.
    pub fn next(headers: &HeaderMap, page: &str) -> Self {
        let form = headers
            .get(header::CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|media| media.starts_with("application/x-www-form-urlencoded"));
        if form { Self::Next(SeeOther(page.to_owned())) } else { Self::NoContent }
    }
}

impl IntoReply for NoContentOr {
    fn reply(&self) -> Reply {
        match self {
            Self::NoContent => NoContent.reply(),
            Self::Next(page) => page.reply(),
        }
    }
    fn describe(generator: &mut SchemaGenerator) -> ReplyDoc {
        let next = ReplyDoc {
            description: "Success of a form. `Location` is the URL of the next page.",
            ..SeeOther::describe(generator)
        };
        ReplyDoc { instead: vec![next], ..NoContent::describe(generator) }
    }
}

/// A redirect: 303.
#[derive(Debug, Clone)]
pub struct SeeOther(pub String);

impl IntoReply for SeeOther {
    fn reply(&self) -> Reply {
        Reply::empty(StatusCode::SEE_OTHER).with(header::LOCATION, &self.0)
    }
    fn describe(_: &mut SchemaGenerator) -> ReplyDoc {
        ReplyDoc {
            status: 303,
            description: "Redirect to the file. The URL in `Location` is valid for one minute.",
            headers: vec!["Location"],
            ..ReplyDoc::default()
        }
    }
}
