//! What an appointment is about, and what was said of somebody in an emergency, is read by whom it concerns and stands nowhere in clear.

use crate::support::practice::booking;
use crate::support::{Clinic, Kind, Practice, Someone, at, tell};
use bedside::clock::Clock as _;
use bedside::node::sealing;
use bedside::protocol::appointment::{AppointmentCard, ReadAppointment};
use bedside::protocol::codec::Codec;
use bedside::protocol::emergency::{
    EmergencyReason, EmergencyVerdict, ListEmergencyReviews, OpenEmergency, ReviewEmergency,
};
use bedside::protocol::ids::AppointmentId;
use bedside::protocol::phi::Phi;
use bedside::protocol::record::{AskErasure, EraseRecord};
use bedside::protocol::topic::Topic;
use rstest::rstest;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement,
};

const ACHE: &str = "A fictional ache";
const FOUND: &str = "Found without consciousness at the door.";
const NOTE: &str = "The ambulance had called; rightly opened.";

/// A connection past the hub, to everything.
async fn shell(clinic: &Clinic) -> DatabaseConnection {
    let mut options = ConnectOptions::new(clinic.database());
    options.max_connections(1);
    let shell = Database::connect(options).await.expect("the database");
    if shell.get_database_backend() == DbBackend::Postgres {
        shell.execute_unprepared("SET bedside.organisation = '*'").await.expect("told");
    }
    shell
}

/// What stands in a column, without the empty ones.
async fn column(shell: &DatabaseConnection, table: &str, column: &str) -> Vec<String> {
    let query =
        format!("SELECT {column} AS it FROM {table} WHERE {column} IS NOT NULL ORDER BY id");
    let query = Statement::from_string(shell.get_database_backend(), query);
    let rows = shell.query_all_raw(query).await.expect("rows");
    rows.iter().map(|it| it.try_get("", "it").expect("a text")).collect()
}

async fn books(who: &Someone, practice: &Practice, hour: &str) -> AppointmentCard {
    let hold = who.holds(practice, at(3, hour)).await.expect("held");
    who.calls(booking(&hold)).await.expect("booked")
}

async fn reason(who: &Someone, appointment_id: AppointmentId) -> Option<String> {
    let card = who.calls(ReadAppointment { appointment_id }).await.expect("theirs");
    card.reason.map(Phi::into_exposed)
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn what_an_appointment_is_about_is_sealed_for_its_row(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let hers = books(&ana, &practice, "10:00").await;
        assert_eq!(hers.reason, Some(ACHE.into()), "she is told what she said");
        let other = books(&ana, &practice, "11:00").await;
        let shell = shell(clinic).await;
        let kept = column(&shell, "appointments", "reason").await;
        assert_eq!(kept.len(), 2);
        for text in &kept {
            assert!(text.starts_with("~1.") && !text.contains("ache"), "{text}");
        }
        for who in [&ana, &practice.dr] {
            assert_eq!(reason(who, hers.appointment_id).await.as_deref(), Some(ACHE));
        }
        // Who follows the list is told as well, and so is whoever asks a hub that has started anew.
        let id = ana.person_id.expect("an account");
        let mut socket = ana.connects(Codec::Json).await;
        socket.follows(Topic::Agenda(id)).await.expect("hers");
        assert_eq!(socket.cards(id)[0].reason, Some(ACHE.into()));
        socket.says_goodbye().await;
        clinic.restarts().await;
        let ana = Someone { hub: clinic.hub, ..ana };
        assert_eq!(reason(&ana, hers.appointment_id).await.as_deref(), Some(ACHE));
        // Words of one appointment in the row of another are nobody's, though both are hers.
        let mix = format!(
            "UPDATE appointments SET reason = '{}' WHERE id = {}",
            kept[1],
            literal(&shell, hers.appointment_id)
        );
        assert_eq!(shell.execute_unprepared(&mix).await.expect("moved").rows_affected(), 1);
        let mix = mix
            .replace(&kept[1], &kept[0])
            .replace(&literal(&shell, hers.appointment_id), &literal(&shell, other.appointment_id));
        shell.execute_unprepared(&mix).await.expect("moved");
        shell.close().await.expect("closed");
        clinic.restarts().await;
        let ana = Someone { hub: clinic.hub, ..ana };
        assert_eq!(reason(&ana, hers.appointment_id).await, None);
        assert!(
            clinic.metric("bedside_records_damaged_total{table=\"appointments\"}").await >= 1.0
        );
    });
}

/// An id as the database writes it.
fn literal(shell: &DatabaseConnection, id: AppointmentId) -> String {
    match shell.get_database_backend() {
        DbBackend::Postgres => format!("'{id}'"),
        _ => format!("x'{}'", id.0.simple()),
    }
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn words_of_before_are_read_and_sealed_when_told_to(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let card = books(&ana, &practice, "10:00").await;
        let shell = shell(clinic).await;
        let before = format!("UPDATE appointments SET reason = '{ACHE}'");
        shell.execute_unprepared(&before).await.expect("as a program of before wrote it");
        assert_eq!(reason(&ana, card.appointment_id).await.as_deref(), Some(ACHE));
        let keys = clinic.keys();
        let seal = async || {
            let now = clinic.clock.now();
            sealing::seal_all(clinic.store.as_ref(), &keys.vault, now).await.expect("sealed").1
        };
        assert_eq!((seal().await, seal().await), (1, 0), "once");
        let kept = column(&shell, "appointments", "reason").await;
        assert!(kept[0].starts_with("~1."), "{}", kept[0]);
        assert_eq!(reason(&ana, card.appointment_id).await.as_deref(), Some(ACHE));
        shell.close().await.expect("closed");
    });
}

#[rstest]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn whoever_is_erased_is_not_read_in_a_copy_of_before(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let practice = clinic.practice().await;
        let ana = clinic.patient("Ana Fictional").await;
        let card = books(&ana, &practice, "10:00").await;
        let shell = shell(clinic).await;
        let kept = column(&shell, "appointments", "reason").await;
        ana.cancels(&card).await.expect("cancelled");
        let asked = ana.calls(AskErasure::default()).await.expect("asked");
        let erase = EraseRecord { erasure_id: asked.erasure_id };
        clinic.admin_again().await.calls(erase).await.expect("erased");
        assert_eq!(column(&shell, "appointments", "reason").await, Vec::<String>::new());
        // As a backup of before has it.
        let back = format!("UPDATE appointments SET reason = '{}'", kept[0]);
        shell.execute_unprepared(&back).await.expect("put back");
        shell.close().await.expect("closed");
        let visit = clinic.store.visit(card.appointment_id).await.unwrap().expect("kept");
        assert_eq!(visit.facts.booking.reason, None);
    });
}

#[rstest]
#[case::memory(Kind::Memory)]
#[case::sqlite(Kind::Sqlite)]
#[case::postgres(Kind::Postgres)]
fn what_was_said_in_an_emergency_is_read_by_those_who_look_into_it(#[case] kind: Kind) {
    tell(kind, async |clinic| {
        let ana = clinic.patient("Ana Fictional").await;
        let dr_z = clinic.clinician("Dr. Zoe Fictional").await;
        let admin = clinic.admin_again().await;
        let patient_id = ana.person_id.expect("an account");
        let (reason, text) = (EmergencyReason::Danger, FOUND.into());
        let opened = dr_z.calls(OpenEmergency { patient_id, reason, text }).await.expect("opened");
        let review = ReviewEmergency {
            grant_id: opened.grant_id,
            verdict: EmergencyVerdict::Appropriate,
            note: NOTE.into(),
        };
        let told = admin.calls(review).await.expect("looked into");
        assert_eq!((told.text.expose().as_str(), told.note), (FOUND, Some(NOTE.into())));
        let all = admin.calls(ListEmergencyReviews {}).await.expect("a list").reviews;
        assert_eq!(
            (all[0].text.expose().as_str(), all[0].note.clone()),
            (FOUND, Some(NOTE.into()))
        );
        let kept = clinic.store.grant(opened.grant_id).await.unwrap().expect("kept");
        let note = kept.review.expect("looked into").note;
        for text in [kept.text, note] {
            assert!(text.expose().starts_with("~1."), "{}", text.expose());
        }
    });
}
