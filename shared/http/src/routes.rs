//! The route table: a route is method, full path, access rule, effect and handler; all are
//! required. The router, the permission matrix and the OpenAPI document are generated from it.

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

/// The effect of a route. It decides what impersonation and the portal's cookie allow, not the
/// method.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// Changes nothing.
    Read,
    /// Changes something.
    Write,
    /// Involves credentials, keys, deletions, exports or money.
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

/// The routes of one function.
#[derive(Debug, Clone)]
pub struct Routes {
    /// The function's name.
    pub function: &'static str,
    /// The routes.
    pub rows: Vec<Route>,
    /// Methods of these paths that another function serves: the header `Allow` includes them.
    elsewhere: Vec<(&'static str, Method)>,
}

/// An asynchronous function that takes a request context and at most two inputs.
pub trait Handler<G, Args>: Clone + Send + Sync + 'static {
    /// The kind of response.
    type Output: IntoReply;
    /// Whether the handler reads the query string.
    const QUERY: bool;
    /// Whether the handler reads the body.
    const BODY: bool = false;
    /// Maximum size of the body, in bytes.
    const MAX_SIZE: usize = crate::input::MAX_BODY;
    /// Reads the inputs and runs the handler.
    fn handle(
        &self,
        ctx: RequestContext<G>,
        incoming: Incoming,
    ) -> impl Future<Output = HandlerResult<Self::Output>> + Send;
    /// Describes the inputs for the OpenAPI document.
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
    /// An empty route table of a function.
    pub const fn of(function: &'static str) -> Self {
        Self { function, rows: Vec::new(), elsewhere: Vec::new() }
    }

    /// Adds a route. `about` is its summary, one sentence.
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
                "the access rule of {path} uses the parameter {param}, which the path lacks"
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

    /// Sets the error codes of the last route's handler, in addition to those of its access rule,
    /// path, inputs and effect.
    #[must_use]
    pub fn errors(mut self, codes: &[Code]) -> Self {
        if let Some(row) = self.rows.last_mut() {
            row.refuses.extend_from_slice(codes);
        }
        self
    }

    /// Marks the last route as a page for browsers.
    #[must_use]
    pub fn page(mut self) -> Self {
        if let Some(row) = self.rows.last_mut() {
            row.page = true;
        }
        self
    }

    /// Declares that another function serves this method of one of these paths.
    #[must_use]
    pub fn also_served_by(mut self, path: &'static str, method: Method) -> Self {
        self.elsewhere.push((path, method));
        self
    }

    /// Adds a route that reads.
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

    /// Builds the router for an application.
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
                            // A gateway that decodes the path uses this character for bytes that
                            // were not UTF-8.
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

/// Characters that a path may contain unencoded (RFC 3986, `pchar` and the slash).
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
/// So the path is encoded again here, and every parameter is decoded exactly once.
fn encoded_once(mut request: Request) -> Request {
    // Empty if there is no gateway before the router.
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

/// An error before any route matches, with the headers of every response.
pub(crate) fn refusal(app: &App, refused: ApiError) -> Response {
    let request = app.id(RequestId::new);
    let mut response = HandlerError::from(refused).into_response(request);
    finish(response.headers_mut(), request);
    response
}
