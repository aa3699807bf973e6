#!/usr/bin/env bash
# Searches everything that hubs of the tests have logged, counted and told for what people of stories are called and have written.
#
#   scripts/canaries.sh            after a run of the suite; what it reads is below target/tmp/canary
#   scripts/canaries.sh --forget   before one: what earlier runs have left is removed
#
# It fails when it finds one, and also when there is nothing that could have held one: no canary that was sent, or a folder in which not even
# that is found which stands in it by intention. Words and places are those of tests/support/canary.rs. Begins with a test of itself.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
place=${CARGO_TARGET_DIR:-$PWD/target}/tmp/canary
words=(ZZPHI- Fictional Invented clinic.invalid)
# Those that stories send in calls; the others are in the store before anybody calls.
sent=(ZZPHI- Fictional clinic.invalid)
# What the story of canaries logs and counts by intention, and what a hub tells somebody in a notice.
control=ZZCONTROL-
notice='text: Your appointment is booked.'

if [[ ${1:-} == --forget ]]; then
    rm -rf "$place"
    exit 0
fi

fail() {
    printf 'canaries: %s\n' "$1" >&2
    exit 1
}

# Whether there is a word in folders; says in which files and lines, and not the lines: this goes into a log too.
# Everything is read before some of it is said: who stops reading ends whoever still writes, and that is no finding.
holds() {
    local word=$1 hits
    shift
    hits=$({ grep -rnF -- "$word" "$@" || [[ $? -eq 1 ]]; } | cut -d: -f1,2) || fail "$* cannot be searched"
    [[ -n $hits ]] || return 1
    sed -n "1,20s/^/canaries: $word in /p" <<<"$hits" >&2
}

planted=$(mktemp -d)
trap 'rm -rf "$planted"' EXIT
mkdir "$planted/one" "$planted/many" "$planted/none"
printf 'a line\n%s1\n' "${words[0]}" >"$planted/one/log"
seq -f "a line with ${words[0]}%.0f" 100000 >"$planted/many/log"
printf 'a line\n' >"$planted/none/log"
for folder in one many; do
    (holds "${words[0]}" "$planted/none" "$planted/$folder") 2>/dev/null || fail "what was planted in $folder was not found"
done
if (holds "${words[0]}" "$planted/none") 2>/dev/null; then fail "what was not planted was found"; fi
if (holds "${words[0]}" "$planted/missing"; exit 0) 2>/dev/null; then fail "a folder that is not there was searched"; fi

# Bytes of all files of a folder.
bytes() {
    if [[ -d $place/$1 ]]; then find "$place/$1" -type f -exec cat {} + | wc -c; else echo 0; fi
}

for word in "${sent[@]}"; do
    grep -rqxF -- "$word" "$place/sent" 2>/dev/null || fail "no story has sent anything with $word: nothing was looked for"
done
for folder in logs metrics notices; do
    word=$control
    if [[ $folder == notices ]]; then word=$notice; fi
    (holds "$word" "$place/$folder") 2>/dev/null || fail "not even '$word' is in $place/$folder: nothing was looked at"
done
grep -rlZF -- "$control" "$place/logs" | xargs -0 grep -qF -- 'operation=' \
    || fail "no call is in the log of the story of canaries: it is not that of its hub"
grep -rqF -- 'bedside_calls_total' "$place/metrics" || fail "no call is in the metrics: they are not those of hubs"

found=0
for word in "${words[@]}"; do
    # Whoever treats is named to the patient in a notice; what a patient has told is not.
    folders=("$place/logs" "$place/metrics")
    if [[ $word == ZZPHI- ]]; then folders+=("$place/notices"); fi
    if holds "$word" "${folders[@]}"; then found=1; fi
done
[[ $found -eq 0 ]] || exit 1
printf 'canaries: none of %d words in %d bytes of logs, %d of metrics, %d of notices\n' \
    "${#words[@]}" "$(bytes logs)" "$(bytes metrics)" "$(bytes notices)"
