//! Rank: four roles against four roles, on every route that compares ranks.

use provost_domain::BuiltInRole;
use serde_json::json;

use crate::{entries, world};

/// What each role can do to each other role: rows act, columns are the targets, in order of rank.
const MAY: [[bool; 4]; 4] = [
    [false, false, false, false],
    [false, false, false, false],
    [true, true, false, false],
    [true, true, true, true],
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_a_higher_rank_can_act_and_root_can_act_on_root() {
    let world = world().await;
    // An additional root administrator, so that none is the last.
    world.staff("spare", BuiltInRole::RootAdmin).await;
    for (a, actor_role) in BuiltInRole::ALL.into_iter().enumerate() {
        for (t, target_role) in BuiltInRole::ALL.into_iter().enumerate() {
            let actor = world.someone(&format!("actor{a}{t}"), actor_role).await;
            let target = world.someone(&format!("target{a}{t}"), target_role).await;
            let base = format!("/api/admin/users/{}", target.id);
            let session = target.session.expect("a session");
            // Staff lack the permission, users are not staff, and administrators are outranked.
            let refused = match actor_role {
                BuiltInRole::User => "ADMIN_REQUIRED",
                BuiltInRole::Staff => "PERMISSION_DENIED",
                _ => "OUTRANKED",
            };
            let mut done = 0;
            for (replied, may) in [
                (
                    actor.post(&format!("{base}/sessions/{session}/revoke"), json!({})).await,
                    MAY[a][t],
                ),
                (actor.post(&format!("{base}/reset-password"), json!({})).await, MAY[a][t]),
                (
                    actor
                        .post(
                            &format!("{base}/ban"),
                            json!({"type": "permanent", "reason": "spam"}),
                        )
                        .await,
                    MAY[a][t],
                ),
                (actor.delete(&format!("{base}/ban")).await, MAY[a][t]),
            ] {
                if may {
                    replied.ok();
                    done += 1;
                } else {
                    replied.is(403, refused);
                }
            }
            let changed = actor
                .patch(&format!("{base}/role"), json!({"role": "staff", "reason": "moves"}))
                .await;
            match actor_role {
                BuiltInRole::RootAdmin => {
                    changed.ok();
                    done += usize::from(target_role != BuiltInRole::Staff);
                }
                BuiltInRole::User => {
                    changed.is(403, "ADMIN_REQUIRED");
                }
                _ => {
                    changed.is(403, "SUPERADMIN_REQUIRED");
                }
            }
            assert_eq!(
                entries(&world, target.id).await.len(),
                done,
                "{actor_role:?} on {target_role:?}: one audit entry per change"
            );
        }
    }
}
