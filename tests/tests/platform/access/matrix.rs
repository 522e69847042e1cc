//! S1 and S2: the matrix of routes and callers, and the list of routes that need no credential.

use std::collections::BTreeMap;

use http::Method;
use provost_auth::{
    secret,
    token::{AccessClaims, ActClaim},
};
use provost_domain::{
    ApiKeyId, BuiltInRole, OrganisationId, Permission, PermissionSet, Rank, SessionId, Status,
    api_key::LiveKey,
    impersonation::{ImpersonationMode, LiveImpersonation},
    organisation::Organisation,
    user::{Suspension, SuspensionKind},
};
use provost_http::{Effect, routes::Route};
use provost_testkit::{Reply, Someone, World};

/// A caller of the matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Nobody,
    Forged,
    Expired,
    Role(BuiltInRole),
    Only(Permission),
    Denied(Permission),
    Banned,
    EndedSession,
    NarrowKey,
    ExpiredKey,
    /// An administrator who acts as a user.
    Acting(ImpersonationMode),
}

/// The expected result of a cell.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    Passes,
    Refused(u16),
}

/// The oracle: derived only from the access rules as the table describes them.
fn verdict(row: &Route, kind: Kind) -> Verdict {
    let (access, permission) = (row.access.as_str(), row.permission);
    use Verdict::{Passes, Refused};
    if access == "public" {
        return Passes;
    }
    // No caller of the matrix has a system key.
    if access.starts_with("system key") {
        return Refused(401);
    }
    let held: PermissionSet = match kind {
        Kind::Nobody | Kind::Forged | Kind::Expired | Kind::EndedSession | Kind::ExpiredKey => {
            return Refused(401);
        }
        Kind::Banned => return Refused(403),
        Kind::Role(role) => role.permissions(),
        Kind::Only(only) => [only].into(),
        Kind::Denied(denied) => {
            BuiltInRole::RootAdmin.permissions().into_iter().filter(|p| *p != denied).collect()
        }
        // The key belongs to a root administrator and has no scopes.
        Kind::NarrowKey => PermissionSet::new(),
        // The user is not staff, and the rights of the administrator do not count.
        Kind::Acting(_) => PermissionSet::new(),
    };
    if access.starts_with("signed-in") {
        return match kind {
            // A key with scopes cannot change its owner's data, and needs a scope to read it.
            Kind::NarrowKey => Refused(403),
            // Stopping is always possible.
            Kind::Acting(_) if access.ends_with("or impersonating") => Passes,
            Kind::Acting(mode) => match (row.effect, mode) {
                (Effect::Read, _) | (Effect::Write, ImpersonationMode::Masquerade) => Passes,
                _ => Refused(403),
            },
            _ => Passes,
        };
    }
    // For a caller who is not a member, an organisation exists only with the staff permission.
    if is_of_organisation(access) {
        return if permission.is_some_and(|permission| held.contains(&permission)) {
            Passes
        } else {
            Refused(404)
        };
    }
    let permission = permission.expect("every other rule names a permission");
    // The request is about another user's data, and another user's rank.
    if access.starts_with("own or") {
        return match (held.contains(&permission), held.contains(&Permission::UserView)) {
            (true, _) => Passes,
            // A caller who may see the user learns which permission is missing; for anyone else the
            // user does not exist.
            (false, true) => Refused(403),
            (false, false) => Refused(404),
        };
    }
    // The resource does not exist; without the permission, one of another user looks the same.
    if access.starts_with("owner or") {
        return match (held.contains(&permission), held.contains(&Permission::UserView)) {
            (false, true) => Refused(403),
            _ => Passes,
        };
    }
    if !held.contains(&permission) {
        return Refused(403);
    }
    let outranks = match kind {
        Kind::Role(role) => role.rank() > Rank::User,
        Kind::Only(_) | Kind::Acting(_) => false,
        _ => true,
    };
    if access.ends_with("+rank") && !outranks { Refused(403) } else { Passes }
}

/// Whether a rule is about the organisation in the path.
pub fn is_of_organisation(access: &str) -> bool {
    ["member", "org-admin", "org-owner", "organisation's"]
        .iter()
        .any(|begin| access.starts_with(begin))
}

/// An organisation of another user.
async fn organisation_of(world: &World, owner: &Someone<'_>, n: usize) -> OrganisationId {
    let id = world.app.id(OrganisationId::new);
    let mut tx = world.app.transaction();
    tx.create_organisation(&Organisation::found(
        id,
        "Apex".into(),
        format!("apex-{n}"),
        owner.id,
        world.app.now(),
    ))
    .expect("an organisation");
    tx.commit().await.expect("the handle is free");
    id
}

async fn caller<'w>(world: &'w World, kind: Kind, n: usize) -> Someone<'w> {
    let name = format!("caller{n}");
    match kind {
        Kind::Nobody => world.anyone(),
        Kind::Forged => world.anyone().with_token("eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c3JfMSJ9."),
        Kind::Role(role) => world.someone(&name, role).await,
        Kind::Acting(mode) => {
            let admin = world.someone(&format!("{name}-staff"), BuiltInRole::Admin).await;
            let user = world.person(&name).await;
            let id = world.app.id(SessionId::new);
            let life = mode.life().0;
            let live = LiveImpersonation {
                id,
                mode,
                session: admin.session.expect("a session"),
                expires_at: world.app.now().plus(life),
            };
            world.edit(admin.id, |admin| admin.impersonation = Some(live)).await;
            let signer = world
                .app
                .keys()
                .signer(provost_auth::Purpose::Session, world.app.now())
                .await
                .expect("a key");
            let act = Some(ActClaim { sub: admin.id });
            let claims = AccessClaims { sub: user.id, sid: id, act };
            user.with_token(&signer.sign(claims, world.app.now(), life).expect("a token"))
        }
        Kind::Only(permission) => {
            let someone = world.person(&name).await;
            world
                .edit(someone.id, |user| {
                    user.grants.insert(permission);
                })
                .await;
            someone
        }
        Kind::Denied(permission) => {
            let someone = world.someone(&name, BuiltInRole::RootAdmin).await;
            world
                .edit(someone.id, |user| {
                    user.denials.insert(permission);
                })
                .await;
            someone
        }
        Kind::Expired => {
            let someone = world.someone(&name, BuiltInRole::RootAdmin).await;
            let signer = world
                .app
                .keys()
                .signer(provost_auth::Purpose::Session, world.app.now())
                .await
                .expect("a key");
            let session = someone.session.expect("a session");
            let claims = AccessClaims::of(someone.id, session);
            someone.with_token(
                &signer.sign(claims, world.app.now().plus(-3_600_000), 600_000).expect("a token"),
            )
        }
        Kind::Banned => {
            let someone = world.someone(&name, BuiltInRole::RootAdmin).await;
            world
                .edit(someone.id, |user| {
                    let at = user.created_at;
                    user.status = Status::Suspended;
                    user.suspension = Some(Suspension {
                        id: None,
                        kind: SuspensionKind::Ban,
                        reason: "spam".into(),
                        by: user.pseudonym,
                        at,
                        expires_at: None,
                        before: Status::Active,
                    });
                })
                .await;
            someone
        }
        Kind::EndedSession => {
            let someone = world.someone(&name, BuiltInRole::RootAdmin).await;
            world.edit(someone.id, |user| user.sessions.clear()).await;
            someone
        }
        Kind::NarrowKey | Kind::ExpiredKey => {
            let someone = world.someone(&name, BuiltInRole::RootAdmin).await;
            let key = secret::api_key(someone.id).expect("randomness");
            let live = LiveKey {
                digest: secret::digest_of(&key),
                scopes: (kind == Kind::NarrowKey).then(PermissionSet::new),
                self_read: false,
                expires_at: (kind == Kind::ExpiredKey).then(|| world.app.now()),
                last_used_at: None,
            };
            world
                .edit(someone.id, |user| {
                    user.api_keys.insert(world.app.id(ApiKeyId::new), live);
                })
                .await;
            someone.with_token(&key)
        }
    }
}

/// Classifies a response: refused by an access rule, or anything else.
fn judge(reply: &Reply) -> Verdict {
    let status = reply.status.as_u16();
    match (status, reply.code().as_str()) {
        (401, _) => Verdict::Refused(401),
        (
            403,
            "ADMIN_REQUIRED"
            | "SUPERADMIN_REQUIRED"
            | "PERMISSION_DENIED"
            | "OUTRANKED"
            | "ACCOUNT_SUSPENDED"
            | "ACCOUNT_INACTIVE"
            | "IMPERSONATION_READ_ONLY"
            | "DELETION_PENDING",
        ) => Verdict::Refused(403),
        (404, "INVALID_USER_ID") => Verdict::Refused(404),
        (404, "NOT_FOUND")
            if reply.json()["detail"]
                .as_str()
                .is_some_and(|said| said.contains("organisation does not exist")) =>
        {
            Verdict::Refused(404)
        }
        _ => Verdict::Passes,
    }
}

fn kinds() -> Vec<Kind> {
    let mut kinds = vec![
        Kind::Nobody,
        Kind::Forged,
        Kind::Expired,
        Kind::Banned,
        Kind::EndedSession,
        Kind::NarrowKey,
        Kind::ExpiredKey,
        Kind::Acting(ImpersonationMode::Impersonation),
        Kind::Acting(ImpersonationMode::Masquerade),
    ];
    kinds.extend(BuiltInRole::ALL.map(Kind::Role));
    kinds
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_route_responds_to_every_kind_of_caller_as_the_table_says() {
    let mut wrong = Vec::new();
    let mut cells = 0;
    let mut n = 0;
    for function in crate::api_tables() {
        // Each function gets its own world, so that changes in one cell do not affect the others.
        let world = crate::world().await;
        for row in &function.rows {
            let mut kinds = kinds();
            if let Some(permission) = row.permission {
                kinds.extend([Kind::Only(permission), Kind::Denied(permission)]);
            }
            for kind in kinds {
                n += 1;
                // Sign-in with an ignored token, or without one, returns 401 for another reason.
                if row.access == "public" {
                    continue;
                }
                let target = world.person(&format!("target{n}")).await;
                let caller = caller(&world, kind, n).await;
                let path = if is_of_organisation(&row.access) {
                    row.path.replacen(
                        "{id}",
                        &organisation_of(&world, &target, n).await.to_string(),
                        1,
                    )
                } else {
                    row.path.to_owned()
                };
                let path = path
                    .replacen("{id}", &target.id.to_string(), 1)
                    .replacen("{userId}", &target.id.to_string(), 1)
                    .replacen("{user_id}", &target.id.to_string(), 1);
                let path = path
                    .split('/')
                    .map(|segment| {
                        if segment.starts_with('{') {
                            "ses_01ARZ3NDEKTSV4RRFFQ69G5FAV"
                        } else {
                            segment
                        }
                    })
                    .collect::<Vec<_>>()
                    .join("/");
                let reply = caller.ask(row.method.clone(), &path, "", bytes::Bytes::new()).await;
                cells += 1;
                let (wanted, got) = (verdict(row, kind), judge(&reply));
                if wanted != got {
                    wrong.push(format!(
                        "{} {} as {kind:?}: wanted {wanted:?}, got {} {}",
                        row.method,
                        row.path,
                        reply.status,
                        reply.text()
                    ));
                }
            }
        }
        world.settle().await;
    }
    assert!(cells > 100, "the matrix has only {cells} cells");
    assert!(wrong.is_empty(), "{} of {cells} cells differ:\n{}", wrong.len(), wrong.join("\n"));
}

/// The routes that need no credential. Adding one is a deliberate decision, made here.
const PUBLIC: &[&str] = &[
    "GET /",
    "GET /.well-known/jwks.json",
    "GET /api/health",
    "GET /appeal/{token}",
    "GET /cancel-deletion/{token}",
    "GET /openapi.json",
    "GET /share/{token}",
    "GET /storage-credentials/{token}",
    "GET /unsubscribe/{token}",
    "POST /api/applications/appeal",
    "POST /api/sessions/login",
    "POST /api/sessions/refresh",
    "POST /api/users/forgot-password",
    "POST /api/users/register",
    "POST /api/users/reset-password",
    "POST /api/users/verify-email",
    "POST /api/webhooks/stripe",
    "POST /appeal/{token}",
    "POST /cancel-deletion/{token}",
    "POST /share/{token}",
    "POST /storage-credentials/{token}",
    "POST /unsubscribe/{token}",
];

#[tokio::test]
async fn only_the_listed_routes_need_no_credential() {
    let world = crate::world().await;
    let mut open = Vec::new();
    for row in crate::api_tables().into_iter().flat_map(|function| function.rows) {
        let path = row
            .path
            .split('/')
            .map(|segment| if segment.starts_with('{') { "x" } else { segment })
            .collect::<Vec<_>>()
            .join("/");
        // A malformed body must not be read before the caller is authenticated.
        let body = if row.method == Method::GET {
            bytes::Bytes::new()
        } else {
            bytes::Bytes::from_static(b"{broken")
        };
        let reply = world.anyone().ask(row.method.clone(), &path, "application/json", body).await;
        if reply.status != 401 {
            open.push(format!("{} {}", row.method, row.path));
        }
    }
    open.sort();
    assert_eq!(
        open, PUBLIC,
        "a route without a credential is a deliberate decision: add it to this list"
    );
}

#[tokio::test]
async fn access_is_checked_before_the_body_is_read() {
    let world = crate::world().await;
    let (ada, grace, root) = (
        world.person("ada").await,
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("root", BuiltInRole::RootAdmin).await,
    );
    let path = format!("/api/admin/users/{}/role", ada.id);
    let broken = || bytes::Bytes::from_static(b"{broken");
    let ask = async |someone: &Someone<'_>| {
        someone.ask(Method::PATCH, &path, "application/json", broken()).await
    };
    ask(&world.anyone()).await.is(401, "UNAUTHENTICATED");
    ask(&ada).await.is(403, "ADMIN_REQUIRED");
    ask(&grace).await.is(403, "SUPERADMIN_REQUIRED");
    ask(&root).await.is(400, "MALFORMED_BODY");
    let by_status: BTreeMap<_, _> = [("text/plain", 415)].into();
    for (content_type, status) in by_status {
        assert_eq!(
            root.ask(Method::PATCH, &path, content_type, bytes::Bytes::from_static(b"{}"))
                .await
                .status,
            status
        );
    }
}
