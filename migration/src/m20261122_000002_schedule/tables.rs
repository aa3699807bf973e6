//! The tables. Their columns are explained in `entity`.

use sea_orm_migration::schema::{
    big_integer, big_integer_null, binary, boolean, string, string_null, text, text_null, uuid,
    uuid_null,
};
use sea_orm_migration::sea_orm::sea_query::{
    Expr, ExprTrait, ForeignKey, ForeignKeyCreateStatement, Table, TableCreateStatement,
};

/// In the order in which they refer to each other.
pub(super) fn all() -> Vec<TableCreateStatement> {
    vec![
        services(),
        practitioner_profiles(),
        patient_profiles(),
        availability_templates(),
        availability_exceptions(),
        holds(),
        slots(),
        waitlist(),
        tasks(),
        notices(),
        notification_preferences(),
    ]
}

fn services() -> TableCreateStatement {
    Table::create()
        .table("services")
        .col(uuid("id").primary_key())
        .col(text("name"))
        .col(string("specialty"))
        .col(big_integer("duration_ms"))
        .col(big_integer("buffer_before_ms"))
        .col(big_integer("buffer_after_ms"))
        .col(big_integer("alignment_interval_ms"))
        .col(big_integer("alignment_offset_ms"))
        .col(big_integer("min_notice_ms"))
        .col(big_integer("horizon_days"))
        .col(big_integer("capacity"))
        .col(boolean("is_active"))
        .col(big_integer_null("price_amount"))
        .col(string_null("price_currency"))
        .col(big_integer("revision"))
        .check(Expr::col("duration_ms").gt(0))
        .check(Expr::col("capacity").gt(0))
        .take()
}

/// Lists are JSON: they are read whole, and the search looks for them in memory.
fn practitioner_profiles() -> TableCreateStatement {
    Table::create()
        .table("practitioner_profiles")
        .col(uuid("user_id").primary_key())
        .col(text("specialties"))
        .col(text("languages"))
        .col(text("licences"))
        .col(text("insurers"))
        .col(text("about"))
        .col(big_integer("experience_years"))
        .col(big_integer("weight"))
        .col(text("service_ids"))
        .col(big_integer("revision"))
        .foreign_key(&mut refers("practitioner_profiles", "user_id", "users"))
        .take()
}

fn patient_profiles() -> TableCreateStatement {
    Table::create()
        .table("patient_profiles")
        .col(uuid("user_id").primary_key())
        .col(string_null("birth_date"))
        .col(text_null("gender"))
        .col(string_null("phone"))
        .col(string_null("jurisdiction"))
        .col(string_null("language"))
        .col(text_null("insurer"))
        .col(text_null("insurance_number"))
        .col(text_null("emergency_contact"))
        .col(big_integer("revision"))
        .foreign_key(&mut refers("patient_profiles", "user_id", "users"))
        .take()
}

fn availability_templates() -> TableCreateStatement {
    Table::create()
        .table("availability_templates")
        .col(uuid("id").primary_key())
        .col(uuid("practitioner_id"))
        .col(text("location"))
        .col(string("timezone"))
        .col(text("recurrence"))
        .col(big_integer("starts_minute"))
        .col(big_integer("ends_minute"))
        .col(string("valid_from"))
        .col(string_null("valid_until"))
        .col(text("except_dates"))
        .col(text("service_ids"))
        .check(Expr::col("starts_minute").lt(Expr::col("ends_minute")))
        .foreign_key(&mut refers("availability_templates", "practitioner_id", "users"))
        .take()
}

/// Without a practitioner it is a closure of the clinic.
fn availability_exceptions() -> TableCreateStatement {
    Table::create()
        .table("availability_exceptions")
        .col(uuid("id").primary_key())
        .col(uuid_null("practitioner_id"))
        .col(string("kind"))
        .col(string("timezone"))
        .col(string("starts_local"))
        .col(string("ends_local"))
        .col(text("location"))
        .col(text("reason"))
        .check(Expr::col("starts_local").lt(Expr::col("ends_local")))
        .foreign_key(&mut refers("availability_exceptions", "practitioner_id", "users"))
        .take()
}

fn holds() -> TableCreateStatement {
    Table::create()
        .table("holds")
        .col(uuid("id").primary_key())
        .col(binary("token_hash"))
        .col(uuid("practitioner_id"))
        .col(uuid_null("interpreter_id"))
        .col(uuid("patient_id"))
        .col(uuid("held_by"))
        .col(uuid("service_id"))
        .col(string_null("jurisdiction"))
        .col(text_null("licence_override"))
        .col(big_integer("created_at"))
        .col(big_integer("expires_at"))
        .col(string("state"))
        .check(Expr::col("state").is_in(["open", "used", "released", "expired"]))
        .foreign_key(&mut refers("holds", "practitioner_id", "users"))
        .foreign_key(&mut refers("holds", "interpreter_id", "users"))
        .foreign_key(&mut refers("holds", "patient_id", "users"))
        .foreign_key(&mut refers("holds", "held_by", "users"))
        .foreign_key(&mut refers("holds", "service_id", "services"))
        .take()
}

/// Claims. What no two of them may do stands in `guards`.
fn slots() -> TableCreateStatement {
    let is_held = Expr::col("state").eq("held").and(Expr::col("expires_at").is_not_null());
    let is_busy = Expr::col("state").eq("busy").and(Expr::col("appointment_id").is_not_null());
    Table::create()
        .table("slots")
        .col(uuid("id").primary_key())
        .col(uuid("practitioner_id"))
        .col(big_integer("starts_at"))
        .col(big_integer("ends_at"))
        .col(big_integer("busy_from"))
        .col(big_integer("busy_until"))
        .col(uuid("group_id"))
        .col(big_integer("seat"))
        .col(uuid_null("service_id"))
        .col(uuid_null("hold_id"))
        .col(uuid_null("appointment_id"))
        .col(string("state"))
        .col(big_integer_null("expires_at"))
        .check(Expr::col("busy_from").lte(Expr::col("starts_at")))
        .check(Expr::col("starts_at").lt(Expr::col("ends_at")))
        .check(Expr::col("ends_at").lte(Expr::col("busy_until")))
        .check(Expr::col("seat").gte(0))
        .check(is_held.or(is_busy))
        .foreign_key(&mut refers("slots", "practitioner_id", "users"))
        .foreign_key(&mut refers("slots", "service_id", "services"))
        .foreign_key(&mut refers("slots", "hold_id", "holds"))
        .foreign_key(&mut refers("slots", "appointment_id", "appointments"))
        .take()
}

fn waitlist() -> TableCreateStatement {
    Table::create()
        .table("waitlist")
        .col(uuid("id").primary_key())
        .col(uuid("patient_id"))
        .col(uuid("service_id"))
        .col(uuid_null("clinician_id"))
        .col(big_integer("from_at"))
        .col(big_integer("until_at"))
        .col(big_integer("created_at"))
        .col(big_integer_null("offered_at"))
        .foreign_key(&mut refers("waitlist", "patient_id", "users"))
        .foreign_key(&mut refers("waitlist", "service_id", "services"))
        .foreign_key(&mut refers("waitlist", "clinician_id", "users"))
        .take()
}

fn tasks() -> TableCreateStatement {
    Table::create()
        .table("tasks")
        .col(uuid("id").primary_key())
        .col(string("kind"))
        .col(uuid("appointment_id"))
        .col(big_integer("created_at"))
        .col(big_integer_null("done_at"))
        .foreign_key(&mut refers("tasks", "appointment_id", "appointments"))
        .take()
}

fn notices() -> TableCreateStatement {
    Table::create()
        .table("notices")
        .col(uuid("id").primary_key())
        .col(uuid("person_id"))
        .col(string("kind"))
        .col(string("channel"))
        .col(uuid_null("appointment_id"))
        .col(big_integer("version"))
        .col(big_integer("due_at"))
        .col(big_integer_null("useless_at"))
        .col(string("state"))
        .col(big_integer("attempts"))
        .col(big_integer("next_try_at"))
        .col(string_null("failure"))
        .col(big_integer_null("settled_at"))
        .col(text_null("text"))
        .col(big_integer_null("read_at"))
        .foreign_key(&mut refers("notices", "person_id", "users"))
        .foreign_key(&mut refers("notices", "appointment_id", "appointments"))
        .take()
}

fn notification_preferences() -> TableCreateStatement {
    Table::create()
        .table("notification_preferences")
        .col(uuid("person_id").primary_key())
        .col(boolean("email"))
        .col(boolean("sms"))
        .col(boolean("reminders"))
        .foreign_key(&mut refers("notification_preferences", "person_id", "users"))
        .take()
}

fn refers(
    table: &'static str,
    column: &'static str,
    target: &'static str,
) -> ForeignKeyCreateStatement {
    let mut refers = ForeignKey::create();
    refers.name(format!("{table}_{column}_fkey")).from_tbl(table).from_col(column);
    refers.to_tbl(target).to_col("id");
    refers
}
