//! The table of routes: a row is method, whole path, access, effect and handler; none can be left
//! out. The router, the matrix and the OpenAPI document are made from it.

use std::{collections::BTreeMap, future::Future, sync::Arc};

use axum::{
    Router,
    extract::{RawPathParams, Request, State, rejection::RawPathParamsRejection},
    response::IntoResponse,
    routing::{MethodFilter, on},
};
use http::{HeaderValue, Method, header};
use lambda_http::RequestExt;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use provost_app::App;
use provost_domain::{ApiError, Code, Permission, RequestId};
use schemars::SchemaGenerator;
use tower::ServiceExt;

use crate::{
    access::{AccessGrant, AccessRule, Params},
    behind_cdn::only_through_it,
    cors::allow_listed_origins,
    dispatch::{Run, dispatch, finish, run},
    input::{Incoming, Input, InputDoc, not_utf8},
    problem::{HandlerError, HandlerResult},
    reply::{IntoReply, Response},
    request_context::RequestContext,
};
#[cfg(any(test, feature = "openapi"))]
use crate::{openapi::Schemas, reply::ReplyDoc};

/// What a route does to the world; impersonation and the portal's cookie are limited by it, not by
/// the method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Changes something.
    Write,
    /// Touches credentials, keys, deletion, exports or money.
    Sensitive,
}

impl Effect {
    /// The effect in a word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Sensitive => "sensitive",
        }
    }
}

/// One row.
#[derive(Clone)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The whole path.
    pub path: &'static str,
    /// The rule of access in words.
    pub access: String,
    /// The permission of staff.
    pub permission: Option<Permission>,
    /// Whether only staff may.
    pub staff_only: bool,
    /// What it does to the world.
    pub effect: Effect,
    /// What it is for, in a sentence.
    pub about: &'static str,
    /// The codes that it may refuse with, beyond those of its path, inputs and effect.
    pub refuses: Vec<Code>,
    /// Whether it is a page for people, which ignores parameters that it does not know and shows a
    /// refusal as a page.
    pub page: bool,
    /// Whether the handler reads the query.
    pub(crate) takes_query: bool,
    #[cfg(any(test, feature = "openapi"))]
    handler: fn() -> &'static str,
    #[cfg(any(test, feature = "openapi"))]
    describe: fn(&mut Schemas) -> (InputDoc, ReplyDoc),
    pub(crate) run: Run,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {} ({})", self.method, self.path, self.access)
    }
}

#[cfg(any(test, feature = "openapi"))]
impl Route {
    /// What the document says of input and answer.
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

/// The routes of one function.
#[derive(Debug, Clone)]
pub struct Routes {
    /// The function's name.
    pub function: &'static str,
    /// The rows.
    pub rows: Vec<Route>,
    /// Methods of our paths that another function answers: a refusal names them, too.
    elsewhere: Vec<(&'static str, Method)>,
}

/// An asynchronous function that takes a call and at most two inputs.
pub trait Handler<G, Args>: Clone + Send + Sync + 'static {
    /// The form of its answer.
    type Output: IntoReply;
    /// Whether it takes the query string.
    const QUERY: bool;
    /// Whether it takes the body.
    const BODY: bool = false;
    /// The largest body that is read, in bytes.
    const MAX_SIZE: usize = crate::input::MAX_BODY;
    /// Reads the inputs and runs.
    fn handle(
        &self,
        ctx: RequestContext<G>,
        incoming: Incoming,
    ) -> impl Future<Output = HandlerResult<Self::Output>> + Send;
    /// What the document says of the inputs.
    fn describe(generator: &mut SchemaGenerator, doc: &mut InputDoc);
}

impl<G: AccessGrant, F, Fut, R> Handler<G, ()> for F
where
    F: Fn(RequestContext<G>) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = HandlerResult<R>> + Send,
    R: IntoReply,
{
    type Output = R;
    const QUERY: bool = false;
    async fn handle(&self, ctx: RequestContext<G>, _: Incoming) -> HandlerResult<R> {
        self(ctx).await
    }
    fn describe(_: &mut SchemaGenerator, _: &mut InputDoc) {}
}

impl<G: AccessGrant, F, Fut, R, A> Handler<G, (A,)> for F
where
    F: Fn(RequestContext<G>, A) -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output = HandlerResult<R>> + Send,
    R: IntoReply,
    A: Input,
{
    type Output = R;
    const QUERY: bool = A::QUERY;
    const BODY: bool = A::BODY;
    const MAX_SIZE: usize = A::MAX_SIZE;
    async fn handle(&self, ctx: RequestContext<G>, incoming: Incoming) -> HandlerResult<R> {
        let input = A::read(&incoming)?;
        self(ctx, input).await
    }
    fn describe(generator: &mut SchemaGenerator, doc: &mut InputDoc) {
        A::describe(generator, doc);
    }
}

impl Routes {
    /// The table of a function, still empty.
    pub const fn of(function: &'static str) -> Self {
        Self { function, rows: Vec::new(), elsewhere: Vec::new() }
    }

    /// Adds a row. `about` says in a sentence what it is for.
    #[must_use]
    pub fn route<R, H, Args>(
        mut self,
        method: Method,
        path: &'static str,
        access: R,
        effect: Effect,
        handler: H,
        about: &'static str,
    ) -> Self
    where
        R: AccessRule,
        H: Handler<R::Grant, Args>,
        Args: 'static,
    {
        if let Some(param) = access.path_param() {
            assert!(
                path.contains(&format!("{{{param}}}")),
                "the access rule of {path} is about the parameter {param}, which the path lacks"
            );
        }
        let row = Route {
            method,
            path,
            access: access.describe(),
            permission: access.permission(),
            staff_only: access.is_staff_only(),
            effect,
            about,
            refuses: access.errors(),
            page: false,
            takes_query: H::QUERY,
            #[cfg(any(test, feature = "openapi"))]
            handler: std::any::type_name::<H>,
            #[cfg(any(test, feature = "openapi"))]
            describe: |schemas| {
                let mut doc = InputDoc::default();
                H::describe(&mut schemas.inputs, &mut doc);
                (doc, <H::Output as IntoReply>::describe(&mut schemas.answers))
            },
            run: Arc::new(move |app, received| {
                let (access, handler) = (access.clone(), handler.clone());
                Box::pin(async move { run(&app, &received, &access, effect, &handler).await })
            }),
        };
        self.rows.push(row);
        self
    }

    /// What the handler of the last row may refuse with, beyond what its access, path, inputs and
    /// effect bring.
    #[must_use]
    pub fn errors(mut self, codes: &[Code]) -> Self {
        if let Some(row) = self.rows.last_mut() {
            row.refuses.extend_from_slice(codes);
        }
        self
    }

    /// The last row is a page for people.
    #[must_use]
    pub fn page(mut self) -> Self {
        if let Some(row) = self.rows.last_mut() {
            row.page = true;
        }
        self
    }

    /// Another function answers this method of a path of ours.
    #[must_use]
    pub fn also_served_by(mut self, path: &'static str, method: Method) -> Self {
        self.elsewhere.push((path, method));
        self
    }

    /// A row that reads.
    #[must_use]
    pub fn get<R: AccessRule, H: Handler<R::Grant, Args>, Args: 'static>(
        self,
        path: &'static str,
        access: R,
        handler: H,
        about: &'static str,
    ) -> Self {
        self.route(Method::GET, path, access, Effect::Read, handler, about)
    }

    /// The router over an application.
    pub fn router(self, app: App) -> Router {
        let mut by_path: BTreeMap<&'static str, Vec<Route>> = BTreeMap::new();
        for row in self.rows {
            by_path.entry(row.path).or_default().push(row);
        }
        let mut router = Router::new();
        for (path, rows) in by_path {
            let elsewhere =
                self.elsewhere.iter().filter(|(other, _)| *other == path).map(|(_, method)| method);
            let allow = rows
                .iter()
                .map(|row| &row.method)
                .chain(elsewhere)
                .map(Method::as_str)
                .collect::<Vec<_>>()
                .join(", ");
            let mut methods = axum::routing::MethodRouter::new();
            for row in rows {
                let Ok(filter) = MethodFilter::try_from(row.method.clone()) else { continue };
                let row = Arc::new(row);
                methods = methods.merge(on(
                    filter,
                    move |State(app): State<App>,
                          params: Result<RawPathParams, RawPathParamsRejection>,
                          request: Request| {
                        let row = row.clone();
                        async move {
                            // A gateway that decodes the path puts this character where the bytes
                            // were no text.
                            let text = params.ok().filter(|params| {
                                params
                                    .iter()
                                    .all(|(_, value)| !value.contains(char::REPLACEMENT_CHARACTER))
                            });
                            match text {
                                Some(params) => {
                                    dispatch(app, row, Params::from_iter(&params), request)
                                        .await
                                        .into_response()
                                }
                                None => refusal(&app, not_utf8()),
                            }
                        }
                    },
                ));
            }
            let refuse = move |State(app): State<App>| {
                let allow = allow.clone();
                async move {
                    let mut response = refusal(
                        &app,
                        ApiError::new(
                            Code::MethodNotAllowed,
                            "This path does not support this method. Use one of the methods in the header Allow.",
                        ),
                    );
                    if let Ok(allow) = HeaderValue::from_str(&allow) {
                        response.headers_mut().insert(header::ALLOW, allow);
                    }
                    response
                }
            };
            router = router.route(path, methods.fallback(refuse));
        }
        let router = router
            .fallback(
                |State(app): State<App>| async move { refusal(&app, ApiError::missing("path")) },
            )
            .layer(axum::middleware::from_fn_with_state(app.clone(), allow_listed_origins))
            .layer(axum::middleware::from_fn_with_state(app.clone(), only_through_it))
            .with_state(app);
        Router::new().fallback_service(router.map_request(encoded_once))
    }
}

/// What a path may hold as it is (RFC 3986, `pchar` and the slash).
const PATH: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~')
    .remove(b'!')
    .remove(b'$')
    .remove(b'&')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b'+')
    .remove(b',')
    .remove(b';')
    .remove(b'=')
    .remove(b':')
    .remove(b'@')
    .remove(b'/');

/// API Gateway decodes the path before it is matched, and the router decodes each parameter again.
/// So the path is encoded here as the gateway read it, and every parameter is decoded exactly once.
fn encoded_once(mut request: Request) -> Request {
    // Nothing, where there is no gateway before the router.
    if request.raw_http_path().is_empty() {
        return request;
    }
    let encoded = utf8_percent_encode(request.raw_http_path(), PATH).to_string();
    let with_query = match request.uri().query() {
        Some(query) => format!("{encoded}?{query}"),
        None => encoded,
    };
    if let Ok(uri) = with_query.parse() {
        *request.uri_mut() = uri;
    }
    request
}

/// A refusal before any row of the table: with everything that each answer has.
pub(crate) fn refusal(app: &App, refused: ApiError) -> Response {
    let request = app.id(RequestId::new);
    let mut response = HandlerError::from(refused).into_response(request);
    finish(response.headers_mut(), request);
    response
}
