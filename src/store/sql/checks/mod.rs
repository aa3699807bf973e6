//! Checks of the tables: rows are walked along their key, a page a statement, and each is asked one condition.
//!
//! Owns: the conditions, beside the names in `store::checks`. Both databases understand them as they stand.
//! Invariants: a page is one statement that reads; what is compared with what is seen at one moment. What looks at a whole table at once (the
//! file of SQLite, and what refers to what) is in [`whole`].

mod whole;

use super::call::Call;
use super::{SqlStore, errors};
use crate::domain::residency::Residency;
use crate::protocol::time::UnixMillis;
use crate::store::checks::{After, Check, Checks, Looked};
use crate::store::{StoreError, Stored};
use async_trait::async_trait;
use sea_orm::{ConnectionTrait as _, DbBackend, QueryResult, Statement};
use uuid::Uuid;

/// A walk along a table, `t`.
struct Walk {
    table: &'static str,
    /// Its key, an id.
    key: &'static str,
    /// True of a row that is wrong. `{now}` is the time, `{elsewhere}` true of an account `u` of which nothing is kept here.
    wrong: &'static str,
}

const fn walk(table: &'static str, key: &'static str, wrong: &'static str) -> Option<Walk> {
    Some(Walk { table, key, wrong })
}

/// What is asked of each row; `None` for what is no question about rows.
const fn question(check: Check) -> Option<Walk> {
    match check {
        Check::Claims => walk("slots", "id", CLAIMS),
        Check::AppointmentClaims => walk("appointments", "id", APPOINTMENT_CLAIMS),
        Check::Appointments => walk("appointments", "id", APPOINTMENTS),
        Check::Attendance => walk("visits", "appointment_id", ATTENDANCE),
        Check::ConversationLog => walk("conversations", "id", CONVERSATION_LOG),
        Check::Messages => walk("conversations", "id", MESSAGES),
        Check::Marks => walk("conversations", "id", MARKS),
        Check::Search => walk("conversations", "id", SEARCH),
        Check::Profiles => walk("patient_profiles", "user_id", PROFILES),
        Check::Payments => walk("payments", "id", PAYMENTS),
        Check::Sessions => walk("sessions", "id", SESSIONS),
        Check::Erased => walk("users", "id", ERASED),
        Check::ErasedTalks => walk("erasures", "id", ERASED_TALKS),
        Check::Reports => walk("audit_reports", "id", REPORTS),
        Check::File | Check::References | Check::AuditSigned | Check::AuditRows | Check::Keys => {
            None
        }
    }
}

/// As the constraint judges. What is over is nobody's time any more, and is not compared with everything that came after it.
const CLAIMS: &str = "t.busy_until > {now} AND EXISTS (
    SELECT 1 FROM slots o
    WHERE o.practitioner_id = t.practitioner_id AND o.group_id <> t.group_id
      AND o.busy_until > t.busy_from AND o.busy_from < t.busy_until)";

/// An interpreter who was named has a claim of the same time.
const APPOINTMENT_CLAIMS: &str = "(t.status = 'booked' AND (
    NOT EXISTS (SELECT 1 FROM slots s
                WHERE s.appointment_id = t.id AND s.practitioner_id = t.clinician_id
                  AND s.state = 'busy' AND s.starts_at = t.starts_at AND s.ends_at = t.ends_at)
    OR (t.interpreter_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM slots s
        WHERE s.appointment_id = t.id AND s.practitioner_id = t.interpreter_id
          AND s.state = 'busy' AND s.starts_at = t.starts_at AND s.ends_at = t.ends_at))))
    OR (t.status = 'cancelled' AND EXISTS (SELECT 1 FROM slots s WHERE s.appointment_id = t.id))";

const APPOINTMENTS: &str = "NOT EXISTS (SELECT 1 FROM visits v WHERE v.appointment_id = t.id)
    OR EXISTS (SELECT 1 FROM users u
               WHERE u.id IN (t.clinician_id, t.patient_id, t.interpreter_id)
                 AND u.organisation_id <> t.organisation_id)
    OR EXISTS (SELECT 1 FROM services s
               WHERE s.id = t.service_id AND s.organisation_id <> t.organisation_id)
    OR (t.interpreter_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM users u WHERE u.id = t.interpreter_id))
    OR (t.service_id IS NOT NULL
        AND NOT EXISTS (SELECT 1 FROM services s WHERE s.id = t.service_id))";

/// Numbers begin with 1 and are there once each, so that as many as the last of them are all of them.
const ATTENDANCE: &str = "t.revision <> (SELECT COUNT(*) FROM visit_events e
                  WHERE e.appointment_id = t.appointment_id)
    OR t.revision <> (SELECT COALESCE(MAX(e.number), 0) FROM visit_events e
                      WHERE e.appointment_id = t.appointment_id)
    OR EXISTS (SELECT 1 FROM actor_fence f
               WHERE f.kind = 'visit' AND f.id = t.appointment_id
                 AND f.next_offset <> t.revision + 1)";

const CONVERSATION_LOG: &str = "t.last_offset <> (SELECT COUNT(*) FROM conversation_log l
                     WHERE l.conversation_id = t.id)
    OR t.last_offset <> (SELECT COALESCE(MAX(l.number), 0) FROM conversation_log l
                         WHERE l.conversation_id = t.id)
    OR EXISTS (SELECT 1 FROM actor_fence f
               WHERE f.kind = 'conversation' AND f.id = t.id
                 AND f.next_offset <> t.last_offset + 1)";

const MESSAGES: &str = "EXISTS (SELECT 1 FROM messages m
            LEFT JOIN conversation_log l
              ON l.conversation_id = m.conversation_id AND l.number = m.number
            WHERE m.conversation_id = t.id
              AND (l.kind IS NULL OR l.kind <> 'posted' OR l.about_id IS NULL
                   OR l.about_id <> m.id))
    OR EXISTS (SELECT 1 FROM conversation_log l
               WHERE l.conversation_id = t.id AND l.kind = 'posted'
                 AND NOT EXISTS (SELECT 1 FROM messages m
                                 WHERE m.conversation_id = t.id AND m.number = l.number))";

/// What was displayed was delivered.
const MARKS: &str = "EXISTS (SELECT 1 FROM conversation_members m
            WHERE m.conversation_id = t.id
              AND (m.delivered > t.last_offset OR m.displayed > m.delivered))";

/// Of a message that was taken back, of one that is not there, and of a conversation that was destroyed. While that is done its key is gone
/// already and `key_id` is not: terms follow in steps, and whoever was interrupted is found by it.
const SEARCH: &str = "EXISTS (SELECT 1 FROM message_search s
            LEFT JOIN messages m
              ON m.conversation_id = s.conversation_id AND m.number = s.number
            WHERE s.conversation_id = t.id
              AND (t.key_id IS NULL OR m.id IS NULL OR m.deleted_at IS NOT NULL))";

const PROFILES: &str = "EXISTS (SELECT 1 FROM subject_keys k
            WHERE k.user_id = t.user_id AND k.sealed_revision > t.revision)";

/// There is no sum that was taken beside the one that is owed: a payment is taken whole, and paid back whole.
const PAYMENTS: &str =
    "(t.state IN ('booked', 'captured', 'uncollected', 'refunding', 'refunded', 'kept')
     AND NOT EXISTS (SELECT 1 FROM appointments a
                     WHERE a.id = t.appointment_id AND a.patient_id = t.patient_id))
    OR (t.state IN ('pending', 'declined', 'authorised') AND t.appointment_id IS NOT NULL)
    OR (t.state IN ('captured', 'refunding', 'refunded', 'kept') AND t.provider_ref IS NULL)
    OR t.state NOT IN ('pending', 'declined', 'authorised', 'voiding', 'voided', 'booked',
                       'captured', 'uncollected', 'refunding', 'refunded', 'kept')";

const SESSIONS: &str = "t.ended_at IS NULL AND t.expires_at > {now} AND EXISTS (
    SELECT 1 FROM users u
    WHERE u.id = t.user_id
      AND (u.suspended_at IS NOT NULL OR u.erased_at IS NOT NULL OR u.invited_at IS NOT NULL
           OR {elsewhere}))";

const ERASED: &str = "t.erased_at IS NOT NULL AND (
    EXISTS (SELECT 1 FROM subject_keys k WHERE k.user_id = t.id AND k.sealed_key IS NOT NULL)
    OR EXISTS (SELECT 1 FROM patient_profiles p WHERE p.user_id = t.id)
    OR EXISTS (SELECT 1 FROM conversations c
               WHERE c.patient_id = t.id AND c.sealed_key IS NOT NULL)
    OR EXISTS (SELECT 1 FROM factors f WHERE f.user_id = t.id)
    OR EXISTS (SELECT 1 FROM external_identities i WHERE i.user_id = t.id)
    OR EXISTS (SELECT 1 FROM password_links l WHERE l.user_id = t.id)
    OR EXISTS (SELECT 1 FROM appointments a WHERE a.patient_id = t.id AND a.reason IS NOT NULL))";

/// One between visits that was begun anew was active at that moment; one of a visit stayed when its visit could be entered still, twelve hours
/// after its end at the latest. An hour is for clocks that differ.
const ERASED_TALKS: &str = "t.scope = 'conversations' AND t.done_at IS NOT NULL AND (
    EXISTS (SELECT 1 FROM conversations c
            WHERE c.patient_id = t.user_id AND c.sealed_key IS NOT NULL
              AND c.created_at < t.done_at - 3600000
              AND (CASE WHEN c.appointment_id IS NULL THEN c.active_at < t.done_at - 3600000
                   ELSE EXISTS (SELECT 1 FROM appointments a
                                WHERE a.id = c.appointment_id
                                  AND a.ends_at + 43200000 < t.done_at - 3600000) END)))";

const REPORTS: &str =
    "EXISTS (SELECT 1 FROM users m JOIN users u ON u.id IN (t.person_id, t.patient_id)
            WHERE m.id = t.made_by
              AND (u.organisation_id <> m.organisation_id OR u.erased_at IS NOT NULL))";

#[async_trait]
impl Checks for SqlStore {
    async fn look(
        &self,
        check: Check,
        after: After,
        now: UnixMillis,
        most: u32,
    ) -> Stored<Option<Looked>> {
        if let Some(of) = question(check) {
            return self.page_of(&of, after, now, most).await.map(Some);
        }
        match (check, self.backend) {
            (Check::File, DbBackend::Sqlite) => self.look_at_file(after).await.map(Some),
            (Check::References, DbBackend::Sqlite) => self.look_at_tables(after).await.map(Some),
            (Check::References, _) => self.look_at_blocks(after).await.map(Some),
            _ => Ok(None),
        }
    }
}

impl SqlStore {
    async fn page_of(&self, of: &Walk, after: After, now: UnixMillis, most: u32) -> Stored<Looked> {
        let Walk { table, key, wrong } = of;
        let wrong = wrong.replace("{now}", &now.0.to_string());
        let wrong = wrong.replace("{elsewhere}", &is_elsewhere(&self.keeps.get()));
        let from = match after {
            After::Nothing => String::new(),
            After::Id(id) => format!("WHERE t.{key} > {}", literal(self.backend, id)),
            After::Number(_) => return Err(StoreError::Aborted),
        };
        let sql = format!(
            "SELECT t.{key} AS id, CASE WHEN {wrong} THEN 1 ELSE 0 END AS wrong
             FROM {table} t {from} ORDER BY t.{key} LIMIT {most}"
        );
        let rows = self.asked(sql).await?;
        let mut looked = Looked::default();
        let mut last = None;
        for row in &rows {
            let id: Uuid = row.try_get("", "id").map_err(errors::before_commit)?;
            let is_wrong: i32 = row.try_get("", "wrong").map_err(errors::before_commit)?;
            last = Some(After::Id(id));
            if is_wrong != 0 {
                looked.wrong.push(id.to_string());
            }
        }
        looked.asked = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        looked.next = last.filter(|_| u32::try_from(rows.len()).is_ok_and(|it| it >= most));
        Ok(looked)
    }

    async fn asked(&self, sql: String) -> Stored<Vec<QueryResult>> {
        let statement = Statement::from_string(self.backend, sql);
        let asking = self.reader.query_all_raw(statement);
        Call::default().run(async { asking.await.map_err(errors::before_commit) }).await
    }
}

fn literal(backend: DbBackend, id: Uuid) -> String {
    match backend {
        DbBackend::Sqlite => format!("X'{}'", id.simple()),
        _ => format!("'{id}'"),
    }
}

/// [`Residency::is_elsewhere`] as text. A region has no sign that means anything in a statement.
fn is_elsewhere(residency: &Residency) -> String {
    if residency.own.is_none() {
        return "1 = 0".to_owned();
    }
    let kept: Vec<_> = residency.kept().map(|it| format!("'{it}'")).collect();
    format!("(u.home_region IS NOT NULL AND u.home_region NOT IN ({}))", kept.join(", "))
}
