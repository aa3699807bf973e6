#!/usr/bin/env bash
# Says what is missing to build; as root on Debian it installs the C compiler, which Rust needs to link.
set -euo pipefail

missing() {
    echo "$1" >&2
    exit 1
}

command -v cargo >/dev/null || missing "Rust is not installed (https://rustup.rs, 1.95 or newer)."
command -v node >/dev/null || missing "Node.js is not installed (20.19 or newer)."
command -v npm >/dev/null || missing "npm is not installed; it comes with Node.js."

node -e '
    const [major, minor] = process.versions.node.split(".").map(Number);
    process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1);
' || missing "Node.js is $(node --version); 20.19 or newer is needed."

if ! command -v cc >/dev/null; then
    if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
        missing "There is no C compiler (on Debian: apt-get install build-essential)."
    fi
    apt-get update -q >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends build-essential >&2
fi
