#!/usr/bin/env bash
# Prints the path of a Chromium for the browser tests; as root on Debian it installs one when there is none.
# CHROMIUM names another one.
set -euo pipefail

find_browser() {
    if [[ -n ${CHROMIUM:-} ]]; then
        [[ -x $CHROMIUM ]] || { echo "CHROMIUM is $CHROMIUM, which cannot be run." >&2; exit 1; }
        echo "$CHROMIUM"
        return
    fi
    for name in chromium chromium-browser google-chrome; do
        if command -v "$name"; then return; fi
    done
}

browser=$(find_browser)
if [[ -z $browser ]]; then
    if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null; then
        echo "Chromium is not installed (on Debian: apt-get install chromium)." >&2
        exit 1
    fi
    apt-get update -q >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends chromium >&2
    browser=$(find_browser)
fi
echo "$browser"
