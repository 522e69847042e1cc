//! Some hundred random requests: whatever a user gains, the one who granted it had.

use provost_domain::{BuiltInRole, Permission, PermissionSet, time::SECOND};
use provost_testkit::{Someone, World};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::json;

use crate::support::{REASON, path, role, root, world};

/// The permissions that the walk moves about: some that administrators have, some that only root has.
const MOVED: [Permission; 5] = [
    Permission::UserList,
    Permission::RoleRead,
    Permission::RoleAssign,
    Permission::UserPurge,
    Permission::SystemKey,
];

async fn permissions(world: &World, of: &[Someone<'_>]) -> Vec<PermissionSet> {
    let mut all = Vec::new();
    for someone in of {
        all.push(world.user(someone.id).await.expect("the account").permissions());
    }
    all
}

#[tokio::test]
async fn no_sequence_of_requests_gives_a_user_what_its_sender_lacks() {
    let world = world().await;
    let root = root(&world).await;
    let mut people = vec![
        world.staff("grace", BuiltInRole::Admin).await,
        world.staff("hugo", BuiltInRole::Admin).await,
        world.staff("sam", BuiltInRole::Staff).await,
        world.person("eve").await,
        world.person("ada").await,
    ];
    for someone in &people[..3] {
        let rights = [Permission::RoleAssign, Permission::RoleWrite, Permission::RoleRead];
        world.edit(someone.id, |user| user.grants.extend(rights)).await;
    }
    let mut roles = vec![
        role(&root, "Lister", &["user.list"]).await,
        role(&root, "Purger", &["user.purge", "user.list"]).await,
        role(&root, "Assigner", &["role.assign", "role.read"]).await,
    ];
    people.push(root);
    let mut random = StdRng::seed_from_u64(11);
    let (mut accepted, mut refused) = (0, 0);
    for n in 0..300 {
        let actor = random.random_range(0..people.len());
        let target = random.random_range(0..people.len());
        let moved = MOVED[random.random_range(0..MOVED.len())];
        let (by, to) = (&people[actor], &people[target]);
        let held = &roles[random.random_range(0..roles.len())];
        let before = permissions(&world, &people).await;
        let given = format!("/v1/rbac/users/{}/roles/{held}", to.id);
        let direct = format!("/v1/rbac/users/{}/permissions/{moved}", to.id);
        let end = world.app.now().plus(random.random_range(1..20) * SECOND);
        let reason = json!({ "reason": REASON });
        let reply = match random.random_range(0..9) {
            0 => by.post(&given, reason).await,
            1 => by.delete_with(&given, reason).await,
            2 => by.post(&direct, reason).await,
            3 => by.post(&direct, json!({ "effect": "deny", "reason": REASON })).await,
            4 => {
                let effect = if random.random_bool(0.5) { "deny" } else { "allow" };
                let body = json!({ "effect": effect, "expires_at": end, "reason": REASON });
                by.post(&direct, body).await
            }
            5 => by.delete_with(&direct, reason).await,
            6 => by.put(&path(held), json!({ "active": random.random_bool(0.7) })).await,
            7 => by.put(&path(held), json!({ "permissions": [moved] })).await,
            _ => {
                let clone = json!({ "name": format!("Clone {n}") });
                let reply = by.post(&format!("{}/clone", path(held)), clone).await;
                if reply.status == 201 && roles.len() < 8 {
                    roles.push(reply.json()["id"].as_str().expect("an id").to_owned());
                }
                reply
            }
        };
        assert!(reply.status.as_u16() < 500, "{}: {}", reply.asked, reply.text());
        let after = permissions(&world, &people).await;
        if reply.status.is_success() {
            accepted += 1;
        } else {
            refused += 1;
            assert_eq!(before, after, "{} was refused", reply.asked);
        }
        for (at, (had, has)) in before.iter().zip(&after).enumerate() {
            let gained: PermissionSet = has.difference(had).copied().collect();
            assert!(
                gained.is_subset(&before[actor]) && (at != actor || gained.is_empty()),
                "{} by {actor} gave {gained:?} to {at}",
                reply.asked
            );
        }
        // Only what was denied until a time comes back with time.
        world.advance(random.random_range(0..3) * SECOND);
    }
    assert!(accepted > 60 && refused > 60, "{accepted} accepted, {refused} refused");
}
