#!/usr/bin/env bash
# Looks for bytes from hostile clients that make a parser or a room panic: libFuzzer, led by coverage.
#
#   scripts/fuzz.sh TARGET SECONDS   one of sdp (offers), packet (datagrams), frames (WebSocket messages), pdf (documents)
#   scripts/fuzz.sh all SECONDS      one after the other, so many seconds each
#   scripts/fuzz.sh TARGET FILE      that one input again, such as a finding
#
# It needs a nightly compiler (FUZZ_TOOLCHAIN names another; `rustup toolchain install nightly`) and a C++ compiler. The
# first build takes a quarter of an hour on two cores, the next ones as long as our own crates take. What was learnt is
# kept in target/fuzz/corpus and led by seeds that fuzz/seeds.mjs makes anew; findings are in target/fuzz/findings. It
# stops by itself, and fails when there was a finding.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

targets=(sdp packet frames pdf)
toolchain=${FUZZ_TOOLCHAIN:-nightly}
triple=x86_64-unknown-linux-gnu
kept=${CARGO_TARGET_DIR:-$PWD/target}/fuzz
# Longest input: what the hub takes of such a message, and for packets a story of some datagrams.
declare -A longest=([sdp]=65536 [packet]=8192 [frames]=65536 [pdf]=65536)

usage() {
    echo "usage: $0 sdp|packet|frames|pdf|all SECONDS, or a target and a file" >&2
    exit 2
}

# What `cargo fuzz` would pass: counters for every edge and the operands of comparisons. No sanitizer: the hub has no
# `unsafe`, so that panics, overflows and broken assertions are what can be found.
flags() {
    local pass=-Cllvm-args=-sanitizer-coverage
    echo "-Cpasses=sancov-module $pass-level=4 $pass-inline-8bit-counters $pass-pc-table $pass-trace-compares --cfg fuzzing"
}

build() {
    # The crates are those of the product, in the same versions.
    if [[ ! -e fuzz/Cargo.lock || Cargo.lock -nt fuzz/Cargo.lock ]]; then
        cp Cargo.lock fuzz/Cargo.lock
    fi
    (cd fuzz && RUSTFLAGS=$(flags) CARGO_TARGET_DIR=$PWD/target \
        cargo "+$toolchain" build --quiet --release --target "$triple" --bins)
}

# run TARGET SECONDS
run() {
    local target=$1 seconds=$2
    local corpus=$kept/corpus/$target findings=$kept/findings/$target seeds=$kept/seeds/$target
    mkdir -p "$corpus" "$findings"
    printf '\n== %s, %s s\n' "$target" "$seconds"
    "fuzz/target/$triple/release/$target" "$corpus" "$seeds" \
        -max_total_time="$seconds" -max_len="${longest[$target]}" -timeout=10 -rss_limit_mb=2048 \
        -artifact_prefix="$findings/" -print_final_stats=1 -verbosity=1 2>&1 |
        grep -Ev '^#[0-9]+[[:space:]]+(NEW|REDUCE|RELOAD)|NEW_FUNC|[Rr]ecommended dictionary|# Uses: '
}

[[ $# -eq 2 ]] || usage
case $1 in
    all) chosen=("${targets[@]}") ;;
    sdp | packet | frames | pdf) chosen=("$1") ;;
    *) usage ;;
esac
if [[ -f $2 && $1 != all ]]; then
    build
    exec "fuzz/target/$triple/release/$1" "$2"
fi
[[ $2 =~ ^[1-9][0-9]*$ ]] || usage

build
node fuzz/seeds.mjs "$kept/seeds"
failed=()
for target in "${chosen[@]}"; do
    run "$target" "$2" || failed+=("$target")
done
if [[ ${#failed[@]} -gt 0 ]]; then
    echo "Findings in $kept/findings, by: ${failed[*]}" >&2
    exit 1
fi
