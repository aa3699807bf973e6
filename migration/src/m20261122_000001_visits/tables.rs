//! The tables. Their columns are explained in `entity`.

use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, binary_null, boolean, float, string, string_null, text,
    text_null, uuid, uuid_null,
};
use sea_orm_migration::sea_orm::sea_query::{
    Expr, ExprTrait, ForeignKey, ForeignKeyCreateStatement, Index, Table, TableCreateStatement,
};

/// In the order in which they refer to each other.
pub(super) fn all() -> Vec<TableCreateStatement> {
    vec![
        users(),
        appointments(),
        visits(),
        participants(),
        visit_events(),
        join_links(),
        sessions(),
        idempotency_keys(),
        audit_logs(),
        actor_fence(),
        node_lease(),
        quality_samples(),
    ]
}

fn users() -> TableCreateStatement {
    Table::create()
        .table("users")
        .col(uuid("id").primary_key())
        .col(text("display_name"))
        .col(string("email"))
        .col(text("password_hash"))
        .col(string("role"))
        .col(string("timezone"))
        .col(big_integer("created_at"))
        .take()
}

fn appointments() -> TableCreateStatement {
    Table::create()
        .table("appointments")
        .col(uuid("id").primary_key())
        .col(uuid("clinician_id"))
        .col(uuid("patient_id"))
        .col(big_integer("starts_at"))
        .col(big_integer("ends_at"))
        .col(string("timezone"))
        .col(boolean("patient_may_invite"))
        .col(string("status"))
        .col(big_integer("created_at"))
        .check(Expr::col("starts_at").lt(Expr::col("ends_at")))
        .foreign_key(&mut refers("appointments", &["clinician_id"], "users", &["id"]))
        .foreign_key(&mut refers("appointments", &["patient_id"], "users", &["id"]))
        .take()
}

fn visits() -> TableCreateStatement {
    Table::create()
        .table("visits")
        .col(uuid("appointment_id").primary_key())
        .col(boolean("is_in_call"))
        .col(big_integer_null("call_started_at"))
        .col(big_integer("revision"))
        .foreign_key(&mut refers("visits", &["appointment_id"], "appointments", &["id"]))
        .take()
}

/// The second unique key is what others refer to, so that nothing can name a participant of another visit.
fn participants() -> TableCreateStatement {
    Table::create()
        .table("participants")
        .col(uuid("id").primary_key())
        .col(uuid("appointment_id"))
        .col(uuid_null("user_id"))
        .col(string("role"))
        .col(text("display_name"))
        .col(boolean("is_admitted"))
        .col(boolean("is_present"))
        .col(big_integer_null("waiting_since"))
        .col(boolean("is_revoked"))
        .col(text_null("device_check"))
        .index(Index::create().name("participants_of").unique().col("appointment_id").col("id"))
        .foreign_key(&mut refers(
            "participants",
            &["appointment_id"],
            "visits",
            &["appointment_id"],
        ))
        .foreign_key(&mut refers("participants", &["user_id"], "users", &["id"]))
        .take()
}

fn visit_events() -> TableCreateStatement {
    Table::create()
        .table("visit_events")
        .col(uuid("appointment_id"))
        .col(big_integer("number"))
        .col(string("kind"))
        .col(big_integer("at"))
        .col(uuid_null("about_id"))
        .col(uuid_null("by_id"))
        .primary_key(Index::create().col("appointment_id").col("number"))
        .check(Expr::col("number").gt(0))
        .foreign_key(&mut refers(
            "visit_events",
            &["appointment_id"],
            "visits",
            &["appointment_id"],
        ))
        .foreign_key(&mut refers_to_participant("visit_events", "about_id"))
        .foreign_key(&mut refers_to_participant("visit_events", "by_id"))
        .take()
}

fn join_links() -> TableCreateStatement {
    Table::create()
        .table("join_links")
        .col(uuid("id").primary_key())
        .col(binary("token_hash"))
        .col(uuid("appointment_id"))
        .col(uuid("participant_id"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("used_at"))
        .col(big_integer_null("withdrawn_at"))
        .foreign_key(&mut refers_to_participant("join_links", "participant_id"))
        .take()
}

fn sessions() -> TableCreateStatement {
    Table::create()
        .table("sessions")
        .col(uuid("id").primary_key())
        .col(uuid_null("user_id"))
        .col(uuid_null("appointment_id"))
        .col(uuid_null("participant_id"))
        .col(string("role"))
        .col(binary("refresh_hash"))
        .col(binary_null("previous_hash"))
        .col(big_integer("rotated_at"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .col(big_integer_null("ended_at"))
        .foreign_key(&mut refers("sessions", &["user_id"], "users", &["id"]))
        .foreign_key(&mut refers_to_participant("sessions", "participant_id"))
        .take()
}

fn idempotency_keys() -> TableCreateStatement {
    Table::create()
        .table("idempotency_keys")
        .col(string("caller"))
        .col(string("operation"))
        .col(string("key"))
        .col(binary("params_hash"))
        .col(text("output"))
        .col(big_integer("at"))
        .primary_key(Index::create().col("caller").col("operation").col("key"))
        .take()
}

/// No foreign keys: the log outlives what it is about.
fn audit_logs() -> TableCreateStatement {
    Table::create()
        .table("audit_logs")
        .col(big_integer("position").auto_increment().primary_key())
        .col(uuid("id"))
        .col(uuid("request_id"))
        .col(big_integer("at"))
        .col(string("phase"))
        .col(string_null("caller"))
        .col(string_null("role"))
        .col(string("operation"))
        .col(string_null("target"))
        .take()
}

fn actor_fence() -> TableCreateStatement {
    Table::create()
        .table("actor_fence")
        .col(string("kind"))
        .col(uuid("id"))
        .col(big_integer("epoch"))
        .col(string("node"))
        .col(big_integer("incarnation"))
        .col(big_integer("next_offset"))
        .col(boolean("sealed"))
        .primary_key(Index::create().col("kind").col("id"))
        .take()
}

fn node_lease() -> TableCreateStatement {
    Table::create()
        .table("node_lease")
        .col(big_integer("incarnation").primary_key())
        .col(string("node"))
        .col(big_integer("hold_until"))
        .col(boolean("dead"))
        .take()
}

fn quality_samples() -> TableCreateStatement {
    Table::create()
        .table("quality_samples")
        .col(big_integer("id").auto_increment().primary_key())
        .col(uuid("appointment_id"))
        .col(uuid("participant_id"))
        .col(big_integer("at"))
        .col(big_integer("round_trip_ms"))
        .col(float("loss_percent"))
        .col(big_integer("jitter_ms"))
        .col(big_integer("freezes"))
        .col(big_integer("received_kbps"))
        .col(big_integer("sent_kbps"))
        .foreign_key(&mut refers_to_participant("quality_samples", "participant_id"))
        .take()
}

fn refers_to_participant(table: &'static str, column: &'static str) -> ForeignKeyCreateStatement {
    refers(table, &["appointment_id", column], "participants", &["appointment_id", "id"])
}

fn refers(
    table: &'static str,
    columns: &[&'static str],
    target: &'static str,
    keys: &[&'static str],
) -> ForeignKeyCreateStatement {
    let mut refers = ForeignKey::create();
    refers.name(format!("{table}_{}_fkey", columns.join("_"))).from_tbl(table).to_tbl(target);
    for column in columns {
        refers.from_col(*column);
    }
    for key in keys {
        refers.to_col(*key);
    }
    refers
}
