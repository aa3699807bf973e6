//! A rehearsal of the worst day: people book and write, a backup is made meanwhile, the hub is killed and its place is lost. What was
//! acknowledged before the backup began is there, and can be read, in another place.

use crate::client::Client;
use crate::hub::{Hub, Kind, Someone, ZONE};
use crate::on_threads;
use bedside::clock::{Clock as _, SystemClock};
use bedside::protocol::appointment::{PlaceAppointment, ReadAppointment};
use bedside::protocol::conversation::{ListMessages, OpenConversation, OpenWith, SendMessage};
use bedside::protocol::ids::{AppointmentId, ConversationId};
use bedside::protocol::person::Role;
use bedside::protocol::practice::{PatientProfile, ReadProfile, UpdateProfile};
use rstest::rstest;
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

/// Pairs who book and write at once.
const PAIRS: u32 = 3;
/// What each of them has done, at least, when the backup begins.
const DONE_BEFORE: usize = 12;
const LOOK: Duration = Duration::from_millis(5);

/// What somebody was told is saved.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Acknowledged {
    Booked(AppointmentId),
    Written(String),
}

struct Pair {
    admin: Someone,
    patient: Someone,
    clinician: Someone,
    conversation: ConversationId,
    told: Arc<Mutex<Vec<Acknowledged>>>,
}

fn phone(n: u32) -> PatientProfile {
    PatientProfile { phone: Some(format!("+1555555{n:04}").into()), ..PatientProfile::default() }
}

async fn meet(hub: &Hub, http: &reqwest::Client, n: u32) -> Pair {
    let began = Instant::now();
    let client = |who| Client::new(who, http.clone(), hub.address, began);
    let admin = hub.person(Role::Admin, "Ada Invented").await;
    let patient = hub.person(Role::Patient, "Pat Fictional").await;
    let clinician = hub.person(Role::Clinician, "Dr. Bo Fictional").await;
    let place = places(&patient, &clinician, 0);
    client(admin.clone()).asks(&place).await.result.expect("an appointment");
    let op = OpenConversation { with: OpenWith::Person { person_id: clinician.id } };
    let opened = client(patient.clone()).asks(&op).await.result.expect("a conversation");
    let op = UpdateProfile { profile: phone(n), revision: 0 };
    client(patient.clone()).asks(&op).await.result.expect("a profile");
    let conversation = opened.conversation.conversation_id;
    Pair { admin, patient, clinician, conversation, told: Arc::default() }
}

fn places(patient: &Someone, clinician: &Someone, n: u64) -> PlaceAppointment {
    let starts_at = SystemClock.now().plus(Duration::from_secs((n + 1) * 30 * 60));
    PlaceAppointment {
        patient_id: patient.id,
        clinician_id: clinician.id,
        starts_at,
        ends_at: starts_at.plus(Duration::from_secs(15 * 60)),
        time_zone: ZONE.to_owned(),
        patient_may_invite: false,
    }
}

/// Books and writes until the hub is gone.
async fn goes_on(pair: Arc<Pair>, hub: std::net::SocketAddr, is_over: Arc<AtomicBool>) {
    let (http, began) = (reqwest::Client::new(), Instant::now());
    let client = |who: &Someone| Client::new(who.clone(), http.clone(), hub, began);
    let (mut admin, mut patient) = (client(&pair.admin), client(&pair.patient));
    for n in 1.. {
        let text = format!("It itches, {n}");
        let op = SendMessage {
            conversation_id: pair.conversation,
            body: text.clone().into(),
            reply_to: None,
            files: vec![],
            overriding: None,
        };
        let place = places(&pair.patient, &pair.clinician, n);
        let (sent, booked) = (patient.asks(&op), admin.asks(&place));
        let work = async { tokio::join!(sent, booked) };
        tokio::select! {
            (sent, booked) = work => {
                let mut told = pair.told.lock().unwrap();
                told.extend(sent.result.ok().map(|_| Acknowledged::Written(text)));
                told.extend(booked.result.ok().map(|it| Acknowledged::Booked(it.appointment_id)));
            }
            () = until(&is_over) => return,
        }
    }
}

async fn until(is_so: &AtomicBool) {
    while !is_so.load(Ordering::SeqCst) {
        tokio::time::sleep(LOOK).await;
    }
}

/// What a hub shows of it.
async fn shown(hub: &Hub, pair: &Pair, of: &[Acknowledged]) -> BTreeSet<Acknowledged> {
    let (http, began) = (reqwest::Client::new(), Instant::now());
    let client = |who: &Someone| Client::new(hub.knows(who), http.clone(), hub.address, began);
    let (mut admin, mut patient) = (client(&pair.admin), client(&pair.patient));
    let mut found = BTreeSet::new();
    let mut before = None;
    loop {
        let op = ListMessages {
            conversation_id: pair.conversation,
            since: None,
            before,
            limit: Some(100),
        };
        let page = patient.asks(&op).await.result.expect("a page");
        before = page.messages.first().map(|it| it.message_id);
        let texts = page.messages.into_iter().filter_map(|it| it.body);
        found.extend(texts.map(|it| Acknowledged::Written(it.into_exposed())));
        if !page.has_more {
            break;
        }
    }
    for it in of {
        if let Acknowledged::Booked(appointment_id) = it {
            let op = ReadAppointment { appointment_id: *appointment_id };
            if admin.asks(&op).await.result.is_ok() {
                found.insert(it.clone());
            }
        }
    }
    found
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn what_was_acknowledged_before_a_backup_is_there_after_the_worst_day(#[case] kind: Kind) {
    on_threads(async {
        let Some(mut hub) = Hub::start(kind).await else { return };
        let http = reqwest::Client::new();
        let mut pairs = vec![];
        for n in 0..PAIRS {
            pairs.push(Arc::new(meet(&hub, &http, n).await));
        }
        let is_over = Arc::new(AtomicBool::new(false));
        let busy: Vec<_> = pairs
            .iter()
            .map(|it| tokio::spawn(goes_on(Arc::clone(it), hub.address, Arc::clone(&is_over))))
            .collect();
        let told = |pair: &Arc<Pair>| pair.told.lock().unwrap().clone();
        while pairs.iter().any(|it| told(it).len() < DONE_BEFORE) {
            tokio::time::sleep(LOOK).await;
        }

        let elsewhere = tempfile::tempdir().unwrap();
        let (file, key) = (elsewhere.path().join("a.backup"), elsewhere.path().join("key"));
        let before: Vec<_> = pairs.iter().map(told).collect();
        let mut backing_up = hub.backs_up(&file, &key);
        let status = tokio::task::spawn_blocking(move || backing_up.wait()).await.unwrap();
        assert!(status.expect("it can be waited for").success(), "the backup failed");
        let after: usize = pairs.iter().map(|it| told(it).len()).sum();
        let known: usize = before.iter().map(Vec::len).sum();
        assert!(after > known, "nobody was busy while it was made: {known}");
        is_over.store(true, Ordering::SeqCst);
        hub.dies();
        for it in busy {
            it.await.expect("nobody panicked");
        }
        hub.stop().await;

        let Some(restored) = Hub::is_restored(kind, &file, &key).await else { return };
        for (n, (pair, before)) in (0..).zip(pairs.iter().zip(&before)) {
            let shown = shown(&restored, pair, before).await;
            let lost: Vec<_> = before.iter().filter(|it| !shown.contains(it)).collect();
            assert!(lost.is_empty(), "acknowledged before the backup began, and lost: {lost:?}");
            let who = restored.knows(&pair.patient);
            let mut patient = Client::new(who, http.clone(), restored.address, Instant::now());
            let profile = patient.asks(&ReadProfile {}).await.result.expect("a profile");
            assert_eq!(profile.profile, phone(n));
        }
        restored.stop().await;
    });
}
