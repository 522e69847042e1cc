//! The routes of the function `settings`: settings of the platform, system keys, storage buckets,
//! and tests of integrations.

mod assign;
mod buckets;
mod change;
mod create_key;
mod hand_over;
mod integrations;
mod list;
mod list_keys;
mod revoke_key;
mod show;
mod views;

use http::Method;
use provost_domain::{Code, Permission};
use provost_http::{Access, Effect, Routes};

/// The routes of this function.
pub fn routes() -> Routes {
    Routes::of("settings")
        .get(
            "/api/admin/settings",
            Access::staff(Permission::SettingsRead),
            list::list_settings,
            "List all settings with their values, defaults and schemas.",
        )
        .get(
            "/api/admin/settings/{name}",
            Access::staff(Permission::SettingsRead),
            show::get_setting,
            "Get a setting.",
        )
        .route(
            Method::PUT,
            "/api/admin/settings/{name}",
            Access::staff(Permission::SettingsWrite),
            Effect::Sensitive,
            change::update_setting,
            "Replace the value of a setting. Takes effect immediately.",
        )
        .errors(&[Code::StaleVersion])
        .get(
            "/api/admin/system-key",
            Access::staff(Permission::SystemKey),
            list_keys::list_system_keys,
            "List the services that have live system keys, by name.",
        )
        .route(
            Method::POST,
            "/api/admin/system-key",
            Access::staff(Permission::SystemKey),
            Effect::Sensitive,
            create_key::create_system_key,
            "Create a system key. It is shown only in this answer. A service may have two live keys during a rotation.",
        )
        .errors(&[Code::InvalidAction])
        .route(
            Method::DELETE,
            "/api/admin/system-key/{name}/{keyId}",
            Access::staff(Permission::SystemKey),
            Effect::Sensitive,
            revoke_key::revoke_system_key,
            "Revoke a system key. Takes effect immediately.",
        )
        .get(
            "/api/admin/storage/buckets",
            Access::staff(Permission::StorageRead).or_system(),
            buckets::list::list_buckets,
            "List the storage buckets, oldest first.",
        )
        .route(
            Method::POST,
            "/api/admin/storage/buckets",
            Access::staff(Permission::StorageWrite).or_system(),
            Effect::Sensitive,
            buckets::create::create_bucket,
            "Add a storage bucket. Its secret is stored encrypted and never shown.",
        )
        .get(
            "/api/admin/storage/buckets/{id}",
            Access::staff(Permission::StorageRead).or_system(),
            buckets::show::get_bucket,
            "Get a storage bucket.",
        )
        .route(
            Method::PUT,
            "/api/admin/storage/buckets/{id}",
            Access::staff(Permission::StorageWrite).or_system(),
            Effect::Sensitive,
            buckets::update::update_bucket,
            "Replace the configuration of a storage bucket. Credentials that are omitted stay as they are.",
        )
        .errors(&[Code::InvalidAction, Code::StaleVersion])
        .route(
            Method::DELETE,
            "/api/admin/storage/buckets/{id}",
            Access::staff(Permission::StorageWrite).or_system(),
            Effect::Sensitive,
            buckets::remove::delete_bucket,
            "Remove an empty storage bucket. The bucket itself stays at its store.",
        )
        .errors(&[Code::StaleVersion, Code::InvalidAction])
        .route(
            Method::POST,
            "/api/admin/storage/buckets/{id}/test",
            Access::staff(Permission::StorageWrite).or_system(),
            Effect::Write,
            buckets::test::test_bucket,
            "Test a storage bucket: write, read and remove an object. At most 20 tests in 10 minutes.",
        )
        .errors(&[Code::RateLimited])
        .route(
            Method::POST,
            "/api/admin/storage/test",
            Access::staff(Permission::StorageWrite).or_system(),
            Effect::Write,
            buckets::test::test_bucket_configuration,
            "Test the configuration of a storage bucket without storing it. At most 20 tests in 10 minutes.",
        )
        .errors(&[Code::RateLimited])
        .route(
            Method::PUT,
            "/api/admin/storage/squads/{id}",
            Access::staff(Permission::StorageAssign),
            Effect::Write,
            assign::assign_squad_storage,
            "Assign a storage bucket to an organisation: files that members upload for it are kept there. Stored files stay where they are.",
        )
        .errors(&[Code::CannotModifySelf, Code::Outranked, Code::InvalidAction])
        .route(
            Method::PUT,
            "/api/admin/users/{id}/storage",
            Access::staff(Permission::StorageAssign).above_staff_target("id"),
            Effect::Write,
            assign::assign_user_storage,
            "Assign a storage bucket to a user: new files of the user are kept there, and stored files stay where they are. The user gets an email with a link that shows the credentials of the bucket once.",
        )
        .errors(&[Code::InvalidAction])
        .route(
            Method::POST,
            "/api/admin/integrations/test",
            Access::staff(Permission::IntegrationTest).or_system(),
            Effect::Write,
            integrations::test_integration,
            "Test the credentials of an integration. Nothing is stored. At most 20 tests in 10 minutes.",
        )
        .errors(&[Code::RateLimited])
        .get(
            "/storage-credentials/{token}",
            Access::public(),
            hand_over::show_storage_credentials_page,
            "Show the page of the link in the email about an assigned storage bucket. Changes nothing.",
        )
        .errors(&[Code::LinkExpired, Code::LinkRevoked, Code::LinkUsedUp])
        .page()
        .route(
            Method::POST,
            "/storage-credentials/{token}",
            Access::public(),
            Effect::Write,
            hand_over::reveal_storage_credentials,
            "Show the address and the credentials of an assigned storage bucket, once.",
        )
        .errors(&[Code::LinkExpired, Code::LinkRevoked, Code::LinkUsedUp])
        .page()
}
