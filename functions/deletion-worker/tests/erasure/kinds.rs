//! The lists of steps and kinds are complete.

use fn_deletion_worker::steps::STEPS;
use provost_store::{
    kinds::{
        Erasure, KINDS, OPERATIONS, ORGANISATIONS, kind_of, operation_of, organisation_item_of,
    },
    memberships, records,
};
use provost_testkit::World;

use crate::person::{complete, deliver, is_erased};

#[tokio::test]
async fn erasure_knows_the_kind_of_every_item_of_a_user() {
    let world = World::of(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    let store = world.app.store();
    let (keys, _) = store
        .keys_of(&store.names().accounts, &records::partition(subject.id), None)
        .await
        .expect("the table responds");
    for key in &keys {
        assert!(
            kind_of(&key.sk).is_some(),
            "{} is in no list: add its kind to shared/store/src/deletions/kinds.rs, with what an export and an erasure do with it",
            key.sk
        );
    }
    assert!(deliver(&world, subject.request).await);
    let counts = is_erased(&world, &subject).await.counts;
    for key in &keys {
        let kind = kind_of(&key.sk).expect("the kind is known");
        assert!(counts.contains_key(kind.name), "the receipt counts {}: {counts:?}", kind.name);
    }
    assert!(!counts.contains_key("other"), "{counts:?}");
}

#[tokio::test]
async fn export_and_erasure_know_the_kind_of_every_item_outside_the_user_partition() {
    let world = World::of(|_| Vec::new()).await;
    let subject = complete(&world, 1).await;
    let store = world.app.store();
    let mut met = std::collections::BTreeSet::new();
    for key in store.operations_of(subject.id).await.expect("the index responds") {
        let kind = operation_of(&key.pk).unwrap_or_else(|| {
            panic!("{} is in no list: add its kind to shared/store/src/deletions/kinds.rs", key.pk)
        });
        met.insert(kind.key);
    }
    for member in store.memberships(subject.id).await.expect("the index responds") {
        let partition = memberships::partition(member.organisation_id);
        let (keys, _) = store
            .keys_of(&store.names().organisations, &partition, None)
            .await
            .expect("the table responds");
        for key in keys {
            let kind = organisation_item_of(&key.sk).unwrap_or_else(|| {
                panic!(
                    "{} is in no list: add its kind to shared/store/src/deletions/kinds.rs",
                    key.sk
                )
            });
            met.insert(kind.key);
        }
    }
    let unmet: Vec<_> = OPERATIONS
        .iter()
        .chain(ORGANISATIONS)
        .map(|kind| kind.key)
        .filter(|key| !met.contains(key))
        .collect();
    assert!(
        unmet.is_empty(),
        "no test user has items of {unmet:?}; add them to shared/testkit/src/everything.rs"
    );
}

#[test]
fn only_the_user_item_outlives_its_partition() {
    let last: Vec<_> = KINDS
        .iter()
        .filter(|kind| kind.erasure == Erasure::RemovedLast)
        .map(|kind| kind.sort)
        .collect();
    assert_eq!(
        last,
        ["PRINCIPAL"],
        "the step `identity` has to remove every kind with `RemovedLast`"
    );
}

#[test]
fn the_steps_are_in_order_and_end_with_the_receipt() {
    for pair in STEPS.windows(2) {
        assert!(pair[0].number < pair[1].number, "{:?} comes before {:?}", pair[0], pair[1]);
    }
    assert_eq!(STEPS.last().map(|step| step.name), Some("receipt"));
    for step in STEPS {
        assert!(
            step.removes.ends_with('.'),
            "{step:?} describes in a full sentence what it removes"
        );
    }
}
