#!/usr/bin/env bash
# Rehearses the return of PostgreSQL to a point in time, on a scratch cluster with an archive: what was committed before the
# moment is there afterwards, what came after it is not. See docs/runbook/backups.md.
#
# BEDSIDE_TEST_PITR_PORT chooses the port (15499). Loopback only; the cluster and the archive are removed at the end.
set -euo pipefail

port=${BEDSIDE_TEST_PITR_PORT:-15499}
programs=$({ ls -d /usr/lib/postgresql/*/bin 2>/dev/null || true; } | sort -V | tail -n 1)
[[ -n $programs ]] || programs=$(dirname "$(command -v pg_ctl)")
base=$(mktemp -d /tmp/bedside-pitr.XXXXXX)
user=$(id -un)
if [[ $(id -u) -eq 0 ]]; then
    user=nobody
    if id postgres >/dev/null 2>&1; then user=postgres; fi
    chown "$user" "$base"
fi

as_server() {
    if [[ $(id -u) -eq 0 ]]; then
        (cd "$base" && setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups -- "$@")
    else
        (cd "$base" && "$@")
    fi
}

stop() {
    as_server "$programs/pg_ctl" -D "$base/data" -m immediate stop >/dev/null 2>&1 || true
    rm -rf "$base"
}
trap stop EXIT

ask() {
    as_server "$programs/psql" -X -q -t -A -v ON_ERROR_STOP=1 -h "$base" -p "$port" -U bedside -d postgres -c "$1"
}

start() {
    as_server "$programs/pg_ctl" -D "$base/data" -l "$base/log" -w -o "-p $port -h '' -k $base" start >/dev/null
}

as_server mkdir "$base/archive"
as_server "$programs/initdb" -D "$base/data" -U bedside -A trust --data-checksums >/dev/null
cat >>"$base/data/postgresql.conf" <<SETTINGS
wal_level = replica
archive_mode = on
archive_command = 'test ! -f $base/archive/%f && cp %p $base/archive/%f.part && mv $base/archive/%f.part $base/archive/%f'
SETTINGS
start
ask "CREATE TABLE acknowledged (n integer PRIMARY KEY, at timestamptz NOT NULL DEFAULT clock_timestamp())"
ask "INSERT INTO acknowledged (n) SELECT generate_series(1, 100)"
as_server "$programs/pg_basebackup" -h "$base" -p "$port" -U bedside -D "$base/basebackup" -X none --checkpoint=fast 2>/dev/null
ask "INSERT INTO acknowledged (n) SELECT generate_series(101, 1000)"
ask "SELECT pg_switch_wal()" >/dev/null
ask "INSERT INTO acknowledged (n) VALUES (1001)"
moment=$(ask "SELECT clock_timestamp()")
ask "SELECT pg_sleep(0.1)" >/dev/null
# The mistake that is to be undone.
ask "DELETE FROM acknowledged WHERE n > 500"
ask "INSERT INTO acknowledged (n) VALUES (5000)"
last=$(ask "SELECT pg_walfile_name(pg_current_wal_lsn())")
ask "SELECT pg_switch_wal()" >/dev/null
for _ in $(seq 1 300); do
    [[ -f $base/archive/$last ]] && break
    sleep 0.1
done
[[ -f $base/archive/$last ]] || { echo "the log was not archived" >&2; exit 1; }

began=$(date +%s%N)
as_server "$programs/pg_ctl" -D "$base/data" -m immediate stop >/dev/null
as_server mv "$base/data" "$base/lost"
as_server mv "$base/basebackup" "$base/data"
as_server chmod 700 "$base/data"
cat >>"$base/data/postgresql.auto.conf" <<SETTINGS
restore_command = 'cp $base/archive/%f %p'
recovery_target_time = '$moment'
recovery_target_action = 'promote'
SETTINGS
as_server touch "$base/data/recovery.signal"
start
for _ in $(seq 1 300); do
    [[ $(ask "SELECT pg_is_in_recovery()") == f ]] && break
    sleep 0.1
done
there=$(ask "SELECT count(*) FROM acknowledged WHERE n <= 1001")
after=$(ask "SELECT count(*) FROM acknowledged WHERE n > 1001")
ask "INSERT INTO acknowledged (n) VALUES (1002)"
took=$((($(date +%s%N) - began) / 1000000))
if [[ $there != 1001 || $after != 0 ]]; then
    echo "before the moment: $there of 1001; after it: $after of 0" >&2
    exit 1
fi
echo "back at $moment in $took ms: 1001 of 1001 rows of before, none of after, and it is written to again"
