#!/usr/bin/env bash
# What may be linked, by deny.toml: cargo-deny, offline. Builds it once, into .cache/, where it is not installed.
#
# Advisories need the network; whoever has it runs `cargo deny check` as a whole. Where it cannot be had (no network), it says so, and what
# scripts/licences.mjs has checked by the same lists counts.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=0.20.2
own=$PWD/.cache/cargo-deny
export PATH=$PATH:$own/bin

if ! command -v cargo-deny >/dev/null; then
    # Without optimising: a minute instead of several, and it runs for seconds.
    timeout 900 cargo install --quiet --locked --debug --root "$own" --version "$version" cargo-deny >&2 || {
        echo "cargo-deny could not be had (cargo install --locked cargo-deny): ITS PART WAS NOT CHECKED" >&2
        exit 0
    }
fi
# The graph is that of every platform; a build fetches the crates of its own alone.
timeout 900 cargo fetch --quiet --locked >&2 || {
    echo "the crates of other platforms could not be had (cargo fetch --locked): WHAT IS LINKED WAS NOT CHECKED BY cargo-deny" >&2
    exit 0
}
cargo deny --offline check bans licenses sources
