//! Stripe sends events in any order and retries for days: each has one effect, and the latest state
//! wins.

use provost_domain::{subscription::SubscriptionStatus, user::PortalTier};
use serde_json::Value;

use crate::support::{
    ENTERPRISE, PRO, about, audit_actions, buyer, check_out, named, of, person, standing,
    subscriptions, world,
};

#[tokio::test]
async fn an_event_delivered_many_times_concurrently_and_later_has_one_effect() {
    let world = world().await;
    let ada = buyer(&world, "ada").await;
    let event = about(&world, "evt_1", "created", 0, named(ada.id, "sub_1", PRO, "active"));
    for reply in futures_util::future::join_all((0..8).map(|_| world.notify(&event))).await {
        assert!(matches!(reply.status.as_u16(), 200 | 409 | 503), "{}", reply.text());
    }
    let revision = person(&world, ada.id).await.revision;
    for _ in 0..3 {
        world.advance(86_400_000);
        world.notify(&event).await.status(200);
    }
    assert_eq!(person(&world, ada.id).await.revision, revision);
    assert_eq!(audit_actions(&world, ada.id).await, ["plan.applied"]);
}

#[tokio::test]
async fn every_order_of_events_leads_to_the_same_state() {
    let orders =
        [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2], [2, 0, 3, 1], [3, 0, 1, 2], [1, 3, 0, 2]];
    for order in orders {
        let world = world().await;
        let ada = buyer(&world, "ada").await;
        let reported: Vec<Value> = vec![
            about(&world, "evt_1", "created", 0, named(ada.id, "sub_1", PRO, "incomplete")),
            about(&world, "evt_2", "updated", 0, named(ada.id, "sub_1", PRO, "active")),
            about(&world, "evt_3", "updated", 5, named(ada.id, "sub_1", PRO, "past_due")),
            about(&world, "evt_4", "updated", 9, named(ada.id, "sub_1", ENTERPRISE, "active")),
        ];
        for place in order {
            world.notify(&reported[place]).await.status(200);
        }
        let terms =
            subscriptions(&world, ada.id).await.remove(0).terms.expect("Stripe sent the terms");
        assert_eq!(
            (terms.status, terms.price_id.as_str()),
            (SubscriptionStatus::Active, ENTERPRISE),
            "{order:?}"
        );
        assert_eq!(standing(&world, ada.id).await.0, PortalTier::Enterprise, "{order:?}");
    }
}

#[tokio::test]
async fn a_cancellation_is_final_even_if_earlier_events_arrive_later() {
    let world = world().await;
    let ada = buyer(&world, "ada").await;
    world
        .notify(&about(&world, "evt_2", "deleted", 5, named(ada.id, "sub_1", PRO, "canceled")))
        .await
        .status(200);
    for (id, kind, after) in
        [("evt_1", "created", 0), ("evt_3", "updated", 5), ("evt_4", "updated", 60)]
    {
        world.notify(&about(&world, id, kind, after, of(PRO, "active"))).await.status(200);
        assert_eq!(standing(&world, ada.id).await, (PortalTier::Free, None), "{id}");
    }
    assert_eq!(audit_actions(&world, ada.id).await, ["subscription.changed"]);
}

#[tokio::test]
async fn a_checkout_that_arrives_last_changes_nothing() {
    let world = world().await;
    let ada = buyer(&world, "ada").await;
    world
        .notify(&about(&world, "evt_1", "created", 0, named(ada.id, "sub_1", PRO, "active")))
        .await
        .status(200);
    let before = (person(&world, ada.id).await.revision, subscriptions(&world, ada.id).await);
    check_out(&world, ada.id).await;
    assert_eq!(
        (person(&world, ada.id).await.revision, subscriptions(&world, ada.id).await),
        before
    );
}

#[tokio::test]
async fn concurrent_different_events_are_all_applied() {
    let world = world().await;
    let ada = buyer(&world, "ada").await;
    let reported: Vec<_> = (1..=4)
        .map(|number| {
            about(
                &world,
                &format!("evt_{number}"),
                "created",
                number,
                named(ada.id, &format!("sub_{number}"), PRO, "active"),
            )
        })
        .collect();
    let replies =
        futures_util::future::join_all(reported.iter().map(|event| world.notify(event))).await;
    for (event, reply) in reported.iter().zip(replies) {
        // Stripe resends every event that was not accepted.
        if reply.status.as_u16() != 200 {
            world.notify(event).await.status(200);
        }
    }
    assert_eq!(subscriptions(&world, ada.id).await.len(), 4);
    assert_eq!(
        audit_actions(&world, ada.id)
            .await
            .iter()
            .filter(|action| *action == "plan.applied")
            .count(),
        1
    );
}
