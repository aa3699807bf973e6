//! What is said to who waits goes past the mailbox of their session, and is what it would have been.

use crate::support::{Kind, tell};
use bedside::protocol::codec::Codec;
use bedside::protocol::topic::Topic;
use rstest::rstest;

const STRAIGHT: &str = "bedside_straight_publications_total";
/// Changes, one after the other.
const CHANGES: u64 = 6;

#[rstest]
fn what_a_clinician_does_goes_straight_to_a_patient_who_waits(
    #[values(Codec::Json, Codec::MessagePack)] codec: Codec,
) {
    tell(Kind::Memory, async |clinic| {
        let (visit, mut ana, mut dr_b) = clinic.in_call().await;
        let mut ear = ana.who.connects(codec).await;
        let topic = Topic::Visit(visit.id);
        ear.follows(topic).await.expect("may follow");
        let before = clinic.metric(STRAIGHT).await;
        for number in 0..CHANGES {
            let is_on = number % 2 == 0;
            dr_b.turns_on(is_on, is_on).await.expect("may");
            let clinician = dr_b.me();
            let at = ear.position(topic);
            ana.sees("what he did", |view| {
                let mut all = view.participants.iter();
                all.any(|it| it.participant_id == clinician && it.camera == is_on)
            })
            .await;
            ear.until("the same", |it| it.position(topic) > at).await;
        }
        let straight = clinic.metric(STRAIGHT).await - before;
        assert!(straight > 0.0, "she waited all the time: {straight}");
    });
}
