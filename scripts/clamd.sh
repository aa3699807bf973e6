#!/usr/bin/env bash
# A private ClamAV for the tests: its own folder under target/, a socket and no port, signatures of its own, never the system's.
#
#   scripts/clamd.sh start   starts it, unless it runs, and prints the address for BEDSIDE_TEST_CLAMD
#   scripts/clamd.sh url     prints the address
#   scripts/clamd.sh status  succeeds when it runs
#   scripts/clamd.sh stop    stops it
#
# It knows one thing: the test file of the antivirus makers, by its hash. Nothing is fetched. As root it installs what is missing (Debian).
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
base=$root/target/test-clamd

install_program() {
    if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
        echo "ClamAV is not installed (on Debian: apt-get install clamav-daemon)." >&2
        exit 1
    fi
    apt-get update -q >&2
    # Its package would start a server of the system's own.
    DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -q -y --no-install-recommends clamav-daemon >&2
}

runs() {
    [[ -e $base/pid ]] && kill -0 "$(cat "$base/pid")" 2>/dev/null &&
        grep -q clamd "/proc/$(cat "$base/pid")/comm" 2>/dev/null
}

url() {
    echo "unix:$base/socket"
}

settings() {
    # Hash, size and name. The bytes are nowhere in this repository in one piece.
    echo '44d88612fea8a8f36de82e1278abb02f:68:Eicar-Test-Signature' >"$base/signatures/eicar.hdb"
    cat >"$base/clamd.conf" <<CONF
LocalSocket $base/socket
DatabaseDirectory $base/signatures
LogFile $base/server.log
TemporaryDirectory $base
Foreground yes
StreamMaxLength 32M
MaxThreads 4
FixStaleSocket yes
CONF
}

start() {
    command -v clamd >/dev/null || install_program
    mkdir -p "$base/signatures"
    # Two starts at once: the second finds it running.
    exec 9>"$base/lock"
    flock 9
    if ! runs; then
        settings
        nohup clamd --config-file "$base/clamd.conf" >"$base/output" 2>&1 </dev/null 9>&- &
        echo $! >"$base/pid"
        for _ in $(seq 300); do
            if [[ -S $base/socket ]] || ! runs; then break; fi
            sleep 0.1
        done
        if ! runs || [[ ! -S $base/socket ]]; then
            echo "ClamAV did not start; see $base/output" >&2
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
    rm -f "$base/pid" "$base/socket"
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
