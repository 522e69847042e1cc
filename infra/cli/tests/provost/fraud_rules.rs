//! `provost fraud rules`: printing, changing, setting and auditing.

use provost::fraud_rules::{printed, replace};
use provost_domain::fraud::{Rule, RuleSet};
use provost_testkit::World;

async fn world() -> World {
    World::of(|_| Vec::new()).await
}

async fn rules(world: &World) -> RuleSet {
    serde_json::from_str(&printed(&world.app, None).await.unwrap()).unwrap()
}

async fn audited(world: &World) -> Vec<String> {
    let found = world
        .emulators
        .dynamodb()
        .scan()
        .table_name(world.emulators.name("audit"))
        .send()
        .await
        .expect("the table can be read");
    found
        .items()
        .iter()
        .map(|item| {
            format!("{} by {}", item["action"].as_s().unwrap(), item["actorType"].as_s().unwrap())
        })
        .collect()
}

#[tokio::test]
async fn printed_rules_can_be_changed_and_set() {
    let world = world().await;
    let mut wanted = rules(&world).await;
    assert_eq!((wanted.version, wanted.rules.len()), (1, Rule::ALL.len()));
    wanted.rules.get_mut(&Rule::KeyBurst).unwrap().enabled = false;
    wanted.raise_at = 50;
    let said = replace(&world.app, &serde_json::to_string(&wanted).unwrap()).await.unwrap();
    assert!(said.contains("version 2"), "{said}");
    let now = rules(&world).await;
    assert_eq!(now, RuleSet { version: 2, ..wanted });
    assert!(!world.app.store().settings().await.unwrap().fraud.setting(Rule::KeyBurst).enabled);
    let first: RuleSet =
        serde_json::from_str(&printed(&world.app, Some(1)).await.unwrap()).unwrap();
    assert!(first.setting(Rule::KeyBurst).enabled, "earlier versions are kept");
    assert!(printed(&world.app, Some(3)).await.is_err());
    assert_eq!(audited(&world).await, ["fraud.rules_changed by cli"]);
}

#[tokio::test]
async fn outdated_or_invalid_or_unchanged_rules_are_not_set() {
    let world = world().await;
    let printed = rules(&world).await;
    assert!(
        replace(&world.app, &serde_json::to_string(&printed).unwrap())
            .await
            .unwrap()
            .contains("Nothing changed")
    );
    for wrong in [
        "",
        "{\"colour\": 1}",
        "{\"raiseAt\": 0}",
        "{\"rules\": {\"star_sign\": {\"enabled\": true, \"weight\": 1, \"threshold\": 1}}}",
    ] {
        assert!(replace(&world.app, wrong).await.is_err(), "{wrong}");
    }
    assert!(audited(&world).await.is_empty());
    replace(&world.app, "{\"raiseAt\": 60}").await.unwrap();
    let failed =
        replace(&world.app, &serde_json::to_string(&RuleSet { raise_at: 20, ..printed }).unwrap())
            .await
            .unwrap_err();
    assert!(failed.to_string().contains("Print them again"), "{failed}");
    assert_eq!(rules(&world).await.raise_at, 60);
}

#[tokio::test]
async fn changing_the_rules_keeps_the_other_settings() {
    let world = world().await;
    let (dynamo, table) = (world.emulators.dynamodb(), world.emulators.name("catalogue"));
    let key = provost_store::settings::key();
    let text = |text: &str| aws_sdk_dynamodb::types::AttributeValue::S(text.into());
    let closed = aws_sdk_dynamodb::types::AttributeValue::Bool(false);
    let put = dynamo
        .put_item()
        .table_name(table)
        .item("pk", text(&key.pk))
        .item("sk", text(&key.sk))
        .item("registrationOpen", closed);
    put.send().await.unwrap();
    replace(&world.app, "{\"raiseAt\": 60}").await.unwrap();
    let settings = world.app.store().settings().await.unwrap();
    assert_eq!(
        (settings.registration_open, settings.fraud.raise_at, settings.fraud.version),
        (false, 60, 2)
    );
}
