//! Somebody at a visit, with a socket that follows it. After each thing they do, what they know by events is compared
//! with what a fresh reading says: the one helper that guards the whole realtime protocol.

use super::{DEADLINE, Socket, Someone};
use bedside::protocol::fault::Fault;
use bedside::protocol::ids::{AppointmentId, ParticipantId};
use bedside::protocol::media::{JoinMedia, MediaAnswer, SetSources};
use bedside::protocol::operation::Operation;
use bedside::protocol::person::Role;
use bedside::protocol::topic::{Topic, TopicState};
use bedside::protocol::visit::{
    AdmitParticipant, EndVisit, EnterVisit, HoldParticipant, InviteGuest, InvitedGuest, LeaveVisit,
    ReadVisit, RevokeGuest, VisitView,
};
use bedside::sfu::Seat;
use std::time::Duration;

/// Somebody at a visit.
pub(crate) struct Party {
    pub(crate) who: Someone,
    pub(crate) visit: AppointmentId,
    pub(crate) socket: Socket,
}

impl Party {
    pub(crate) fn new(who: Someone, visit: AppointmentId, socket: Socket) -> Self {
        Party { who, visit, socket }
    }

    fn topic(&self) -> Topic {
        Topic::Visit(self.visit)
    }

    /// The visit as they know it by events.
    pub(crate) fn view(&self) -> &VisitView {
        match self.socket.state(self.topic()) {
            Some(TopicState::Visit { visit }) => visit,
            other => panic!("{} does not follow the visit: {other:?}", self.who.name),
        }
    }

    /// Their part.
    pub(crate) fn me(&self) -> ParticipantId {
        self.view().you.expect("a part in the visit")
    }

    /// Their place at the media plane.
    pub(crate) fn seat(&self) -> Seat {
        Seat { room: self.visit, participant: self.me() }
    }

    /// Waits until the view is so.
    pub(crate) async fn sees(&mut self, what: &str, is_so: impl Fn(&VisitView) -> bool) {
        let topic = self.topic();
        let what = format!("{} sees: {what}", self.who.name);
        self.socket
            .until(&what, |socket| {
                matches!(socket.state(topic), Some(TopicState::Visit { visit }) if is_so(visit))
            })
            .await;
        self.agrees().await;
    }

    /// State after events = state fetched anew.
    pub(crate) async fn agrees(&mut self) {
        let until = tokio::time::Instant::now() + DEADLINE;
        loop {
            let op = ReadVisit { appointment_id: self.visit };
            let fresh = self.socket.calls(op).await.expect("may read");
            if self.socket.gaps.is_empty() && *self.view() == fresh {
                return;
            }
            assert!(self.socket.gaps.is_empty(), "taken off: {:?}", self.socket.gaps);
            // An event may be on its way, as may one that came after the reading.
            let soon = (tokio::time::Instant::now() + Duration::from_millis(100)).min(until);
            let _quiet = tokio::time::timeout_at(soon, self.socket.hears()).await;
            assert!(
                tokio::time::Instant::now() < until,
                "{} knows by events\n{:#?}\nbut reads\n{fresh:#?}",
                self.who.name,
                self.view()
            );
        }
    }

    /// Calls by the socket; what came of it is known by events as well.
    pub(crate) async fn calls<O: Operation>(&mut self, op: O) -> Result<O::Output, Fault> {
        let output = self.socket.calls(op).await?;
        self.agrees().await;
        Ok(output)
    }

    pub(crate) async fn enters(&mut self) -> VisitView {
        self.calls(EnterVisit { appointment_id: self.visit }).await.expect("may enter")
    }

    pub(crate) async fn leaves(&mut self) -> VisitView {
        self.calls(LeaveVisit { appointment_id: self.visit }).await.expect("may leave")
    }

    pub(crate) async fn admits(&mut self, other: &Party) -> VisitView {
        let op = AdmitParticipant { appointment_id: self.visit, participant_id: other.me() };
        self.calls(op).await.expect("may admit")
    }

    pub(crate) async fn holds(&mut self, other: &Party) -> VisitView {
        let op = HoldParticipant { appointment_id: self.visit, participant_id: other.me() };
        self.calls(op).await.expect("may hold")
    }

    pub(crate) async fn ends(&mut self) -> VisitView {
        self.calls(EndVisit { appointment_id: self.visit }).await.expect("may end")
    }

    pub(crate) async fn invites(&mut self, role: Role, name: &str) -> Result<InvitedGuest, Fault> {
        let op = InviteGuest { appointment_id: self.visit, role, display_name: name.into() };
        self.calls(op).await
    }

    pub(crate) async fn revokes(&mut self, guest: ParticipantId) -> VisitView {
        let op = RevokeGuest { appointment_id: self.visit, participant_id: guest };
        self.calls(op).await.expect("may revoke")
    }

    pub(crate) async fn joins_media(&mut self) -> Result<MediaAnswer, Fault> {
        self.calls(JoinMedia { appointment_id: self.visit, offer: "v=0 offer".into() }).await
    }

    pub(crate) async fn turns_on(&mut self, microphone: bool, camera: bool) -> Result<(), Fault> {
        let op = SetSources { appointment_id: self.visit, microphone, camera, screen: false };
        self.calls(op).await.map(|_| ())
    }
}
