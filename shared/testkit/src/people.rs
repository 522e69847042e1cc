//! Users of a world: created directly in the table, signed in, and able to send requests.

use std::{collections::BTreeMap, net::IpAddr, sync::OnceLock};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request};
use provost_auth::{Purpose, refresh::RefreshToken, token::AccessClaims};
use provost_domain::{
    BuiltInRole, Email, PermissionSet, Pseudonym, SessionId, Status, User, UserId,
    device::Device,
    lockout::Failures,
    roles::Roles,
    secret::SubjectKey,
    session::{ACCESS_TOKEN_LIFE, SignIn, SignInStatus},
    user::PortalTier,
};
use provost_local::Arrival;
use provost_store::credentials::Credential;
use serde_json::Value;

use crate::{Reply, World};

/// The password of all users of a world.
pub const PASSWORD: &str = "Wintry-Harbour-9";

/// The credential of all users of a world; hashing it once for all tests keeps them fast.
pub fn credential_for(now: provost_domain::Timestamp) -> Credential {
    static HASH: OnceLock<String> = OnceLock::new();
    let hash = HASH.get_or_init(|| provost_auth::password::hash(PASSWORD).expect("randomness"));
    Credential { password_hash: hash.clone(), set_at: now, resets: 0, must_reset: false }
}

/// A client, signed in or not.
#[derive(Debug, Clone)]
pub struct Someone<'w> {
    world: &'w World,
    /// The user id; clients that are not signed in share one.
    pub id: UserId,
    /// The email address.
    pub email: String,
    /// The access token.
    pub token: Option<String>,
    /// The session.
    pub session: Option<SessionId>,
    /// The refresh token.
    pub refresh: String,
    ip: IpAddr,
    headers: BTreeMap<String, String>,
}

impl World {
    /// Creates a user with a confirmed address and an active session. The name becomes first name
    /// and email address.
    pub async fn person(&self, name: &str) -> Someone<'_> {
        self.someone(name, BuiltInRole::User).await
    }

    /// Creates a staff member.
    pub async fn staff(&self, name: &str, role: BuiltInRole) -> Someone<'_> {
        self.someone(name, role).await
    }

    /// Creates a user with any role.
    pub async fn someone(&self, name: &str, role: BuiltInRole) -> Someone<'_> {
        let now = self.app.now();
        let email: Email =
            format!("{}@{}.example", name.to_lowercase(), role.as_str().to_lowercase())
                .parse()
                .expect("an address");
        let user = self.app.id(UserId::new);
        let session = self.app.id(SessionId::new);
        let refresh = RefreshToken::first(user, session).expect("randomness");
        let mut record = User {
            user_id: user,
            unique_id: user.ulid().array_to_str(&mut [0; 26])[16..].to_owned(),
            former_unique_ids: Vec::new(),
            external_id: None,
            pseudonym: self.app.id(Pseudonym::new),
            subject_key: SubjectKey(provost_auth::secret::bytes().expect("randomness")),
            email: email.clone(),
            email_verified: true,
            confirmed_once: false,
            username: None,
            former_usernames: Vec::new(),
            phone: None,
            phone_verified: false,
            first_name: name.to_owned(),
            last_name: "Lindqvist".to_owned(),
            display_name: None,
            is_instructor: false,
            is_learner: true,
            oauth: Vec::new(),
            role,
            roles: Roles::default(),
            custom_roles: BTreeMap::new(),
            grants: PermissionSet::new(),
            denials: PermissionSet::new(),
            temporary_grants: BTreeMap::new(),
            denial_ends: BTreeMap::new(),
            status: Status::Active,
            suspension: None,
            past_suspensions: Vec::new(),
            support_banned: false,
            demo_used: false,
            hold: None,
            deletion: None,
            is_verified: false,
            id_verified: false,
            student_verified: false,
            portal_tier: PortalTier::Free,
            two_factor_enabled: false,
            lacks_second_factor: false,
            has_enrollments: false,
            storage_bucket: None,
            earlier_buckets: std::collections::BTreeSet::new(),
            passkey_count: 0,
            storage_used: 0,
            storage_quota: 10 << 30,
            total_files: 0,
            created_at: now,
            updated_at: now,
            deleted_at: None,
            last_login_at: Some(now),
            last_login_ip: Some("127.0.0.1".to_owned()),
            entitlements: provost_domain::entitlement::Entitlements::default(),
            known_devices: Vec::new(),
            failures: Failures::default(),
            sessions: BTreeMap::new(),
            api_keys: BTreeMap::new(),
            impersonation: None,
            impersonation_policy: Default::default(),
            version: 1,
            revision: 0,
        };
        record.sessions.insert(session, refresh.start(now, false));
        let sign_in = SignIn {
            id: session,
            created_at: now,
            status: SignInStatus::Success,
            reason: None,
            ip: "127.0.0.1".to_owned(),
            country: None,
            user_agent: "testkit".to_owned(),
            device: Device::from_user_agent("testkit"),
            auth_method: "password".to_owned(),
            mfa: false,
            impersonated_by: None,
        };
        let mut tx = self.app.transaction();
        tx.create_user(&record).expect("a user");
        tx.save_credential(user, &credential_for(now)).expect("a credential");
        tx.add_sign_in(user, &sign_in).expect("a sign-in");
        tx.commit().await.expect("the user is new");
        let mut someone = Someone {
            world: self,
            id: user,
            email: email.to_string(),
            token: None,
            session: Some(session),
            refresh: refresh.text(),
            ip: Self::HOME,
            headers: BTreeMap::new(),
        };
        someone.renew().await;
        someone
    }

    /// The account of a user as currently stored.
    pub async fn user(&self, user: UserId) -> Option<User> {
        self.app.store().user(user).await.expect("the table can be read")
    }

    /// Changes an account directly in the table, to set up a test.
    pub async fn edit(&self, user: UserId, change: impl FnOnce(&mut User)) {
        let mut record = self.user(user).await.expect("the user exists");
        change(&mut record);
        let mut tx = self.app.transaction();
        tx.save_user(&record).expect("a user");
        tx.commit().await.expect("no concurrent write");
    }
}

impl<'w> Someone<'w> {
    pub(crate) fn anonymous(world: &'w World) -> Self {
        Self {
            world,
            id: UserId::new(ulid::Ulid::nil()),
            email: String::new(),
            token: None,
            session: None,
            refresh: String::new(),
            ip: World::HOME,
            headers: BTreeMap::new(),
        }
    }

    /// Gets a new access token for the same session, as after a refresh.
    pub async fn renew(&mut self) {
        let Some(session) = self.session else { return };
        let signer = self
            .world
            .app
            .keys()
            .signer(Purpose::Session, self.world.app.now())
            .await
            .expect("the key is there");
        self.token = Some(
            signer
                .sign(AccessClaims::of(self.id, session), self.world.app.now(), ACCESS_TOKEN_LIFE)
                .expect("the claims are signed"),
        );
    }

    /// The same user with another access token.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// The same user from another IP address.
    #[must_use]
    pub fn from(&self, ip: &str) -> Self {
        Self { ip: ip.parse().expect("an address"), ..self.clone() }
    }

    /// The same user with a header on every request.
    #[must_use]
    pub fn with_header(&self, name: &str, value: &str) -> Self {
        let mut other = self.clone();
        other.headers.insert(name.to_owned(), value.to_owned());
        other
    }

    /// Sends a `GET` request.
    pub async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path, "", Bytes::new()).await
    }
    /// Sends a `POST` request with JSON.
    pub async fn post(&self, path: &str, body: Value) -> Reply {
        self.json(Method::POST, path, body).await
    }
    /// Sends a `PUT` request with JSON.
    pub async fn put(&self, path: &str, body: Value) -> Reply {
        self.json(Method::PUT, path, body).await
    }
    /// Sends a `PATCH` request with JSON.
    pub async fn patch(&self, path: &str, body: Value) -> Reply {
        self.json(Method::PATCH, path, body).await
    }
    /// Sends a `DELETE` request without a body.
    pub async fn delete(&self, path: &str) -> Reply {
        self.ask(Method::DELETE, path, "", Bytes::new()).await
    }
    /// Sends a `DELETE` request with a body.
    pub async fn delete_with(&self, path: &str, body: Value) -> Reply {
        self.json(Method::DELETE, path, body).await
    }

    async fn json(&self, method: Method, path: &str, body: Value) -> Reply {
        self.ask(method, path, "application/json", Bytes::from(body.to_string())).await
    }

    /// Sends any request.
    pub async fn ask(&self, method: Method, path: &str, content_type: &str, body: Bytes) -> Reply {
        let mut headers = HeaderMap::new();
        headers.insert("host", HeaderValue::from_static("provost.example"));
        headers.insert("user-agent", HeaderValue::from_static("testkit"));
        if !content_type.is_empty() {
            headers.insert("content-type", content_type.parse().expect("a header value"));
        }
        if let Some(token) = &self.token {
            headers.insert(
                "authorization",
                format!("Bearer {token}").parse().expect("a header value"),
            );
        }
        for (name, value) in &self.headers {
            headers.insert(
                name.parse::<HeaderName>().expect("a header name"),
                value.parse().expect("a header value"),
            );
        }
        let mut request =
            Request::builder().method(method.clone()).uri(path).body(body).expect("a request");
        *request.headers_mut() = headers;
        let response = self.world.api.handle(request, Arrival::from(self.ip)).await;
        let (parts, body) = response.into_parts();
        let reply = Reply {
            asked: format!("{method} {path}"),
            status: parts.status,
            headers: parts.headers,
            body,
        };
        crate::document::check(method.as_str(), path, &reply);
        reply
    }
}
