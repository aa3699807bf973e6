//! What the databases themselves hold and refuse, whatever the program does.

use crate::samples::{
    NOW, answered, at_once, audit, commit, event, hash, person, session as session_of, who,
};
use crate::support::Clinic;
use bedside::protocol::person::Role;
use bedside::protocol::visit::AttendanceKind;
use bedside::store::{DEADLINE, Ledger, Rotation, Store, StoreError, Visits};
use entity::{
    actor_fence, appointment, appointment_history, audit_checkpoint, audit_detail, audit_entry,
    audit_lease, audit_log, audit_subject, audit_touch, availability_exception,
    availability_template, conversation, conversation_line, conversation_member, database_identity,
    external_identity, factor, failed_try, file, freed_place, hold, idempotency_key, join_link,
    log_epoch, message, message_search, message_term, node_lease, notice, notification_preference,
    out_of_office, participant, password_link, patient_profile, payment, place_offer,
    practitioner_profile, provider_logout, quality_sample, recovery_code, service, session,
    session_origin, slot, spent_challenge, subject_key, task, user, visit as visit_row,
    visit_event, waitlist_entry,
};
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DbBackend, EntityTrait, SqliteTransactionMode, Statement,
    TransactionOptions, TransactionTrait,
};
use std::sync::Arc;

pub(crate) async fn what_is_kept_is_there_after_opening_anew(clinic: Clinic) {
    let visit = clinic.books().await;
    clinic.store.append_audit(vec![audit("one")]).await.unwrap();
    let again = clinic.open_again().await;
    let id = visit.facts.appointment_id;
    assert_eq!(again.visit(id).await, Ok(Some(visit)));
    assert_eq!(again.audit(10).await.unwrap().len(), 1);
}

pub(crate) async fn a_closed_store_aborts(clinic: Clinic) {
    let visit = clinic.books().await;
    let other = clinic.open_again().await;
    other.close().await;
    assert_eq!(other.ready().await, Err(StoreError::Aborted));
    let id = visit.facts.appointment_id;
    assert_eq!(other.visit(id).await, Err(StoreError::Aborted));
    assert_eq!(other.claim_visit(id, "node-a").await, Err(StoreError::Aborted));
    assert_eq!(other.append_audit(vec![audit("one")]).await, Err(StoreError::Aborted));
    assert_eq!(clinic.store.visit(id).await, Ok(Some(visit)), "nobody else is concerned");
}

/// A shell command of the hub beside the hub, or a second node.
pub(crate) async fn two_programs_on_one_database_rotate_a_token_once(clinic: Clinic) {
    let ana = clinic.hires("Ana Fiction", Role::Patient).await;
    let other: Arc<dyn Store> = Arc::new(clinic.open_again().await);
    for _ in 0..4 {
        let session = session_of(&ana);
        clinic.store.open_session(session.clone()).await.unwrap();
        let told = at_once((0..8).map(|n| {
            let store = if n % 2 == 0 { clinic.store.clone() } else { other.clone() };
            let (id, next) = (session.session_id, hash(100 + n));
            async move { store.rotate(id, &hash(1), &next, NOW, DEADLINE).await }
        }))
        .await;
        let rotated = told.iter().filter(|it| matches!(it, Ok(Rotation::Rotated(_)))).count();
        let in_grace = told.iter().filter(|it| matches!(it, Ok(Rotation::Grace(_)))).count();
        assert_eq!((rotated, in_grace), (1, 7), "{told:?}");
    }
}

pub(crate) async fn the_file_is_for_its_owner_alone(clinic: Clinic) {
    use std::os::unix::fs::PermissionsExt;
    clinic.books().await;
    let url = clinic.url.expect("a database");
    let Some(file) = url.strip_prefix("sqlite:") else { return };
    for suffix in ["", "-wal", "-shm"] {
        let about = std::fs::metadata(format!("{file}{suffix}")).expect(suffix);
        assert_eq!(about.permissions().mode() & 0o777, 0o600, "{suffix}");
    }
}

pub(crate) async fn migrating_twice_is_harmless(clinic: Clinic) {
    let visit = clinic.books().await;
    let again = clinic.open_again().await;
    for _ in 0..2 {
        again.migrate().await.expect("nothing to do");
    }
    assert_eq!(again.visit(visit.facts.appointment_id).await, Ok(Some(visit)));
}

pub(crate) async fn many_nodes_may_migrate_at_the_same_time(clinic: Clinic) {
    let shell = clinic.shell().await;
    if shell.get_database_backend() != DbBackend::Postgres {
        return; // A file belongs to one node.
    }
    shell
        .execute_unprepared(
            "DROP SCHEMA public CASCADE; CREATE SCHEMA public AUTHORIZATION pg_database_owner",
        )
        .await
        .unwrap();
    let mut nodes = Vec::new();
    for _ in 0..4 {
        nodes.push(clinic.open_again().await);
    }
    let done = at_once(nodes.into_iter().map(|it| async move { it.migrate().await })).await;
    assert!(done.iter().all(Result::is_ok), "{done:?}");
    clinic.books().await;
}

/// Leading columns of every index, as `table(column,…)`.
async fn indexes(shell: &DatabaseConnection) -> Vec<String> {
    let sql = match shell.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT m.tbl_name || '(' || group_concat(i.name, ',') || ')' AS it, l.\"unique\" <> 0 AS is_unique
             FROM sqlite_master m, pragma_index_list(m.name) l, pragma_index_info(l.name) i
             WHERE m.type = 'table' GROUP BY m.name, l.name"
        }
        _ => {
            "SELECT t.relname || '(' || string_agg(a.attname, ',' ORDER BY k.n) || ')' AS it,
                    i.indisunique AS is_unique
             FROM pg_index i
             JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace s ON s.oid = t.relnamespace
             CROSS JOIN LATERAL unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, n)
             JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum
             WHERE s.nspname = current_schema() GROUP BY t.relname, i.indexrelid, i.indisunique"
        }
    };
    let statement = Statement::from_string(shell.get_database_backend(), sql);
    let rows = shell.query_all_raw(statement).await.unwrap();
    let line = |row: sea_orm::QueryResult| {
        let unique = if row.try_get::<bool>("", "is_unique").unwrap() { "unique " } else { "" };
        format!("{unique}{}", row.try_get::<String>("", "it").unwrap())
    };
    rows.into_iter().map(line).collect()
}

pub(crate) async fn every_index_is_there(clinic: Clinic) {
    let there = indexes(&clinic.shell().await).await;
    for expected in [
        "unique users(email)",
        "users(role,display_name)",
        "appointments(clinician_id,starts_at)",
        "appointments(starts_at,clinician_id)",
        "appointments(patient_id,starts_at)",
        "appointments(starts_at)",
        "participants(user_id)",
        "unique participants(appointment_id,id)",
        "unique visit_events(appointment_id,number)",
        "unique join_links(token_hash)",
        "join_links(participant_id)",
        "sessions(user_id)",
        "sessions(participant_id)",
        "sessions(expires_at)",
        "unique idempotency_keys(caller,operation,key)",
        "idempotency_keys(at)",
        "unique audit_logs(id)",
        "audit_logs(at)",
        "audit_logs(caller,at)",
        "audit_logs(target,at)",
        "unique actor_fence(kind,id)",
        "quality_samples(appointment_id,at)",
        "services(name)",
        "unique services(id)",
        "unique practitioner_profiles(user_id)",
        "unique patient_profiles(user_id)",
        "availability_templates(practitioner_id)",
        "availability_exceptions(practitioner_id,ends_local)",
        "unique holds(token_hash)",
        "holds(patient_id,expires_at)",
        "holds(expires_at)",
        "unique slots(practitioner_id,group_id,seat)",
        "slots(practitioner_id,busy_until,busy_from,group_id)",
        "slots(practitioner_id,expires_at)",
        "slots(hold_id)",
        "slots(appointment_id)",
        "appointment_history(at)",
        "unique freed_places(clinician_id,service_id,starts_at)",
        "freed_places(next_at)",
        "unique place_offers(place_id,waitlist_id)",
        "unique payments(hold_id)",
        "unique payments(provider_ref)",
        "unique payments(appointment_id)",
        "payments(next_look_at)",
        "payments(created_at)",
        "waitlist(service_id,created_at)",
        "waitlist(patient_id,created_at)",
        "unique tasks(appointment_id,kind)",
        "tasks(created_at)",
        "notices(channel,next_try_at,id)",
        "notices(settled_at,id)",
        "notices(person_id,settled_at,id)",
        "unique notification_preferences(person_id)",
        "unique conversations(id)",
        "unique conversations(appointment_id)",
        "unique conversations(patient_id,clinician_id)",
        "conversations(key_id,id)",
        "unique conversation_members(conversation_id,member_id)",
        "conversation_members(person_id,conversation_id)",
        "unique conversation_log(conversation_id,number)",
        "unique messages(id)",
        "conversation_log(about_id,number)",
        "unique messages(conversation_id,number)",
        "unique message_terms(conversation_id,term,number)",
        "message_terms(conversation_id,number)",
        "unique message_search(conversation_id,number)",
        "unique out_of_office(person_id)",
        "unique files(id)",
        "unique files(blob)",
        "files(conversation_id,uploader)",
        "files(owner)",
        "files(message_id)",
        "files(due_at)",
        "unique audit_entries(position)",
        "unique audit_touched(patient,position)",
        "audit_touched(position)",
        "files(id)",
        "factors(user_id)",
        "unique factors(credential_id)",
        "unique recovery_codes(user_id,hash)",
        "spent_challenges(expires_at)",
        "failed_tries(last_at)",
        "unique password_links(token_hash)",
        "password_links(user_id)",
        "unique password_links(user_id)",
        "password_links(expires_at)",
        "password_links(created_at)",
        "unique external_identities(issuer,subject)",
        "unique external_identities(user_id,issuer)",
        "session_origins(issuer,subject)",
        "session_origins(issuer,sid)",
        "provider_logouts(expires_at)",
        "sessions(ended_at)",
    ] {
        assert!(there.iter().any(|it| it == expected), "{expected} is not among {there:#?}");
    }
}

async fn reads<E: EntityTrait>(shell: &DatabaseConnection) {
    E::find().all(shell).await.expect("the entity fits its table");
}

pub(crate) async fn every_entity_reads_its_table(clinic: Clinic) {
    let shell = clinic.shell().await;
    reads::<user::Entity>(&shell).await;
    reads::<appointment::Entity>(&shell).await;
    reads::<visit_row::Entity>(&shell).await;
    reads::<participant::Entity>(&shell).await;
    reads::<password_link::Entity>(&shell).await;
    reads::<visit_event::Entity>(&shell).await;
    reads::<join_link::Entity>(&shell).await;
    reads::<session::Entity>(&shell).await;
    reads::<idempotency_key::Entity>(&shell).await;
    reads::<audit_log::Entity>(&shell).await;
    reads::<actor_fence::Entity>(&shell).await;
    reads::<node_lease::Entity>(&shell).await;
    reads::<quality_sample::Entity>(&shell).await;
    reads::<service::Entity>(&shell).await;
    reads::<practitioner_profile::Entity>(&shell).await;
    reads::<patient_profile::Entity>(&shell).await;
    reads::<availability_template::Entity>(&shell).await;
    reads::<availability_exception::Entity>(&shell).await;
    reads::<hold::Entity>(&shell).await;
    reads::<slot::Entity>(&shell).await;
    reads::<appointment_history::Entity>(&shell).await;
    reads::<waitlist_entry::Entity>(&shell).await;
    reads::<freed_place::Entity>(&shell).await;
    reads::<payment::Entity>(&shell).await;
    reads::<place_offer::Entity>(&shell).await;
    reads::<task::Entity>(&shell).await;
    reads::<notice::Entity>(&shell).await;
    reads::<notification_preference::Entity>(&shell).await;
    reads::<log_epoch::Entity>(&shell).await;
    reads::<conversation::Entity>(&shell).await;
    reads::<conversation_member::Entity>(&shell).await;
    reads::<conversation_line::Entity>(&shell).await;
    reads::<message::Entity>(&shell).await;
    reads::<message_term::Entity>(&shell).await;
    reads::<message_search::Entity>(&shell).await;
    reads::<out_of_office::Entity>(&shell).await;
    reads::<file::Entity>(&shell).await;
    reads::<audit_entry::Entity>(&shell).await;
    reads::<audit_detail::Entity>(&shell).await;
    reads::<audit_touch::Entity>(&shell).await;
    reads::<audit_subject::Entity>(&shell).await;
    reads::<audit_checkpoint::Entity>(&shell).await;
    reads::<audit_lease::Entity>(&shell).await;
    reads::<database_identity::Entity>(&shell).await;
    reads::<factor::Entity>(&shell).await;
    reads::<recovery_code::Entity>(&shell).await;
    reads::<external_identity::Entity>(&shell).await;
    reads::<session_origin::Entity>(&shell).await;
    reads::<provider_logout::Entity>(&shell).await;
    reads::<spent_challenge::Entity>(&shell).await;
    reads::<failed_try::Entity>(&shell).await;
    reads::<subject_key::Entity>(&shell).await;
    reads::<entity::consent::Entity>(&shell).await;
    reads::<entity::legal_hold::Entity>(&shell).await;
    reads::<entity::erasure::Entity>(&shell).await;
    reads::<entity::sharing_version::Entity>(&shell).await;
    reads::<entity::emergency_grant::Entity>(&shell).await;
    reads::<entity::audit_report::Entity>(&shell).await;
}

pub(crate) async fn attendance_and_audit_are_append_only(clinic: Clinic) {
    let visit = clinic.books().await;
    let id = visit.facts.appointment_id;
    let epoch = clinic.store.claim_visit(id, "node-a").await.unwrap().epoch;
    let entered = event(AttendanceKind::Entered, who(&visit, Role::Patient));
    clinic.store.commit_visit(commit(&visit, epoch, vec![entered])).await.unwrap();
    clinic.store.append_audit(vec![audit("one")]).await.unwrap();
    let attendance = clinic.store.attendance(id).await.unwrap();
    let log = clinic.store.audit(10).await.unwrap();

    let shell = clinic.shell().await;
    let mut forbidden = vec![
        "UPDATE visit_events SET at = at + 1",
        "UPDATE visit_events SET number = number + 1",
        "DELETE FROM visit_events",
        "UPDATE audit_logs SET phase = 'ok'",
        "DELETE FROM audit_logs",
        "UPDATE appointment_history SET at = at + 1",
        "DELETE FROM appointment_history",
    ];
    forbidden.extend(match shell.get_database_backend() {
        DbBackend::Sqlite => [
            "INSERT OR REPLACE INTO visit_events SELECT appointment_id, number, 'left', at, about_id, by_id FROM visit_events",
            "INSERT OR REPLACE INTO audit_logs SELECT * FROM audit_logs",
            "INSERT OR REPLACE INTO appointment_history SELECT * FROM appointment_history",
        ],
        _ => [
            "TRUNCATE visit_events",
            "TRUNCATE audit_logs",
            "TRUNCATE appointment_history",
        ],
    });
    for sql in forbidden {
        let error = shell.execute_unprepared(sql).await.expect_err(sql).to_string();
        assert!(error.contains("append_only") || error.contains("already_there"), "{sql}: {error}");
    }
    assert_eq!(clinic.store.attendance(id).await, Ok(attendance));
    assert_eq!(clinic.store.audit(10).await, Ok(log));
    assert_eq!(clinic.store.history(id).await.unwrap().len(), 1);
}

pub(crate) async fn an_unknown_word_in_a_row_fails_the_call(clinic: Clinic) {
    let visit = clinic.books().await;
    let id = visit.facts.appointment_id;
    let shell = clinic.shell().await;
    shell.execute_unprepared("UPDATE users SET role = 'shaman'").await.unwrap();
    assert_eq!(clinic.store.person(visit.facts.patient_id).await, Err(StoreError::Aborted));
    for (spoil, mend) in [
        ("UPDATE appointments SET status = 'odd'", "UPDATE appointments SET status = 'booked'"),
        (
            "UPDATE participants SET device_check = '{}'",
            "UPDATE participants SET device_check = NULL",
        ),
        ("UPDATE visits SET revision = -1", "UPDATE visits SET revision = 0"),
        ("UPDATE participants SET role = 'shaman'", "UPDATE participants SET role = 'patient'"),
    ] {
        shell.execute_unprepared(spoil).await.unwrap();
        assert_eq!(clinic.store.visit(id).await, Err(StoreError::Aborted), "{spoil}");
        shell.execute_unprepared(mend).await.unwrap();
        assert!(clinic.store.visit(id).await.is_ok(), "{mend}");
    }
}

pub(crate) async fn a_writer_that_waits_too_long_has_saved_nothing(clinic: Clinic) {
    let shell = clinic.shell().await;
    let is_sqlite = shell.get_database_backend() == DbBackend::Sqlite;
    let options = TransactionOptions {
        sqlite_transaction_mode: is_sqlite.then_some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    let lock = shell.begin_with_options(options).await.unwrap();
    if !is_sqlite {
        lock.execute_unprepared("LOCK TABLE users, idempotency_keys").await.unwrap();
    }
    let ana = person("Ana Fiction", Role::Patient);
    let begun = std::time::Instant::now();
    let told = clinic.store.create_person(ana.clone(), Some(answered("k"))).await;
    assert_eq!(told, Err(StoreError::Aborted));
    assert!(begun.elapsed() < 2 * DEADLINE, "{:?}", begun.elapsed());
    lock.rollback().await.unwrap();

    assert_eq!(clinic.store.person(ana.person_id).await, Ok(None));
    assert_eq!(clinic.store.create_person(ana, Some(answered("k"))).await, Ok(()));
}

/// PostgreSQL only: there a deferred trigger runs inside COMMIT, and can do what a bad network or a failing server does.
pub(crate) async fn an_outcome_is_unknown_only_when_the_commit_was_cut_short(clinic: Clinic) {
    let shell = clinic.shell().await;
    if shell.get_database_backend() != DbBackend::Postgres {
        return;
    }
    let cut = "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(5)";
    let refuse = "RAISE EXCEPTION 'refused' USING ERRCODE = 'check_violation'";
    let cases = [
        ("DEFERRED", cut, Err(StoreError::Ambiguous), false),
        ("IMMEDIATE", cut, Err(StoreError::Aborted), false),
        ("DEFERRED", refuse, Err(StoreError::Aborted), false),
        // PostgreSQL's own timeout does not count during COMMIT: it goes on when the caller has long gone.
        ("DEFERRED", "PERFORM pg_sleep(3)", Err(StoreError::Ambiguous), true),
        ("DEFERRED", "NULL", Ok(()), true),
    ];
    for (n, (when, what, expected, is_saved)) in cases.into_iter().enumerate() {
        let make = format!(
            "CREATE OR REPLACE FUNCTION disturb() RETURNS trigger LANGUAGE plpgsql AS
               $$ BEGIN {what}; RETURN NULL; END $$;
             CREATE CONSTRAINT TRIGGER disturb AFTER INSERT ON users
               DEFERRABLE INITIALLY {when} FOR EACH ROW EXECUTE FUNCTION disturb()"
        );
        shell.execute_unprepared(&make).await.unwrap();
        let person = person(&format!("Ana Fiction {n}"), Role::Patient);
        let told = clinic.store.create_person(person.clone(), None).await;
        assert_eq!(told, expected, "{when} {what}");
        // Waits for the transaction, if there is one still.
        shell.execute_unprepared("DROP TRIGGER disturb ON users").await.unwrap();
        let kept = clinic.store.person(person.person_id).await.unwrap();
        assert_eq!(kept.is_some(), is_saved, "{when} {what}");
    }
}
