#!/usr/bin/env bash
# Known weaknesses of what is linked and shipped: RustSec for crates, npm's for packages. Needs the network, so it is no part of `make test`:
# whoever keeps a deployment runs it every week (docs/hardening.md says how soon what it finds is mended). It fails when one of both finds
# something, and when one of both cannot be asked.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export PATH=$PATH:$PWD/.cache/cargo-deny/bin
failed=
if ! command -v cargo-deny >/dev/null; then
    echo "cargo-deny is not here: scripts/deny.sh builds it" >&2
    failed=yes
elif ! cargo deny check advisories; then
    failed=yes
fi
for folder in clients benches/peers tests/oidc; do
    echo "== $folder" >&2
    # What is shipped; what only tests and builds is told besides, and fails nothing.
    if [[ $folder == clients ]]; then
        (cd "$folder" && npm audit --omit=dev) || failed=yes
    else
        (cd "$folder" && npm audit) || echo "$folder is for tests and benchmarks only" >&2
    fi
done
[[ -z $failed ]]
