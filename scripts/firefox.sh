#!/usr/bin/env bash
# Prints the path of a Firefox for the smoke test; as root on Debian it installs one when there is none. Without one the
# story that needs it says so and is left out. FIREFOX names another one.
set -euo pipefail

find_browser() {
    if [[ -n ${FIREFOX:-} ]]; then echo "$FIREFOX"; return; fi
    for name in firefox-esr firefox; do
        if command -v "$name"; then return; fi
    done
}

browser=$(find_browser)
if [[ -z $browser && $(id -u) -eq 0 ]] && command -v apt-get >/dev/null; then
    apt-get update -q >&2
    DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends firefox-esr >&2
    browser=$(find_browser)
fi
if [[ -z $browser ]]; then echo "Firefox is not installed; its smoke test is left out." >&2; fi
echo "$browser"
