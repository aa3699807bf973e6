//! `appointment_history`. On PostgreSQL it is partitioned by month, so that a query of a month reads one partition and the
//! indexes of years ago are in nobody's way.

use sea_orm_migration::schema::{big_integer, string, uuid, uuid_null};
use sea_orm_migration::sea_orm::sea_query::{ForeignKey, Index, Table, TableCreateStatement};

pub(super) fn sqlite() -> TableCreateStatement {
    let mut refers = ForeignKey::create();
    refers.name("appointment_history_appointment_id_fkey");
    refers.from_tbl("appointment_history").from_col("appointment_id");
    refers.to_tbl("appointments").to_col("id");
    Table::create()
        .table("appointment_history")
        .col(uuid("appointment_id"))
        .col(big_integer("version"))
        .col(string("event"))
        .col(big_integer("at"))
        .col(uuid_null("by_id"))
        .col(uuid("clinician_id"))
        .col(big_integer("starts_at"))
        .col(big_integer("ends_at"))
        .primary_key(Index::create().col("appointment_id").col("version"))
        .foreign_key(&mut refers)
        .take()
}

/// A key of a partitioned table contains what it is partitioned by, so it does not refuse a version twice. The update of
/// the appointment that makes the version does: of two that make the same one, one finds no row.
pub(super) const POSTGRES: &[&str] = &[
    "CREATE TABLE appointment_history (
       appointment_id uuid NOT NULL REFERENCES appointments (id),
       version bigint NOT NULL,
       event varchar NOT NULL,
       at bigint NOT NULL,
       by_id uuid,
       clinician_id uuid NOT NULL,
       starts_at bigint NOT NULL,
       ends_at bigint NOT NULL,
       PRIMARY KEY (appointment_id, version, at)
     ) PARTITION BY RANGE (at)",
    "CREATE TABLE appointment_history_default PARTITION OF appointment_history DEFAULT",
];

/// Makes the partitions of the month of `since` (epoch ms) and of those after it, `months` in all; those that are there
/// are left alone. Months begin at midnight UTC. When lines of a month stand in the default partition already, that
/// month stays there: a query of it reads one partition all the same.
pub(super) const POSTGRES_PARTITIONS: &[&str] = &[
    "CREATE FUNCTION bedside_history_partitions(since bigint, months integer)
     RETURNS void LANGUAGE plpgsql AS $$
     DECLARE
       month timestamp;
       part text;
     BEGIN
       PERFORM pg_advisory_xact_lock(hashtext('appointment_history'), 0);
       FOR n IN 0 .. months - 1 LOOP
         month := date_trunc('month', to_timestamp(since / 1000.0) AT TIME ZONE 'UTC')
                  + make_interval(months => n);
         part := 'appointment_history_' || to_char(month, 'YYYY_MM');
         IF to_regclass(part) IS NULL THEN
           BEGIN
             EXECUTE format(
               'CREATE TABLE %I PARTITION OF appointment_history FOR VALUES FROM (%s) TO (%s)',
               part,
               extract(epoch FROM month AT TIME ZONE 'UTC')::bigint * 1000,
               extract(epoch FROM (month + interval '1 month') AT TIME ZONE 'UTC')::bigint * 1000);
             EXECUTE format(
               'CREATE TRIGGER %I BEFORE TRUNCATE ON %I
                FOR EACH STATEMENT EXECUTE FUNCTION bedside_append_only()',
               part || '_no_truncate', part);
           EXCEPTION WHEN check_violation THEN
             NULL;
           END;
         END IF;
       END LOOP;
     END $$",
    "SELECT bedside_history_partitions((extract(epoch FROM now()) * 1000)::bigint, 6)",
];
