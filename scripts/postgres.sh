#!/usr/bin/env bash
# A private PostgreSQL for the tests: its own cluster under target/, loopback only, never the system's.
#
#   scripts/postgres.sh start   starts it, unless it runs, and prints the address for BEDSIDE_TEST_POSTGRES
#   scripts/postgres.sh url     prints the address
#   scripts/postgres.sh status  succeeds when it runs
#   scripts/postgres.sh stop    stops it; the cluster stays for the next time
#
# BEDSIDE_TEST_PG_PORT chooses the port (15432). As root it installs what is missing (Debian) and runs the server as
# the user postgres or nobody, because PostgreSQL refuses to run as root. Data are flushed as in production: the tests
# are about what is kept.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
port=${BEDSIDE_TEST_PG_PORT:-15432}

# The newest server that is installed.
find_programs() {
    { ls -d /usr/lib/postgresql/*/bin 2>/dev/null || true; } | sort -V | tail -n 1
}

programs=$(find_programs)
if [[ -z $programs ]] && command -v pg_ctl >/dev/null; then
    programs=$(dirname "$(command -v pg_ctl)")
fi

install_programs() {
    if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
        echo "PostgreSQL is not installed (on Debian: apt-get install postgresql)." >&2
        exit 1
    fi
    # Without a cluster of the system's own, which would start a second server.
    mkdir -p /etc/postgresql-common
    [[ -e /etc/postgresql-common/createcluster.conf ]] ||
        echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf
    apt-get update -q >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends postgresql >&2
    programs=$(find_programs)
}

# Who runs the server.
choose_user() {
    user=$(id -un)
    if [[ $(id -u) -eq 0 ]]; then
        user=nobody
        if id postgres >/dev/null 2>&1; then user=postgres; fi
    fi
}

as_server() {
    if [[ $(id -u) -eq 0 ]]; then
        setpriv --reuid "$user" --regid "$(id -g "$user")" --clear-groups -- "$@"
    else
        "$@"
    fi
}

# Under /root that user can reach nothing, so the cluster lies outside then.
choose_base() {
    base=$root/target/test-postgres
    if ! as_server test -x "$root"; then
        base=/var/lib/bedside-test-postgres-$(cksum <<<"$root" | cut -d ' ' -f 1)
    fi
}

# One that runs already keeps the port with which it was started.
url() {
    local known=$port
    if runs; then known=$(as_server sed -n 4p "$base/data/postmaster.pid"); fi
    echo "postgres://bedside@127.0.0.1:$known/postgres"
}

runs() {
    [[ -n $programs && -d $base/data ]] && as_server "$programs/pg_ctl" -D "$base/data" status >/dev/null 2>&1
}

make_cluster() {
    mkdir -p "$base"
    if [[ $(id -u) -eq 0 ]]; then chown "$user" "$base"; fi
    if [[ ! -e $base/data/PG_VERSION ]]; then
        rm -rf "$base/data"
        as_server "$programs/initdb" -D "$base/data" -U bedside -E UTF8 --locale=C.UTF-8 \
            --auth-local=trust --auth-host=trust >"$base/initdb.log"
    fi
}

start() {
    [[ -n $programs ]] || install_programs
    choose_user
    choose_base
    mkdir -p "$root/target"
    # Two starts at once: the second finds it running.
    exec 9>"$root/target/test-postgres.lock"
    flock 9
    if ! runs; then
        make_cluster
        # The socket has a directory of its own with a short path, as its name may have 107 bytes only.
        socket=$(as_server mktemp -d /tmp/bedside-postgres.XXXXXX)
        echo "$socket" >"$base/socket"
        as_server "$programs/pg_ctl" -D "$base/data" -l "$base/server.log" -w -t 60 -s -o "\
            -c port=$port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$socket \
            -c fsync=on -c shared_buffers=32MB -c max_connections=200 -c max_wal_size=256MB \
            -c log_min_messages=warning" start >&2 9>&-
    fi
    url
}

stop() {
    choose_user
    choose_base
    if runs; then
        as_server "$programs/pg_ctl" -D "$base/data" -m fast -w -s stop
    fi
    if [[ -e $base/socket ]]; then
        rm -rf "$(cat "$base/socket")" "$base/socket"
    fi
}

case ${1:-} in
    start) start ;;
    stop) stop ;;
    url)
        choose_user
        choose_base
        url
        ;;
    status)
        choose_user
        choose_base
        runs
        ;;
    *)
        echo "usage: $0 start|stop|url|status" >&2
        exit 2
        ;;
esac
