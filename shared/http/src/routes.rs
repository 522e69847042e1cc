//! The route table: a route is method, full path, access rule, effect and handler; all are
//! required. The router, the permission matrix and the OpenAPI document are generated from it.

mod encoding;

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Router,
    extract::{RawPathParams, Request, State, rejection::RawPathParamsRejection},
    routing::{MethodFilter, on},
};
use http::{HeaderValue, Method, header};
use provost_app::App;
use provost_domain::{ApiError, Code};
use tower::ServiceExt;

pub use crate::route::{Effect, Handler, Route};

use crate::{
    access::{AccessRule, Params},
    dispatch::{dispatch, run},
    input::not_utf8,
    middleware::{behind_cdn::only_through_it, cors::allow_listed_origins},
    problem::refusal,
};
#[cfg(any(test, feature = "openapi"))]
use crate::{input::InputDoc, reply::IntoReply};
use encoding::encoded_once;

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
        let mut refuses = access.errors();
        if effect == Effect::Write && access.identities().accept_impersonators() {
            refuses.push(Code::ImpersonationReadOnly);
        }
        let row = Route {
            method,
            path,
            access: access.describe(),
            permission: access.permission(),
            staff_only: access.is_staff_only(),
            effect,
            about,
            refuses,
            page: false,
            in_api: true,
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

    /// Marks the last route as a page of the portal, which is not part of the API.
    #[must_use]
    pub fn portal(mut self) -> Self {
        if let Some(row) = self.rows.last_mut() {
            row.page = true;
            row.in_api = false;
        }
        self
    }

    /// The methods of a path, for the header `Allow`: those that this function serves, and those
    /// that it says another one does.
    pub fn methods(&self, path: &str) -> Vec<&Method> {
        let own = self.rows.iter().filter(|row| row.path == path).map(|row| &row.method);
        let others = self.elsewhere.iter().filter(|(other, _)| *other == path);
        own.chain(others.map(|(_, method)| method)).collect()
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
        for row in &self.rows {
            by_path.entry(row.path).or_default().push(row.clone());
        }
        let mut router = Router::new();
        for (path, rows) in by_path {
            let allow: Vec<_> = self.methods(path).into_iter().map(Method::as_str).collect();
            let allow = allow.join(", ");
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
                                    dispatch(app, row, Params::from_iter(&params), request).await
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
