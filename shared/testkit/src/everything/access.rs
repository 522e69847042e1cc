//! A custom role, a grant with an end, and a staff member who acted as the user.

use provost_domain::{
    BuiltInRole, Permission, PermissionSet, RoleId, SessionId, User,
    device::Device,
    impersonation::{Impersonation, ImpersonationMode},
    role::Role,
    session::{SignIn, SignInStatus},
    time::DAY,
};
use provost_store::impersonations;

use crate::World;

impl World {
    /// The rights of a user, and an impersonation.
    pub(super) async fn rights(&self, record: &User) {
        let (app, now) = (&self.app, self.app.now());
        let id = app.id(RoleId::new);
        let role = Role {
            id,
            name: format!("Role {id}"),
            description: None,
            permissions: PermissionSet::new(),
            active: true,
            holders: 0,
            version: 1,
            created_at: now,
            updated_at: now,
        };
        let mut tx = app.transaction();
        tx.create_role(&role).expect("a role");
        tx.commit().await.expect("the name is free");
        let user = record.clone().with_custom_role(&role).expect("few roles");
        let mut tx = app.transaction();
        tx.add_role_holder(&role, record.user_id, now).expect("a holder");
        tx.save_user(&user).expect("a user");
        tx.commit().await.expect("no concurrent write");

        let staff = self.staff(&format!("support-{}", record.unique_id), BuiltInRole::Admin).await;
        let actor = self.user(staff.id).await.expect("the account exists").pseudonym;
        let id = app.id(SessionId::new);
        let reason = format!("{} sees no servers.", record.first_name);
        let impersonation = Impersonation {
            id,
            mode: ImpersonationMode::Impersonation,
            actor,
            target_id: record.user_id,
            sealed_reason: impersonations::seal_reason(record, &reason).expect("a key"),
            started_at: now,
            expires_at: now.plus(DAY),
            ended_at: None,
            end: None,
        };
        let listed = SignIn {
            id,
            created_at: now,
            status: SignInStatus::Success,
            reason: None,
            ip: String::new(),
            country: None,
            user_agent: String::new(),
            device: Device::default(),
            auth_method: impersonation.mode.as_str().to_owned(),
            mfa: false,
            impersonated_by: Some(actor.to_string()),
        };
        let mut tx = app.transaction();
        tx.add_impersonation(&impersonation).expect("an impersonation");
        tx.add_sign_in(record.user_id, &listed).expect("a sign-in");
        tx.commit().await.expect("no concurrent write");
        self.edit(record.user_id, |user| {
            _ = user.denial_ends.insert(Permission::UserPurge, now.plus(DAY));
            _ = user.denials.insert(Permission::UserPurge);
        })
        .await;
    }
}
