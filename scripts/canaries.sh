#!/usr/bin/env bash
# Searches everything that hubs of the tests have logged, counted and told for what people of stories are called and have written.
#
#   scripts/canaries.sh            after a run of the suite; what it reads is below target/tmp/canary
#   scripts/canaries.sh --forget   before one: what earlier runs have left is removed
#
# It fails when it finds one, and also when there is nothing that could have held one: no log, or no canary that was sent. Words and places
# are those of tests/support/canary.rs.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
place=${CARGO_TARGET_DIR:-$PWD/target}/tmp/canary
words=(ZZPHI- Fictional Invented clinic.invalid)
# Those that stories send in calls; the others are in the store before anybody calls.
sent=(ZZPHI- Fictional clinic.invalid)

if [[ ${1:-} == --forget ]]; then
    rm -rf "$place"
    exit 0
fi

fail() {
    printf 'canaries: %s\n' "$1" >&2
    exit 1
}

# Bytes of all files of a folder.
bytes() {
    if [[ -d $place/$1 ]]; then find "$place/$1" -type f -exec cat {} + | wc -c; else echo 0; fi
}

for word in "${sent[@]}"; do
    grep -rqxF -- "$word" "$place/sent" 2>/dev/null || fail "no story has sent anything with $word: nothing was looked for"
done
for folder in logs metrics notices; do
    [[ $(bytes "$folder") -gt 0 ]] || fail "there is nothing in $place/$folder: nothing was looked at"
done
grep -rqF -- '"call"' "$place/logs" || grep -rqF -- 'operation=' "$place/logs" \
    || fail "no call is in the logs: they are not those of hubs"
grep -rqF -- 'bedside_calls_total' "$place/metrics" || fail "no call is in the metrics: they are not those of hubs"

found=0
for word in "${words[@]}"; do
    # Whoever treats is named to the patient in a notice; what a patient has told is not.
    folders=("$place/logs" "$place/metrics")
    if [[ $word == ZZPHI- ]]; then folders+=("$place/notices"); fi
    # Which file and line, and not the line: this goes into a log too.
    if grep -rnF -- "$word" "${folders[@]}" | cut -d: -f1,2 | head -n 20 | sed "s/^/canaries: $word in /" | grep . >&2; then
        found=1
    fi
done
[[ $found -eq 0 ]] || exit 1
printf 'canaries: none of %d words in %d bytes of logs, %d of metrics, %d of notices\n' \
    "${#words[@]}" "$(bytes logs)" "$(bytes metrics)" "$(bytes notices)"
