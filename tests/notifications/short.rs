//! Short messages by a gateway.

use crate::gateway::Gateway;
use crate::world::{DAY, HOUR, Kind, World, closed};
use bedside::config::Sms;
use bedside::notifications::{backoff, sms};
use bedside::protocol::ids::OrganisationId;
use bedside::store::outbox::{Channel, Preferences};

const NUMBER: &str = "+4915100000000";
const TOKEN: &str = "token-of-the-test";

async fn with_gateway() -> (World, Gateway) {
    let mut world = closed(Kind::Sqlite).await;
    let gateway = Gateway::start().await;
    let folder = tempfile::tempdir().unwrap();
    let token_file = folder.path().join("token");
    std::fs::write(&token_file, format!("{TOKEN}\n")).unwrap();
    let settings = Sms {
        url: format!("http://{}/xms/v1/plan/batches", gateway.address),
        token_file,
        ca_file: "".into(),
        sender: "Clinic".to_owned(),
    };
    world.sms = sms::open(&settings).unwrap();
    let wanted = Preferences { email: false, sms: true, reminders: true };
    for person in [world.pat, world.dr_bo] {
        world.store.save_preferences(person, wanted, None).await.unwrap();
    }
    world.has_phone(world.pat, NUMBER).await;
    (world, gateway)
}

#[tokio::test]
async fn a_short_message_goes_to_whoever_wants_it_and_has_a_number() {
    let (mut world, gateway) = with_gateway().await;
    world.starts();
    let id = world.books(2 * DAY).await;
    world.is_settled().await;
    let asked = gateway.is_asked(1).await;
    assert_eq!(asked.len(), 1, "the clinician has no number");
    let head = asked[0].head.to_ascii_lowercase();
    assert!(head.starts_with("post /xms/v1/plan/batches http/1.1\r\n"), "{head}");
    assert!(head.contains(&format!("authorization: bearer {TOKEN}")));
    assert!(head.contains("content-type: application/json"));
    let body = &asked[0].body;
    assert_eq!(body["from"], "Clinic");
    assert_eq!(body["to"], serde_json::json!([NUMBER]));
    assert_eq!(
        body["body"],
        format!(
            "Your appointment is booked: Thu 26 November 2026, 14:00 (Europe/Berlin, UTC+1). \
             http://clinic.test/visit/{id}"
        )
    );
    assert!(body["client_reference"].as_str().is_some_and(|it| it.len() == 36));
    assert_eq!(world.smtp.caught().len(), 0);
}

#[tokio::test]
async fn a_gateway_that_fails_is_asked_again_with_the_same_reference() {
    let (mut world, gateway) = with_gateway().await;
    // A redirect is not followed: it would carry the token elsewhere.
    gateway.next([503, 429, 302, 401]);
    world.starts();
    world.books(2 * DAY).await;
    for tries in 1..5 {
        gateway.is_asked(tries).await;
        world.is_retried().await;
        world.passes(backoff::LONGEST);
    }
    world.is_settled().await;
    let asked = gateway.is_asked(5).await;
    assert_eq!(asked.iter().map(|it| it.status).collect::<Vec<_>>(), [503, 429, 302, 401, 201]);
    let first = &asked[0].body["client_reference"];
    assert!(asked.iter().all(|it| it.body["client_reference"] == *first));
    assert_eq!(world.store.dead_notices(OrganisationId::FIRST, 10).await, Ok(vec![]));
}

#[tokio::test]
async fn a_message_that_a_gateway_refuses_is_dead() {
    let (mut world, gateway) = with_gateway().await;
    gateway.next([400]);
    world.starts();
    world.books(2 * DAY).await;
    world.is_settled().await;
    let dead = world.store.dead_notices(OrganisationId::FIRST, 10).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(dead[0].notice.channel, Channel::Sms);
    assert_eq!(gateway.is_asked(1).await.len(), 1);
}

#[tokio::test]
async fn without_a_gateway_there_are_no_short_messages() {
    let (mut world, gateway) = with_gateway().await;
    world.sms = None;
    world.starts();
    world.books(2 * HOUR).await;
    world.is_settled().await;
    assert_eq!(world.store.dead_notices(OrganisationId::FIRST, 10).await, Ok(vec![]));
    drop(gateway);
}
