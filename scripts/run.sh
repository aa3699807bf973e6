#!/usr/bin/env bash
# Starts the hub that was built, with the demo clinic: SQLite and keys in ./data, logs for people, warnings only.
# Any setting can be changed by its variable, such as BEDSIDE_LISTEN and BEDSIDE_PUBLIC_URL for another port.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export BEDSIDE_DATA_DIR=${BEDSIDE_DATA_DIR:-data}
export BEDSIDE_TELEMETRY__FORMAT=${BEDSIDE_TELEMETRY__FORMAT:-text}
export BEDSIDE_TELEMETRY__LOG=${BEDSIDE_TELEMETRY__LOG:-warn,rtc_dtls=error}

exec "${CARGO_TARGET_DIR:-target}/debug/bedside" serve --demo
