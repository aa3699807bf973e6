#!/usr/bin/env bash
# A private store that speaks S3 for the tests: moto (Python), loopback only, everything in its memory.
#
#   scripts/s3.sh start   starts it, unless it runs, and prints the address for BEDSIDE_TEST_S3
#   scripts/s3.sh url     prints the address
#   scripts/s3.sh status  succeeds when it runs
#   scripts/s3.sh stop    stops it
#
# BEDSIDE_TEST_S3_PORT chooses the port (15434). When there is no moto_server it is installed into target/test-s3. It takes every
# signature: the tests put somebody before it who does not.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
port=${BEDSIDE_TEST_S3_PORT:-15434}
base=$root/target/test-s3

# The program; a name that stands in the path and does not start does not count.
program() {
    if [[ ! -x $base/venv/bin/moto_server ]] && moto_server --help >/dev/null 2>&1; then
        echo moto_server
        return
    fi
    if [[ ! -x $base/venv/bin/moto_server ]]; then
        python3 -m venv "$base/venv" >&2
        "$base/venv/bin/pip" install -q 'moto[server,s3]>=5,<6' >&2
    fi
    echo "$base/venv/bin/moto_server"
}

runs() {
    [[ -e $base/pid ]] && kill -0 "$(cat "$base/pid")" 2>/dev/null &&
        tr '\0' ' ' <"/proc/$(cat "$base/pid")/cmdline" 2>/dev/null | grep -q moto_server
}

# One that runs already keeps the port with which it was started.
url() {
    local known=$port
    if runs; then known=$(cat "$base/port"); fi
    echo "http://127.0.0.1:$known"
}

answers() {
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

start() {
    mkdir -p "$base"
    # Two starts at once: the second finds it running.
    exec 9>"$base/lock"
    flock 9
    if ! runs; then
        local server
        server=$(program)
        nohup "$server" -H 127.0.0.1 -p "$port" >"$base/server.log" 2>&1 </dev/null 9>&- &
        echo $! >"$base/pid"
        echo "$port" >"$base/port"
        for _ in $(seq 300); do
            if answers "$port"; then break; fi
            sleep 0.1
        done
        if ! runs || ! answers "$port"; then
            echo "moto did not start; see $base/server.log" >&2
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
