//! What a worker keeps of events that nobody takes.

use super::*;
use crate::protocol::ids::ParticipantId;
use crate::sfu::GoneReason;
use uuid::Uuid;

#[test]
fn events_that_nobody_takes_are_kept_once_and_in_order() {
    let seat = Seat { room: AppointmentId(Uuid::nil()), participant: ParticipantId(Uuid::nil()) };
    let table = |transport| MediaEvent::Slots { seat, transport, slots: vec![] };
    let quality = MediaEvent::Quality { seat, quality: crate::sfu::LinkQuality::default() };
    let gone = MediaEvent::Gone { seat, transport: 1, reason: GoneReason::ClosedByPeer };
    let speaker = MediaEvent::Speaker { room: seat.room, participant: None };
    let events =
        vec![table(1), speaker.clone(), quality, table(2), gone.clone(), table(1), speaker.clone()];
    assert_eq!(thin_out(events), [table(2), gone, table(1), speaker]);
}
