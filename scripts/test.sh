#!/usr/bin/env bash
# Runs everything that decides whether a change is good, and says how long each step took.
#
#   scripts/test.sh all     what `make test` runs
#   scripts/test.sh quick   what `make check` runs: nothing that needs a database, a browser or a whole build
#
# It goes on after a step that failed, so that one run tells everything, and fails at the end. It installs (Debian, as
# root) and starts what the tests need, on ports of its own, and stops what it started.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}
export PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1
target=${CARGO_TARGET_DIR:-$PWD/target}
began=$SECONDS
report=()
failed=()
started_postgres=
started_redis=
started_s3=
started_clamd=

# step NAME COMMAND…
# Within a step bash does not end at a failure by itself, so steps of several commands say `|| return`.
step() {
    local name=$1 from=$SECONDS verdict=ok
    shift
    printf '\n== %s\n' "$name"
    if ! "$@"; then
        verdict=FAILED
        failed+=("$name")
    fi
    report+=("$(printf '%-24s %5d s  %s' "$name" $((SECONDS - from)) "$verdict")")
}

# Ends the run: whatever follows would only repeat the same failure.
step_or_end() {
    step "$@"
    if [[ ${#failed[@]} -gt 0 ]]; then exit 1; fi
}

finish() {
    local status=$?
    trap - EXIT
    if [[ -n $started_postgres ]]; then scripts/postgres.sh stop || status=1; fi
    if [[ -n $started_redis ]]; then scripts/redis.sh stop || status=1; fi
    if [[ -n $started_clamd ]]; then scripts/clamd.sh stop || status=1; fi
    if [[ -n $started_s3 ]]; then scripts/s3.sh stop || status=1; fi
    printf '\n== durations\n'
    printf '%s\n' "${report[@]}"
    printf '%-24s %5d s\n' "all" $((SECONDS - began))
    if [[ ${#failed[@]} -gt 0 ]]; then
        printf '\nFailed: %s\n' "$(IFS=,; echo "${failed[*]}" | sed 's/,/, /g')"
        status=1
    elif [[ $status -eq 0 ]]; then
        printf '\nAll good.\n'
    fi
    exit "$status"
}
trap finish EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

packages() {
    make --no-print-directory clients/node_modules/.package-lock.json
}

# An OpenID provider that somebody else wrote, which the stories of sign-in talk to.
# All of it is told here: leaving it out would look as if it had passed.
openid() {
    if [ "${BEDSIDE_TEST_SKIP_OIDC:-}" = 1 ]; then
        echo "BEDSIDE_TEST_SKIP_OIDC is for single runs; the whole suite leaves no sign-in by a provider out" >&2
        return 1
    fi
    make --no-print-directory tests/oidc/node_modules/.package-lock.json
}

postgres() {
    if scripts/postgres.sh status; then
        BEDSIDE_TEST_POSTGRES=$(scripts/postgres.sh start) || return
    else
        # The usual port, unless somebody else has it.
        BEDSIDE_TEST_PG_PORT=$(node scripts/free-port.mjs "${BEDSIDE_TEST_PG_PORT:-15432}") || return
        export BEDSIDE_TEST_PG_PORT
        started_postgres=yes
        BEDSIDE_TEST_POSTGRES=$(scripts/postgres.sh start) || return
    fi
    export BEDSIDE_TEST_POSTGRES
}

redis() {
    if scripts/redis.sh status; then
        BEDSIDE_TEST_REDIS=$(scripts/redis.sh start) || return
    else
        BEDSIDE_TEST_REDIS_PORT=$(node scripts/free-port.mjs "${BEDSIDE_TEST_REDIS_PORT:-15433}") || return
        export BEDSIDE_TEST_REDIS_PORT
        started_redis=yes
        BEDSIDE_TEST_REDIS=$(scripts/redis.sh start) || return
    fi
    export BEDSIDE_TEST_REDIS
}

s3() {
    if scripts/s3.sh status; then
        BEDSIDE_TEST_S3=$(scripts/s3.sh start) || return
    else
        BEDSIDE_TEST_S3_PORT=$(node scripts/free-port.mjs "${BEDSIDE_TEST_S3_PORT:-15434}") || return
        export BEDSIDE_TEST_S3_PORT
        started_s3=yes
        BEDSIDE_TEST_S3=$(scripts/s3.sh start) || return
    fi
    export BEDSIDE_TEST_S3
}

# Where it can be had; its story says that it is left out elsewhere.
clamd() {
    if scripts/clamd.sh status; then
        BEDSIDE_TEST_CLAMD=$(scripts/clamd.sh start) || return
    elif type -P clamd >/dev/null || [[ $(id -u) -eq 0 ]]; then
        started_clamd=yes
        BEDSIDE_TEST_CLAMD=$(scripts/clamd.sh start) || return
    else
        BEDSIDE_TEST_CLAMD=
    fi
    export BEDSIDE_TEST_CLAMD
}

lints() {
    cargo clippy --locked --workspace --all-targets -- -D warnings
}

licences() {
    node scripts/licences.mjs && scripts/deny.sh
}

rust_tests() {
    if command -v cargo-nextest >/dev/null; then
        cargo nextest run --locked --workspace --no-fail-fast
    else
        cargo test --locked --workspace --no-fail-fast --lib --bins --tests
    fi
}

clients() {
    (cd clients && npm run --silent "$@")
}

portal_and_sdk_tests() {
    # The browser tests have a step of their own.
    (cd clients && npm test --workspace js --workspace portals)
}

# The Rust tests have built them; built by themselves they would take other features of their libraries, and minutes.
binaries() {
    if [[ ! -x $target/debug/bedside ]]; then cargo build --locked --bin bedside || return; fi
    [[ -x $target/debug/fault-proxy ]] || cargo build --locked --package fault-proxy
}

# The client library against the real hub, through a network that fails by rule.
network_tests() {
    export BEDSIDE_BIN=$target/debug/bedside FAULT_PROXY_BIN=$target/debug/fault-proxy
    (cd clients && npm run --silent test:hub --workspace js)
}

browser_tests() {
    local chromium firefox
    chromium=$(scripts/chromium.sh) || return
    firefox=$(scripts/firefox.sh) || return
    export CHROMIUM=$chromium FIREFOX=$firefox BEDSIDE_BIN=$target/debug/bedside
    (cd clients && npm test --workspace e2e)
}

canaries() {
    if [[ " ${failed[*]} " == *"Rust tests"* ]]; then
        echo "The Rust tests have failed: what is not found below may be of stories that were not told."
    fi
    scripts/canaries.sh
}

quick() {
    step_or_end "needs" scripts/needs.sh
    step_or_end "front-end packages" packages
    step "rustfmt" cargo fmt --all --check
    step "licences" licences
    step "secrets" scripts/secrets.sh
    step "clients: lint" clients lint
    step "clippy" lints
}

all() {
    quick
    step "clients: build" clients build
    step "clients: tests" portal_and_sdk_tests
    step "clients: size" clients size --workspace js
    step "PostgreSQL" postgres
    step "Redis" redis
    step "S3" s3
    step "ClamAV" clamd
    step "OpenID provider" openid
    step "canaries of before" scripts/canaries.sh --forget
    step "Rust tests" rust_tests
    step "documentation tests" cargo test --locked --workspace --doc
    step "the binaries" binaries
    step "TLS from outside" scripts/sslscan.sh
    step "nginx in front" scripts/edge.sh
    step "clients: network" network_tests
    if [[ -e clients/e2e/package.json ]]; then
        step "browser tests" browser_tests
    fi
    step "canaries" canaries
}

case ${1:-} in
    quick)
        quick
        step "architecture" cargo test --locked --test architecture
        ;;
    all) all ;;
    *)
        echo "usage: $0 all|quick" >&2
        exit 2
        ;;
esac
