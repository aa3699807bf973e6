#!/usr/bin/env bash
# Scans the hub's TLS from outside, with sslscan of Debian: TLS 1.3 and its three suites, and nothing else. Installs it (as root)
# and starts the hub that was built, on ports and with a certificate of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

hub=${BEDSIDE_BIN:-${CARGO_TARGET_DIR:-$PWD/target}/debug/bedside}
# A slow mirror does not hold up everything else: versions and suites have stories of their own in tests/hub/stories/tls.rs.
installs() {
    timeout 300 apt-get update -q &&
        DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -q -y --no-install-recommends "${missing[@]}"
}

missing=()
for tool in sslscan openssl; do
    command -v "$tool" >/dev/null || missing+=("$tool")
done
if [[ ${#missing[@]} -gt 0 ]]; then
    if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null || ! installs >&2; then
        echo "${missing[*]} not installed (on Debian: apt-get install sslscan openssl): NOTHING WAS SCANNED" >&2
        exit 0
    fi
fi

folder=$(mktemp -d)
pid=
finish() {
    if [[ -n $pid ]]; then kill "$pid" && wait "$pid" || true; fi
    rm -rf "$folder"
}
trap finish EXIT
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2>/dev/null

# scans MINIMUM: what sslscan says of a hub with that setting, as XML.
scans() {
    local plain secure tries=0
    plain=$(node scripts/free-port.mjs 18480)
    secure=$(node scripts/free-port.mjs 18490)
    # Of the scan before: it would say that this hub serves.
    rm -f "$folder/log"
    env -i PATH="$PATH" BEDSIDE_LISTEN="127.0.0.1:$plain" BEDSIDE_TLS__LISTEN="127.0.0.1:$secure" \
        BEDSIDE_TLS__CERTIFICATE="$folder/certificate.pem" BEDSIDE_TLS__KEY="$folder/key.pem" \
        BEDSIDE_TLS__MINIMUM="\"$1\"" BEDSIDE_PUBLIC_URL="https://localhost:$secure" \
        BEDSIDE_DATA_DIR="$folder/data" BEDSIDE_MEDIA__LISTEN=127.0.0.1:0 "$hub" serve 2>"$folder/log" &
    pid=$!
    until grep -qs '"serving"' "$folder/log" || ! kill -0 "$pid" 2>/dev/null; do
        tries=$((tries + 1))
        if [[ $tries -gt 300 ]]; then break; fi
        sleep 0.1
    done
    if ! timeout 120 sslscan --no-colour --show-times --xml="$folder/$1.xml" "127.0.0.1:$secure" >"$folder/$1.txt"; then
        cat "$folder/log" >&2
        exit 1
    fi
    kill "$pid"
    wait "$pid" || true
    pid=
}

# allows FILE WORD…: the versions that are spoken are these.
allows() {
    local file=$1 found wanted
    shift
    found=$(grep -o '<protocol type="[a-z]*" version="[0-9.]*" enabled="1"' "$file" | sed -E 's/.*type="([a-z]*)" version="([0-9.]*)".*/\1\2/' | sort | xargs)
    wanted=$(printf '%s\n' "$@" | sort | xargs)
    if [[ $found != "$wanted" ]]; then
        echo "spoken: $found; wanted: $wanted" >&2
        exit 1
    fi
}

# suites FILE PATTERN: every suite that is taken fits.
suites() {
    local all wrong
    all=$(grep -o '<cipher [^>]*cipher="[^"]*"' "$1" | sed -E 's/.*cipher="([^"]*)".*/\1/' | sort -u)
    wrong=$(grep -vE "$2" <<<"$all" || true)
    if [[ -z $all || -n $wrong ]]; then
        echo "suites: $(xargs <<<"$all"); wrong: $(xargs <<<"$wrong")" >&2
        exit 1
    fi
    echo "$(basename "$1" .xml): $(xargs <<<"$all")"
}

scans 1.3
allows "$folder/1.3.xml" tls1.3
suites "$folder/1.3.xml" '^TLS_(AES_128_GCM_SHA256|AES_256_GCM_SHA384|CHACHA20_POLY1305_SHA256)$'
scans 1.2
allows "$folder/1.2.xml" tls1.2 tls1.3
suites "$folder/1.2.xml" '^(TLS_(AES_(128|256)_GCM_SHA(256|384)|CHACHA20_POLY1305_SHA256)|ECDHE-(ECDSA|RSA)-(AES(128|256)-GCM-SHA(256|384)|CHACHA20-POLY1305))$'
for file in "$folder"/1.*.xml; do
    if grep -E 'heartbleed[^>]*vulnerable="1"|<compression supported="1"' "$file"; then exit 1; fi
done
