//! Pairs of a patient and a clinician who write to each other: written into the store of a hub before it starts, because
//! hundreds of passphrases would measure Argon2, and their sign-ins are bounded by address.

use crate::auth::tokens::Tokens;
use crate::bench::clinic::Rest;
use crate::clock::{Clock as _, SystemClock};
use crate::config::Config;
use crate::crypto::Keys;
use crate::domain::policy::{Principal, Who};
use crate::domain::visit::{Booking, Facts, Member, Visit};
use crate::node;
use crate::protocol::all::*;
use crate::protocol::ids::{
    AppointmentId, ConversationId, OrganisationId, ParticipantId, PersonId, SessionId,
};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::people::Standing;
use crate::store::sign_ins::SessionAbout;
use crate::store::{NewVisit, PersonRecord, SessionRecord, Store};
use futures::{StreamExt as _, TryStreamExt as _};
use std::io::{Error, Result};
use std::time::Duration;
use uuid::Uuid;

/// Pairs that are made at the same time.
const AT_ONCE: usize = 16;
/// Longer than any benchmark.
const SIGNED_IN_FOR: Duration = Duration::from_secs(60 * 60);
const VISIT: Duration = Duration::from_secs(30 * 60);
const ZONE: &str = "Europe/Berlin";

/// Two people with an appointment, signed in.
pub(super) struct Pair {
    /// Access token of the patient.
    pub(super) patient: Phi<String>,
    /// Access token of the clinician.
    pub(super) clinician: Phi<String>,
    clinician_id: PersonId,
}

impl Pair {
    /// Makes so many in the store of that hub, which does not run yet.
    pub(super) async fn make(config: &Config, count: usize) -> Result<Vec<Pair>> {
        let store = node::open_store(config).await?;
        let keys = Keys::open(&config.data_dir.join("keys"))?;
        let tokens = Tokens::new(&config.public_url, &keys.signing)?;
        let pairs = futures::stream::iter(0..count).map(|_| one(&store, &tokens));
        let pairs = pairs.buffer_unordered(AT_ONCE).try_collect().await;
        store.close().await;
        pairs
    }

    /// The conversation of the two; made by this.
    pub(super) async fn opens(&self, rest: &Rest) -> Result<ConversationId> {
        let op = OpenConversation { with: OpenWith::Person { person_id: self.clinician_id } };
        Ok(rest.post(Some(&self.patient), &op).await?.conversation.conversation_id)
    }
}

async fn one(store: &impl Store, tokens: &Tokens) -> Result<Pair> {
    let now = SystemClock.now();
    let (patient, clinician) = (person(Role::Patient, now), person(Role::Clinician, now));
    for it in [&patient, &clinician] {
        store.create_person(it.clone(), None).await.map_err(Error::other)?;
    }
    let new = NewVisit { visit: visit(&patient, &clinician, now), created_at: now };
    store.create_visit(new, None).await.map_err(Error::other)?;
    Ok(Pair {
        patient: signed_in(store, tokens, &patient, now).await?,
        clinician: signed_in(store, tokens, &clinician, now).await?,
        clinician_id: clinician.person_id,
    })
}

fn person(role: Role, now: UnixMillis) -> PersonRecord {
    let person_id = PersonId(Uuid::now_v7());
    PersonRecord {
        person_id,
        organisation_id: OrganisationId::FIRST,
        display_name: "Bench Fictional".into(),
        email: format!("{}@bench.invalid", person_id.0.simple()).into(),
        password_hash: "none".into(),
        role,
        time_zone: ZONE.to_owned(),
        created_at: now,
        standing: Standing::default(),
    }
}

fn visit(patient: &PersonRecord, clinician: &PersonRecord, now: UnixMillis) -> Visit {
    let member = |it: &PersonRecord| Member {
        participant_id: ParticipantId(Uuid::now_v7()),
        person_id: Some(it.person_id),
        role: it.role,
        display_name: it.display_name.clone(),
        is_admitted: it.role == Role::Clinician,
        is_present: false,
        waiting_since: None,
        is_revoked: false,
        device_check: None,
        invited_by: None,
    };
    let facts = Facts {
        appointment_id: AppointmentId(Uuid::now_v7()),
        organisation_id: OrganisationId::FIRST,
        clinician_id: clinician.person_id,
        patient_id: patient.person_id,
        starts_at: now.plus(SIGNED_IN_FOR),
        ends_at: now.plus(SIGNED_IN_FOR + VISIT),
        time_zone: ZONE.to_owned(),
        patient_may_invite: false,
        booking: Booking::default(),
    };
    let members = [patient, clinician].map(member);
    Visit {
        facts,
        closed: None,
        is_in_call: false,
        call_started_at: None,
        members: members.into_iter().map(|it| (it.participant_id, it)).collect(),
        revision: 0,
    }
}

async fn signed_in(
    store: &impl Store,
    tokens: &Tokens,
    person: &PersonRecord,
    now: UnixMillis,
) -> Result<Phi<String>> {
    let session_id = SessionId(Uuid::now_v7());
    let expires_at = now.plus(SIGNED_IN_FOR);
    let session = SessionRecord {
        session_id,
        person_id: Some(person.person_id),
        visit: None,
        role: person.role,
        refresh_hash: session_id.0.as_bytes().to_vec(),
        previous_hash: None,
        rotated_at: now,
        created_at: now,
        expires_at,
        ended_at: None,
        about: SessionAbout::proven(now),
    };
    store.open_session(session).await.map_err(Error::other)?;
    let who = Who::Person(person.person_id);
    let principal =
        Principal { who, role: person.role, organisation: OrganisationId::FIRST, only_visit: None };
    let issued = tokens.issue(principal, session_id, now, expires_at);
    Ok(issued.map_err(|it| Error::other(it.code.as_str()))?.0)
}
