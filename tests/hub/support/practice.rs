//! A practice that can be booked, made by operations alone, and what people do there in one line each.

use super::{Clinic, DEADLINE, Someone};
use bedside::protocol::appointment::{AppointmentCard, CancelAppointment};
use bedside::protocol::booking::{
    CreateAppointment, History, Hold, HoldSlot, MoveAppointment, OpenSlots, ReadHistory,
    ReleaseHold, SearchSlots,
};
use bedside::protocol::codec::Codec;
use bedside::protocol::fault::Fault;
use bedside::protocol::ids::{PersonId, ServiceId};
use bedside::protocol::phi::Phi;
use bedside::protocol::practice::{
    CreateService, ListPractitioners, PractitionerProfile, ServiceCard, ServiceTerms,
    UpdatePractitioner,
};
use bedside::protocol::schedule::{SaveTemplate, TemplateCard, TemplateTerms};
use bedside::protocol::time::UnixMillis;
use bedside::protocol::topic::{Topic, TopicState};
use std::time::Duration;

/// The zone of every practice here: an hour ahead of UTC all through the story's winter.
pub(crate) const ZONE: &str = "Europe/Berlin";
/// When the first day of every story began there: 15 January 2027, a Friday. The story begins at nine.
const MIDNIGHT: UnixMillis = UnixMillis(1_799_967_600_000);
/// Length of an appointment of the practice, and the raster of its begins.
pub(crate) const LENGTH: Duration = Duration::from_secs(30 * 60);

/// The instant that is `hh:mm` at the practice, so many days after the first.
pub(crate) fn at(days: u32, clock: &str) -> UnixMillis {
    let (hours, minutes) = clock.split_once(':').expect("hh:mm");
    let minutes = hours.parse::<u64>().unwrap() * 60 + minutes.parse::<u64>().unwrap();
    MIDNIGHT.plus(Duration::from_secs(u64::from(days) * 86_400 + minutes * 60))
}

/// Somebody who can be booked for a service.
#[derive(Debug, Clone)]
pub(crate) struct Practice {
    pub(crate) dr: Someone,
    pub(crate) service: ServiceCard,
}

impl Practice {
    pub(crate) fn dr_id(&self) -> PersonId {
        self.dr.person_id.expect("an account")
    }

    pub(crate) fn service_id(&self) -> ServiceId {
        self.service.service_id
    }

    /// Params of a hold.
    pub(crate) fn hold(&self, starts_at: UnixMillis) -> HoldSlot {
        HoldSlot {
            clinician_id: self.dr_id(),
            service_id: self.service_id(),
            starts_at,
            patient_id: None,
            interpreter_id: None,
            interpreter_language: None,
            jurisdiction: None,
            licence_override: None,
            repeat: None,
            moves: None,
        }
    }

    /// Params of a search: everything of one day.
    pub(crate) fn on(&self, date: &str) -> SearchSlots {
        SearchSlots {
            clinician_id: Some(self.dr_id()),
            service_id: Some(self.service_id()),
            date: Some(date.to_owned()),
            time_zone: Some(ZONE.to_owned()),
            ..SearchSlots::default()
        }
    }
}

/// Half an hour, begun at every half hour, an hour's notice, sixty days ahead.
pub(crate) fn consultation() -> ServiceTerms {
    ServiceTerms {
        name: "Consultation".to_owned(),
        specialty: "general".to_owned(),
        duration_min: 30,
        buffer_before_min: 0,
        buffer_after_min: 0,
        alignment_interval_min: 30,
        alignment_offset_min: 0,
        min_notice_min: 60,
        horizon_days: 60,
        slot_capacity: 1,
        is_active: true,
        price: None,
    }
}

/// Every day from the first, without an end.
pub(crate) fn daily(starts: &str, ends: &str) -> TemplateTerms {
    TemplateTerms {
        location: "Room 1".to_owned(),
        time_zone: ZONE.to_owned(),
        recurrence: "FREQ=DAILY".to_owned(),
        starts: starts.to_owned(),
        ends: ends.to_owned(),
        valid_from: "2027-01-15".to_owned(),
        valid_until: None,
        except_dates: vec![],
        service_ids: vec![],
    }
}

pub(crate) fn profile() -> PractitionerProfile {
    PractitionerProfile { weight: 1, ..PractitionerProfile::default() }
}

impl Clinic {
    /// A clinician who is there from eight to six every day, for a consultation.
    pub(crate) async fn practice(&self) -> Practice {
        self.practice_of(consultation(), profile()).await
    }

    /// The same with other terms and profile; the service is added to what the profile offers.
    pub(crate) async fn practice_of(
        &self,
        terms: ServiceTerms,
        profile: PractitionerProfile,
    ) -> Practice {
        let service = self.admin.calls(CreateService { terms }).await.expect("a service");
        let dr = self.clinician("Dr. Bo Fictional").await;
        let service_ids = vec![service.service_id];
        self.tells_of(&dr, PractitionerProfile { service_ids, ..profile }).await;
        self.works(&dr, daily("08:00", "18:00")).await;
        Practice { dr, service }
    }

    /// What the directory says of somebody from now on.
    pub(crate) async fn tells_of(&self, who: &Someone, profile: PractitionerProfile) {
        let person_id = who.person_id.expect("an account");
        // An account that was made past the door is not in what the node has read.
        self.clock.advance(Duration::from_secs(31));
        let all = self.admin.calls(ListPractitioners::default()).await.expect("the directory");
        let all = all.practitioners.into_iter();
        let revision = all.filter(|it| it.person_id == person_id).map(|it| it.revision).next();
        let revision = revision.expect("in the directory");
        let op = UpdatePractitioner { person_id, revision, profile };
        self.admin.calls(op).await.expect("a profile");
    }

    /// New hours of somebody, by themselves.
    pub(crate) async fn works(&self, who: &Someone, terms: TemplateTerms) -> TemplateCard {
        let practitioner_id = who.person_id.expect("an account");
        let op = SaveTemplate { practitioner_id, template_id: None, terms };
        who.calls(op).await.expect("hours")
    }

    /// Another sign-in of somebody whose token has ended with the time that passed.
    pub(crate) async fn again(&self, who: &Someone) -> Someone {
        let role = self.store.person(who.person_id.expect("an account")).await.unwrap();
        let role = role.expect("an account").role;
        self.signs_in(who.person_id.expect("an account"), role, &who.name).await
    }

    /// Waits until something is so, for what happens a moment after an answer; so slowly that whoever asks is not sent
    /// away.
    pub(crate) async fn soon(&self, what: &str, mut is_so: impl AsyncFnMut() -> bool) {
        let until = tokio::time::Instant::now() + DEADLINE;
        while !is_so().await {
            assert!(tokio::time::Instant::now() < until, "waited in vain for {what}");
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
    }

    /// What somebody knows of a topic by events is what a fresh follower is told.
    pub(crate) async fn agrees(&self, who: &Someone, socket: &mut super::Socket, topic: Topic) {
        let until = tokio::time::Instant::now() + DEADLINE;
        loop {
            let mut fresh = who.connects(Codec::MessagePack).await;
            fresh.follows(topic).await.expect("may follow");
            // Whatever was said before this answer has been heard when it comes.
            socket.calls(bedside::protocol::person::ReadMe {}).await.expect("an answer");
            if socket.state(topic) == fresh.state(topic) {
                assert!(socket.gaps.is_empty(), "taken off: {:?}", socket.gaps);
                return;
            }
            assert!(
                tokio::time::Instant::now() < until,
                "by events\n{:#?}\nbut anew\n{:#?}",
                socket.state(topic),
                fresh.state(topic)
            );
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
    }
}

impl Someone {
    /// Begins that can be booked.
    pub(crate) async fn finds(&self, op: SearchSlots) -> Vec<UnixMillis> {
        let found: OpenSlots = self.calls(op).await.expect("an answer");
        found.slots.into_iter().map(|it| it.starts_at).collect()
    }

    /// Reserves a time of their own.
    pub(crate) async fn holds(
        &self,
        practice: &Practice,
        starts_at: UnixMillis,
    ) -> Result<Hold, Fault> {
        self.calls(practice.hold(starts_at)).await
    }

    /// Books what is held.
    pub(crate) async fn confirms(&self, hold: &Hold) -> Result<AppointmentCard, Fault> {
        self.calls(booking(hold)).await
    }

    /// Holds and books.
    pub(crate) async fn makes(
        &self,
        practice: &Practice,
        starts_at: UnixMillis,
    ) -> AppointmentCard {
        let hold = self.holds(practice, starts_at).await.expect("held");
        self.confirms(&hold).await.expect("booked")
    }

    /// Reserves a time to which an appointment of theirs shall go.
    pub(crate) async fn holds_for(
        &self,
        practice: &Practice,
        card: &AppointmentCard,
        starts_at: UnixMillis,
    ) -> Result<Hold, Fault> {
        let moves = Some(card.appointment_id);
        self.calls(HoldSlot { moves, ..practice.hold(starts_at) }).await
    }

    /// Moves an appointment to what is held.
    pub(crate) async fn moves(
        &self,
        card: &AppointmentCard,
        hold: &Hold,
    ) -> Result<AppointmentCard, Fault> {
        let hold_token = hold.hold_token.clone();
        self.calls(MoveAppointment { appointment_id: card.appointment_id, hold_token }).await
    }

    pub(crate) async fn cancels(&self, card: &AppointmentCard) -> Result<AppointmentCard, Fault> {
        self.calls(CancelAppointment { appointment_id: card.appointment_id }).await
    }

    pub(crate) async fn releases(&self, hold: &Hold) -> Result<(), Fault> {
        self.calls(ReleaseHold { hold_token: hold.hold_token.clone() }).await.map(|_| ())
    }

    pub(crate) async fn history(&self, card: &AppointmentCard) -> History {
        let op = ReadHistory { appointment_id: card.appointment_id };
        self.calls(op).await.expect("may read")
    }

    /// A socket that follows one topic.
    pub(crate) async fn watches(&self, topic: Topic, codec: Codec) -> super::Socket {
        let mut socket = self.connects(codec).await;
        socket.follows(topic).await.expect("may follow");
        socket
    }
}

/// Params of a booking.
pub(crate) fn booking(hold: &Hold) -> CreateAppointment {
    CreateAppointment {
        hold_token: hold.hold_token.clone(),
        reason: Some(Phi::from("A fictional ache")),
        patient_may_invite: false,
    }
}

impl super::Socket {
    /// The cards of an agenda that is followed.
    pub(crate) fn cards(&self, of: PersonId) -> &[AppointmentCard] {
        match self.state(Topic::Agenda(of)) {
            Some(TopicState::Agenda { cards }) => cards,
            other => panic!("no agenda: {other:?}"),
        }
    }
}
