#!/usr/bin/env bash
# What a release is made of, as CycloneDX: one file for the binary's crates, one for the packages in the portals. Into target/sbom.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=0.5.9
own=$PWD/.cache/cargo-cyclonedx
out=${CARGO_TARGET_DIR:-$PWD/target}/sbom
export PATH=$PATH:$own/bin
mkdir -p "$out"
if ! command -v cargo-cyclonedx >/dev/null; then
    # Without optimising: it runs for a second.
    cargo install --quiet --locked --debug --root "$own" --version "$version" cargo-cyclonedx >&2
fi
cargo cyclonedx --format json --manifest-path Cargo.toml --override-filename bedside-sbom --quiet
find . -name bedside-sbom.json -not -path './target/*' | while read -r found; do
    name=$(basename "$(realpath "$(dirname "$found")")")
    mv "$found" "$out/$name.cdx.json"
done
(cd clients && npm sbom --sbom-format cyclonedx --omit dev) >"$out/portals.cdx.json"
ls -l "$out" >&2
