#!/usr/bin/env bash
# Asks the hub everything that docs/protocol/openapi.json has, well and badly, as nobody and as people of every role: no 5xx, and
# no status, type or body that is not documented. Schemathesis is pinned in scripts/schemathesis and put below target/. The hub is the
# one that was built, with the demo clinic, on loopback and for this run alone.
#
#   scripts/schemathesis.sh [SECONDS]     for each role; 25 when absent
#
# BEDSIDE_SCHEMATHESIS_POSTGRES may name an empty PostgreSQL database; SQLite without it. It is not the setting of a hub, so that the
# database of a real one is never asked by chance.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

seconds=${1:-25}
target=${CARGO_TARGET_DIR:-$PWD/target}
hub=${BEDSIDE_BIN:-$target/debug/bedside}
tool=$target/schemathesis
wanted=scripts/schemathesis/requirements.txt
if ! cmp -s "$wanted" "$tool/requirements.txt"; then
    rm -rf "$tool"
    python3 -m venv "$tool"
    "$tool/bin/pip" install -q --disable-pip-version-check --requirement "$wanted"
    cp "$wanted" "$tool/requirements.txt"
fi

folder=$(mktemp -d)
pid=
finish() {
    if [[ -n $pid ]]; then kill "$pid" && wait "$pid" || true; fi
    rm -rf "$folder"
}
trap finish EXIT
port=$(node scripts/free-port.mjs 18470)
url=http://127.0.0.1:$port
# Whoever is a proxy may say from where somebody comes: everybody has an address of their own.
env -i PATH="$PATH" BEDSIDE_LISTEN="127.0.0.1:$port" BEDSIDE_PUBLIC_URL="http://localhost:$port" \
    BEDSIDE_DATA_DIR="$folder/data" BEDSIDE_MEDIA__LISTEN=127.0.0.1:0 \
    BEDSIDE_DATABASE_URL="${BEDSIDE_SCHEMATHESIS_POSTGRES:-}" BEDSIDE_TRUSTED_PROXIES='["127.0.0.1"]' "$hub" serve --demo >"$folder/out" 2>"$folder/log" &
pid=$!
for _ in $(seq 600); do
    if grep -q 'Accounts to sign in' "$folder/out"; then break; fi
    kill -0 "$pid" 2>/dev/null || { cat "$folder/log" >&2; exit 1; }
    sleep 0.1
done

failed=
for role in nobody patient clinician interpreter admin; do
    # What ends the sign-ins that the others call with is left to tests of its own.
    if ! BEDSIDE_URL=$url BEDSIDE_ROLE=$role BEDSIDE_ACCOUNTS=$folder/data/demo-accounts.txt \
        BEDSIDE_REPORT=$folder/report SCHEMATHESIS_HOOKS=hooks PYTHONPATH=scripts/schemathesis PYTHONDONTWRITEBYTECODE=1 \
        timeout $((seconds + 240)) "$tool/bin/schemathesis" run docs/protocol/openapi.json --url "$url" \
        --phases coverage,fuzzing --max-examples 10 --max-time "$seconds" --request-timeout 20 \
        --continue-on-failure --no-shrink --warnings off --suppress-health-check all --generation-database none \
        --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,response_headers_conformance \
        --exclude-operation-id authSignOut --exclude-operation-id authChangePassword \
        >"$folder/$role.txt" 2>&1; then
        echo "as $role:" >&2
        cat "$folder/$role.txt" >&2
        failed=yes
    fi
done
cat "$folder/report"
# Whose calls were all refused at the door have looked at nothing.
if ! awk '$1 != "nobody:" && $2 < 10 { exit 1 }' "$folder/report"; then echo "too little was done" >&2; failed=yes; fi
kill -0 "$pid" 2>/dev/null || { echo "the hub has ended" >&2; failed=yes; }
# What a library says of a request that is none is no mistake of ours.
if grep -m 3 -E 'panicked|"level":"ERROR".*"target":"bedside' "$folder/log" >&2; then failed=yes; fi
[[ -z $failed ]]
