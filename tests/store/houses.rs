//! Organisations, and the wall that PostgreSQL keeps between them.

use crate::samples::{NOW, audit, person, session, visit};
use crate::support::Clinic;
use crate::talk::conversation;
use bedside::protocol::ids::OrganisationId;
use bedside::protocol::person::Role;
use bedside::store::behalf::on_behalf_of;
use bedside::store::organisations::{Kind, Named, OrganisationRecord};
use bedside::store::people::Which;
use bedside::store::sql::SqlStore;
use bedside::store::{AuditRecord, Conflict, NewVisit, PersonRecord, Store, StoreError};
use sea_orm::{
    ConnectionTrait, Database, DatabaseConnection, DbBackend, Statement, TransactionTrait,
};
use std::sync::Arc;
use uuid::Uuid;

pub(crate) fn organisation(slug: &str) -> OrganisationRecord {
    OrganisationRecord {
        organisation_id: OrganisationId(Uuid::now_v7()),
        name: "Clinic of the Invented".to_owned(),
        slug: slug.to_owned(),
        time_zone: "Europe/Berlin".to_owned(),
        created_at: NOW,
    }
}

/// The same in each house: two people, a visit of theirs, a conversation, a sign-in, a line of the log.
struct House {
    id: OrganisationId,
    dr: PersonRecord,
    patient: PersonRecord,
    visit: NewVisit,
    session: Uuid,
    talk: Uuid,
    /// A place that became free, when a row of one is made.
    place: Uuid,
}

impl House {
    async fn of(store: &dyn Store, id: OrganisationId, name: &str) -> House {
        let somebody = |what: &str, role| {
            let it = person(&format!("{what} {name}"), role);
            PersonRecord { organisation_id: id, ..it }
        };
        let (dr, patient) = (somebody("Dr", Role::Clinician), somebody("Pat", Role::Patient));
        for it in [&dr, &patient] {
            store.create_person(it.clone(), None).await.expect("an account");
        }
        let mut new = visit(&dr, &patient, 0, 30);
        new.visit.facts.organisation_id = id;
        store.create_visit(new.clone(), None).await.expect("a visit");
        let signed_in = session(&patient);
        let session = signed_in.session_id.0;
        store.open_session(signed_in).await.expect("a session");
        let opened = conversation(&dr, &patient);
        let talk = opened.conversation_id.0;
        store.open_conversation(opened, None).await.expect("a conversation");
        let row = AuditRecord { organisation: Some(id), ..audit(name) };
        store.append_audit(vec![row]).await.expect("a line");
        House { id, dr, patient, visit: new, session, talk, place: Uuid::now_v7() }
    }

    async fn both(store: &dyn Store) -> [House; 2] {
        let other = organisation("second");
        store.create_organisation(other.clone()).await.expect("made");
        let first = House::of(store, OrganisationId::FIRST, "One").await;
        [first, House::of(store, other.organisation_id, "Two").await]
    }
}

pub(crate) async fn there_is_a_first_organisation_and_each_has_its_short_name(clinic: Clinic) {
    let store = &clinic.store;
    let all = store.organisations().await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(all[0].organisation_id, OrganisationId::FIRST);
    let second = organisation("second");
    assert_eq!(store.create_organisation(second.clone()).await, Ok(()));
    let stale = Err(StoreError::Conflict(Conflict::Stale));
    assert_eq!(store.create_organisation(organisation("second")).await, stale);
    assert_eq!(store.organisation_called("second").await, Ok(Some(second.clone())));
    assert_eq!(store.organisation_called("third").await, Ok(None));
    assert_eq!(store.organisations().await.unwrap().last(), Some(&second));
}

pub(crate) async fn whose_something_is_is_known(clinic: Clinic) {
    let store = &*clinic.store;
    for house in House::both(store).await {
        let row = AuditRecord { organisation: Some(house.id), ..audit("something") };
        store.append_audit(vec![row.clone()]).await.unwrap();
        let signed_in = session(&house.patient);
        store.open_session(signed_in.clone()).await.unwrap();
        for (kind, id) in [
            (Kind::Person, house.patient.person_id.0),
            (Kind::Appointment, house.visit.visit.facts.appointment_id.0),
            (Kind::Session, signed_in.session_id.0),
            (Kind::Audit, row.audit_id.0),
        ] {
            assert_eq!(store.house_of(Named { kind, id }).await, Ok(Some(house.id)), "{kind:?}");
        }
        let listed = store.people(house.id, Which::of(Role::Patient), 10).await;
        assert_eq!(listed, Ok(vec![house.patient]));
    }
    for kind in [
        Kind::Person,
        Kind::Service,
        Kind::Exception,
        Kind::Appointment,
        Kind::Session,
        Kind::Conversation,
        Kind::File,
        Kind::Notice,
        Kind::Task,
        Kind::Payment,
        Kind::Wish,
        Kind::Erasure,
        Kind::LegalHold,
        Kind::Audit,
        Kind::Grant,
        Kind::Report,
    ] {
        assert_eq!(store.house_of(Named { kind, id: Uuid::now_v7() }).await, Ok(None), "{kind:?}");
    }
}

pub(crate) async fn nobody_moves_to_another_organisation(clinic: Clinic) {
    let [_, second] = House::both(&*clinic.store).await;
    let shell = clinic.shell().await;
    let id = match shell.get_database_backend() {
        DbBackend::Postgres => format!("'{}'", second.id),
        _ => format!("X'{}'", second.id.0.simple()),
    };
    for table in ["users", "appointments"] {
        let moving = format!("UPDATE {table} SET organisation_id = {id}");
        let error = shell.execute_unprepared(&moving).await.expect_err("it stays");
        assert!(error.to_string().contains("stays_in_its_organisation"), "{error}");
    }
}

/// Tables of which nothing is an organisation's, and why not.
const OF_NOBODY: [(&str, &str); 15] = [
    ("organisations", "who registers names one"),
    ("seaql_migrations", "the schema's own"),
    ("actor_fence", "numbers of writers"),
    ("node_lease", "numbers of writers"),
    ("database_identity", "one number"),
    ("log_epoch", "one number"),
    ("idempotency_keys", "sealed, by caller"),
    ("failed_tries", "nobody's words, before anybody is known"),
    ("spent_challenges", "random, before anybody is known"),
    ("provider_logouts", "what a provider said, before anybody is known"),
    ("audit_checkpoints", "one log of all"),
    ("audit_entries", "one log of all; an entry names nobody"),
    ("audit_lease", "one log of all"),
    ("audit_subjects", "one log of all: which number somebody has in it"),
    ("appointment_history_other", "a partition, read through its table"),
];

async fn texts(shell: &impl ConnectionTrait, query: &str) -> Vec<String> {
    let rows = shell.query_all_raw(Statement::from_string(DbBackend::Postgres, query)).await;
    rows.unwrap().into_iter().map(|it| it.try_get("", "it").unwrap()).collect()
}

/// How many rows somebody sees who asks for all of them.
async fn seen(shell: &DatabaseConnection, table: &str, who: &str) -> i64 {
    let tx = shell.begin().await.unwrap();
    tx.execute_unprepared(&format!("SET LOCAL bedside.organisation = '{who}'")).await.unwrap();
    let all =
        Statement::from_string(DbBackend::Postgres, format!("SELECT COUNT(*) AS it FROM {table}"));
    let row = tx.query_one_raw(all).await.unwrap().unwrap();
    row.try_get("", "it").unwrap()
}

/// Columns that say whose a row is.
const OWNERS: &str =
    "'organisation_id', 'user_id', 'person_id', 'patient', 'patient_id', 'practitioner_id',
    'clinician_id', 'made_by', 'appointment_id', 'conversation_id', 'session_id', 'place_id'";

impl House {
    /// What stands in a column of a row of theirs: whose it is, or anything of its type that no other row has.
    fn value(&self, table: &str, column: &str, kind: &str, nth: usize) -> String {
        let id = match column {
            "organisation_id" => self.id.0,
            "user_id" | "person_id" | "patient" | "patient_id" => self.patient.person_id.0,
            "practitioner_id" | "clinician_id" | "made_by" => self.dr.person_id.0,
            "appointment_id" => self.visit.visit.facts.appointment_id.0,
            "conversation_id" => self.talk,
            "session_id" => self.session,
            "place_id" => self.place,
            "id" if table == "freed_places" => self.place,
            _ => Uuid::now_v7(),
        };
        if (table, column) == ("audit_entries", "position") {
            let of = self.id;
            return format!(
                "(SELECT MIN(position) FROM audit_logs WHERE organisation_id = '{of}')"
            );
        }
        match kind {
            "uuid" => format!("'{id}'"),
            "bigint" | "integer" | "smallint" | "double precision" | "real" => nth.to_string(),
            "boolean" => "false".to_owned(),
            "bytea" => format!("decode('{}', 'hex')", id.simple()),
            "json" | "jsonb" => "'{}'".to_owned(),
            "ARRAY" => "'{}'".to_owned(),
            "int8range" => format!("int8range({nth}, {})", nth + 1),
            _ => format!("'{nth}'"),
        }
    }

    /// A row of theirs in a table, whatever else the table asks of its rows: what is looked at is whose it is.
    async fn fills(&self, shell: &DatabaseConnection, table: &str, nth: usize) {
        let query = format!(
            "SELECT column_name || ' ' || data_type AS it FROM information_schema.columns
             WHERE table_schema = 'public' AND table_name = '{table}' AND is_generated = 'NEVER'
             AND is_identity = 'NO' AND (is_nullable = 'NO' OR column_name IN ({OWNERS}))"
        );
        let columns = texts(shell, &query).await;
        let columns: Vec<_> = columns.iter().filter_map(|it| it.split_once(' ')).collect();
        let names: Vec<_> = columns.iter().map(|(name, _)| format!("\"{name}\"")).collect();
        let values: Vec<_> =
            columns.iter().map(|(name, kind)| self.value(table, name, kind, nth)).collect();
        let (names, values) = (names.join(", "), values.join(", "));
        let tx = shell.begin().await.unwrap();
        // Neither what it refers to nor triggers.
        tx.execute_unprepared("SET LOCAL session_replication_role = replica").await.unwrap();
        let insert = format!("INSERT INTO {table} ({names}) VALUES ({values})");
        tx.execute_unprepared(&insert).await.unwrap_or_else(|error| panic!("{insert}: {error}"));
        tx.commit().await.unwrap();
    }
}

/// Gives each house a row in each of these tables in which it has none.
async fn fill(power: &DatabaseConnection, tables: &[String], houses: &[House; 2]) {
    // What was noted of a line is found by the line's entry.
    let entries = "audit_entries".to_owned();
    for table in std::iter::once(&entries).chain(tables) {
        let checks = format!(
            "SELECT conname::text AS it FROM pg_constraint
             WHERE contype = 'c' AND conislocal AND conrelid = '{table}'::regclass"
        );
        let has_rows = format!("SELECT 'yes' AS it FROM {table} LIMIT 1");
        if !texts(power, &has_rows).await.is_empty() {
            continue;
        }
        for check in texts(power, &checks).await {
            let drop = format!("ALTER TABLE {table} DROP CONSTRAINT \"{check}\"");
            power.execute_unprepared(&drop).await.unwrap();
        }
        for (nth, house) in houses.iter().enumerate() {
            house.fills(power, table, nth + 1).await;
        }
    }
}

pub(crate) async fn a_query_without_a_condition_sees_one_organisation(clinic: Clinic) {
    let houses = House::both(&*clinic.store).await;
    let shell = Database::connect(clinic.url.as_deref().unwrap()).await.expect("a connection");
    let walled = "SELECT relname::text AS it FROM pg_class
                  WHERE relrowsecurity AND relforcerowsecurity AND relkind IN ('r', 'p')";
    let walled = texts(&shell, walled).await;
    fill(&clinic.shell().await, &walled, &houses).await;
    for table in &walled {
        let all = seen(&shell, table, "*").await;
        let theirs = [
            seen(&shell, table, &houses[0].id.to_string()).await,
            seen(&shell, table, &houses[1].id.to_string()).await,
        ];
        assert_eq!(theirs[0] + theirs[1], all, "{table}: every row is one organisation's");
        assert_eq!(theirs[0], theirs[1], "{table}: they are of the same shape");
        assert_eq!(seen(&shell, table, "").await, 0, "{table}: who is nobody sees nothing");
        let nowhere = Uuid::now_v7().to_string();
        assert_eq!(seen(&shell, table, &nowhere).await, 0, "{table}");
        assert!(all > 0, "{table} has no rows to see");
    }
    let every =
        "SELECT relname::text AS it FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
                 WHERE s.nspname = 'public' AND relkind IN ('r', 'p') AND NOT relispartition";
    for table in texts(&shell, every).await {
        let is_of_nobody = OF_NOBODY.iter().any(|(it, _)| *it == table);
        assert!(walled.contains(&table) != is_of_nobody, "{table}: behind the wall, or of nobody?");
    }
}

pub(crate) async fn somebody_writes_into_no_other_organisation(clinic: Clinic) {
    let [first, second] = House::both(&*clinic.store).await;
    let there = PersonRecord { organisation_id: second.id, ..person("Sly", Role::Patient) };
    let written = on_behalf_of(first.id, clinic.store.create_person(there.clone(), None)).await;
    assert_eq!(written, Err(StoreError::Aborted));
    assert_eq!(clinic.store.person(there.person_id).await, Ok(None));
    let here = PersonRecord { organisation_id: first.id, ..person("Sam", Role::Patient) };
    assert_eq!(on_behalf_of(first.id, clinic.store.create_person(here, None)).await, Ok(()));
}

/// One connection serves both by turns, and the hub in between.
pub(crate) async fn a_connection_keeps_nothing_of_whom_it_served(clinic: Clinic) {
    let houses = Arc::new(House::both(&*clinic.store).await);
    let store = SqlStore::open_with(clinic.url.as_deref().unwrap(), 1).await.expect("opens");
    let store: Arc<dyn Store> = Arc::new(store);
    let asking = (0..60).map(|n: usize| {
        let (store, houses) = (Arc::clone(&store), Arc::clone(&houses));
        tokio::spawn(async move {
            let (own, other) = (&houses[n % 2], &houses[(n + 1) % 2]);
            let id = |it: &House| it.visit.visit.facts.appointment_id;
            if n.is_multiple_of(3) {
                assert!(store.visit(id(other)).await.unwrap().is_some(), "the hub sees all");
                return;
            }
            let asked = on_behalf_of(own.id, async {
                let theirs = store.visit(id(other)).await.unwrap();
                let person = store.person(other.patient.person_id).await.unwrap();
                let people = store.people(other.id, Which::ALL, 10).await.unwrap();
                let own = store.visit(id(own)).await.unwrap();
                (theirs, person, people, own.is_some())
            });
            assert_eq!(asked.await, (None, None, vec![], true));
        })
    });
    for it in futures::future::join_all(asking).await {
        it.expect("as it should be");
    }
}

pub(crate) async fn who_is_behind_the_wall_is_known(clinic: Clinic) {
    assert!(clinic.open_again().await.has_wall().await.unwrap());
    let owner = SqlStore::open(clinic.power.as_deref().unwrap()).await.expect("opens");
    assert!(!owner.has_wall().await.unwrap(), "a superuser is behind no wall");
}

pub(crate) async fn a_program_of_before_and_the_hub_itself_are_known(clinic: Clinic) {
    let store = clinic.open_again().await;
    let is_seen = async || store.has_program_of_before().await.expect("it answers");
    assert!(store.is_hubs_own().await.expect("it answers"));
    assert!(!is_seen().await, "the hub is none");
    let url = clinic.url.clone().unwrap();
    if url.starts_with("sqlite:") {
        return; // Who else has opened a file is not seen.
    }
    let ask = if url.contains('?') { '&' } else { '?' };
    let older = format!("{url}{ask}application_name=bedside");
    let older = Database::connect(older).await.expect("connected");
    assert!(is_seen().await);
    older.close().await.expect("gone");
    // The server takes a moment to notice.
    for _ in 0..100 {
        if !is_seen().await {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("a program that has gone is still seen");
}
