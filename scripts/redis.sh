#!/usr/bin/env bash
# A private Redis for the tests: its own folder under target/, loopback only, nothing kept, never the system's.
#
#   scripts/redis.sh start   starts it, unless it runs, and prints the address for BEDSIDE_TEST_REDIS
#   scripts/redis.sh url     prints the address
#   scripts/redis.sh status  succeeds when it runs
#   scripts/redis.sh stop    stops it
#
# BEDSIDE_TEST_REDIS_PORT chooses the port (15433). As root it installs what is missing (Debian). Tests that kill, pause or
# flush a server start one of their own with the same program.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
port=${BEDSIDE_TEST_REDIS_PORT:-15433}
base=$root/target/test-redis

install_program() {
    if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
        echo "Redis is not installed (on Debian: apt-get install redis-server)." >&2
        exit 1
    fi
    apt-get update -q >&2
    # Its package would start a server of the system's own.
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -q -y --no-install-recommends redis-server >&2
}

runs() {
    [[ -e $base/pid ]] && kill -0 "$(cat "$base/pid")" 2>/dev/null &&
        grep -q redis-server "/proc/$(cat "$base/pid")/comm" 2>/dev/null
}

# One that runs already keeps the port with which it was started.
url() {
    local known=$port
    if runs; then known=$(cat "$base/port"); fi
    echo "redis://127.0.0.1:$known"
}

answers() {
    [[ $(redis-cli -p "$1" ping 2>/dev/null) == PONG ]]
}

start() {
    command -v redis-server >/dev/null || install_program
    mkdir -p "$base"
    # Two starts at once: the second finds it running.
    exec 9>"$base/lock"
    flock 9
    if ! runs; then
        redis-server --port "$port" --bind 127.0.0.1 --dir "$base" --save '' --appendonly no --daemonize yes \
            --pidfile "$base/pid" --logfile "$base/server.log" >&2 9>&-
        echo "$port" >"$base/port"
        for _ in $(seq 100); do
            if runs && answers "$port"; then break; fi
            sleep 0.1
        done
        if ! answers "$port"; then
            echo "Redis did not start; see $base/server.log" >&2
            exit 1
        fi
    fi
    url
}

stop() {
    if runs; then
        local pid
        pid=$(cat "$base/pid")
        kill "$pid"
        for _ in $(seq 100); do
            kill -0 "$pid" 2>/dev/null || break
            sleep 0.1
        done
    fi
    rm -f "$base/pid" "$base/port"
}

case ${1:-} in
    start) start ;;
    stop) stop ;;
    url) url ;;
    status) runs ;;
    *)
        echo "usage: $0 start|stop|url|status" >&2
        exit 2
        ;;
esac
