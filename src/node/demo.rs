//! The demo clinic: fictional people with services and hours, a visit that was booked for now, one that was booked for
//! later, and links into the first.
//!
//! Invariant: everybody in it is made up and says so; their passphrases are random, made at first run, and kept in
//! `demo-accounts.txt` in the data folder, readable by its owner only. Everything goes through the one door.

mod past;
mod practice;

use crate::audit::own::Own;
use crate::audit::uncalled::CREATE_ADMIN;
use crate::clock::{Clock, SystemClock};
use crate::command::{Call, Caller, call};
use crate::config::Config;
use crate::crypto::new_token;
use crate::domain::policy::{Principal, Who};
use crate::node::Node;
use crate::protocol::all::*;
use crate::protocol::fault::Fault;
use crate::protocol::ids::{AppointmentId, OrganisationId, PersonId, SessionId};
use crate::protocol::phi::Phi;
use crate::protocol::time::UnixMillis;
use crate::store::people::Standing;
use crate::store::{PersonRecord, VisitFilter};
use std::fmt::Write as _;
use std::io::{Error, Result, Write as _};
use std::net::Ipv4Addr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::time::Duration;
use uuid::Uuid;

const ADMIN: (&str, &str) = ("Ada Demo-Admin", "admin@demo.invalid");
const CLINICIAN: (&str, &str) = ("Dr. Bela Demo", "clinician@demo.invalid");
const PATIENT: (&str, &str) = ("Ana Example", "patient@demo.invalid");
const SECOND_PATIENT: (&str, &str) = ("Otto Sample", "second.patient@demo.invalid");
const ZONE: &str = "Europe/Berlin";
const FILE: &str = "demo-accounts.txt";
/// A visit that begins so soon is the one that is open now.
const SOON: Duration = Duration::from_secs(10 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Makes what is missing of the demo clinic, and says which links to open.
///
/// # Errors
/// When the store or the data folder cannot be written.
pub async fn prepare(node: &Node, clock: &dyn Clock) -> Result<String> {
    let now = clock.now();
    let admin = match node.store.person_by_email(ADMIN.1).await.map_err(Error::other)? {
        Some(admin) => admin.person_id,
        None => make_people(node, now).await?,
    };
    let caller = as_admin(admin, now);
    let (patient, clinician) = (found(node, PATIENT.1).await?, found(node, CLINICIAN.1).await?);
    practice::prepare(node, caller, (&clinician, &patient), now).await?;
    let visit = open_visit(node, &patient, &clinician, now).await?;
    let patient_link = link(node, caller, visit.appointment_id, Some(&visit.patient), now).await?;
    // Nobody makes a link for the clinician but the clinician, whom the demo has at hand.
    let own = as_somebody(clinician.person_id, Role::Clinician, now);
    let clinician_link = link(node, own, visit.appointment_id, None, now).await?;
    let url = &node.config.public_url;
    let file = node.config.data_dir.join(FILE);
    let mut text = String::new();
    let written = write!(
        text,
        "\nBedside runs at {url}\n\n\
         A visit of the fictional demo clinic is open now. Each link works once; restart for new ones.\n\
         \n  Patient    {}\n  Clinician  {}\n\n\
         Open them in two tabs, or on two devices. The clinician admits the patient.\n\
         Accounts to sign in with are in {}\n\n",
        patient_link.expose(),
        clinician_link.expose(),
        file.display()
    );
    written.map_err(Error::other)?;
    Ok(text)
}

async fn make_people(node: &Node, now: UnixMillis) -> Result<PersonId> {
    let mut accounts =
        String::from("Fictional accounts of the demo clinic, made on this machine.\n\n");
    let passphrase = new_token()?;
    let of = OrganisationId::FIRST;
    let store = node.store.as_ref();
    let admin = first_admin(store, of, ADMIN, passphrase.clone(), now).await?;
    note(&mut accounts, ADMIN.1, &passphrase)?;
    let caller = as_admin(admin, now);
    for ((name, email), role) in [
        (CLINICIAN, Role::Clinician),
        (practice::SECOND_CLINICIAN, Role::Clinician),
        (practice::INTERPRETER, Role::Interpreter),
        (PATIENT, Role::Patient),
        (SECOND_PATIENT, Role::Patient),
    ] {
        let passphrase = new_token()?;
        note(&mut accounts, email, &passphrase)?;
        let op = CreatePerson {
            display_name: name.into(),
            email: email.into(),
            password: Some(passphrase),
            role,
            time_zone: ZONE.to_owned(),
            home_region: None,
        };
        call(node, caller_call(caller, now), op).await.map_err(said)?;
    }
    let path = node.config.data_dir.join(FILE);
    let mut options = std::fs::OpenOptions::new();
    let mut file = options.write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.write_all(accounts.as_bytes())?;
    Ok(admin)
}

fn note(accounts: &mut String, email: &str, passphrase: &Phi<String>) -> Result<()> {
    writeln!(accounts, "{email}\n    {}\n", passphrase.expose()).map_err(Error::other)
}

/// The visit that is open now, and, when there is none after it, one to come.
async fn open_visit(
    node: &Node,
    patient: &PersonRecord,
    clinician: &PersonRecord,
    now: UnixMillis,
) -> Result<AppointmentCard> {
    let filter = VisitFilter {
        organisation: None,
        person_id: Some(clinician.person_id),
        from: Some(now),
        until: None,
        limit: 50,
    };
    let visits = node.store.visits(filter).await.map_err(Error::other)?;
    let cards: Vec<_> = visits.iter().map(crate::domain::visit::view::card).collect();
    let open = cards.iter().filter(|it| !it.stage.is_closed());
    let (now_ones, later): (Vec<_>, Vec<_>) = open.partition(|it| it.starts_at <= now.plus(SOON));
    if later.is_empty() {
        let second = found(node, SECOND_PATIENT.1).await?;
        practice::later(node, clinician, &second, now).await?;
    }
    match now_ones.into_iter().find(|it| it.patient.person_id == patient.person_id) {
        Some(card) => Ok(card.clone()),
        None => practice::walk_in(node, clinician, patient, now).await,
    }
}

async fn link(
    node: &Node,
    caller: Caller,
    appointment_id: AppointmentId,
    whom: Option<&CardPerson>,
    now: UnixMillis,
) -> Result<Phi<String>> {
    let op = CreateJoinToken { appointment_id, participant_id: whom.map(|it| it.participant_id) };
    Ok(call(node, caller_call(caller, now), op).await.map_err(said)?.url)
}

async fn found(node: &Node, email: &str) -> Result<PersonRecord> {
    let person = node.store.person_by_email(email).await.map_err(Error::other)?;
    person
        .ok_or_else(|| Error::other("the demo clinic is incomplete; start with a new data folder"))
}

fn as_admin(admin: PersonId, now: UnixMillis) -> Caller {
    as_somebody(admin, Role::Admin, now)
}

fn as_somebody(person: PersonId, role: Role, now: UnixMillis) -> Caller {
    Caller {
        principal: Principal {
            who: Who::Person(person),
            role,
            organisation: OrganisationId::FIRST,
            only_visit: None,
        },
        session_id: SessionId(Uuid::nil()),
        expires_at: now.plus(DAY),
        is_limited: false,
    }
}

fn caller_call(caller: Caller, now: UnixMillis) -> Call {
    Call::new(Some(caller), now, Ipv4Addr::LOCALHOST.into()).own()
}

fn said(fault: Fault) -> Error {
    Error::other(format!("{}: {}", fault.code.as_str(), fault.message))
}

/// Makes the first administrator, who has nobody to be made by.
async fn first_admin(
    store: &dyn crate::store::Store,
    of: OrganisationId,
    (name, email): (&str, &str),
    passphrase: Phi<String>,
    now: UnixMillis,
) -> Result<PersonId> {
    let about = [Phi::from(name), Phi::from(email)];
    crate::auth::password::check_strength(&passphrase, &about, false).await.map_err(said)?;
    // That of the deployment.
    let home_region = store.region(None).await.map_err(Error::other)?;
    let record = PersonRecord {
        person_id: PersonId(Uuid::now_v7()),
        organisation_id: of,
        display_name: name.into(),
        email: Phi::new(email.trim().to_lowercase()),
        password_hash: crate::auth::password::hash(passphrase).await.map_err(said)?,
        role: Role::Admin,
        time_zone: "UTC".to_owned(),
        created_at: now,
        standing: Standing { home_region, ..Standing::default() },
    };
    let id = record.person_id;
    store.create_person(record, None).await.map_err(Error::other)?;
    Ok(id)
}

/// `bedside user create-admin`.
///
/// # Errors
/// When there is no such organisation, the passphrase is too short, the address is taken, or the store cannot be written.
pub async fn create_admin(
    config: &Config,
    organisation: Option<&str>,
    (name, email): (String, String),
    passphrase: String,
) -> Result<()> {
    let store = super::open_store(config).await?;
    let now = SystemClock.now();
    let of = super::organisations::called(&store, organisation).await?;
    let made = first_admin(&store, of, (&name, &email), Phi::new(passphrase), now);
    let own = Own::new(CREATE_ADMIN, None).of(of);
    let named = |id: &PersonId| Some(format!("person_id:{id}"));
    own.recorded_about(&store, &SystemClock, made, named).await?;
    Ok(())
}
