#!/usr/bin/env bash
# Puts nginx with docs/runbook/nginx.conf in front of the hub that was built, on ports of its own, and looks at what comes through: pages, a
# call, a socket, bodies, what is for inside, whose address is believed, and what the proxy's log says. Installs nginx (as root).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

hub=${BEDSIDE_BIN:-${CARGO_TARGET_DIR:-$PWD/target}/debug/bedside}
# A slow mirror does not hold up everything else.
installs() {
    timeout 300 apt-get update -q &&
        DEBIAN_FRONTEND=noninteractive timeout 300 apt-get install -q -y --no-install-recommends "${missing[@]}"
}

missing=()
for tool in nginx openssl curl; do
    package=$tool
    if [[ $tool == nginx ]]; then package=nginx-light; fi
    command -v "$tool" >/dev/null || missing+=("$package")
done
if [[ ${#missing[@]} -gt 0 ]]; then
    if [[ $(id -u) -ne 0 ]] || ! command -v apt-get >/dev/null || ! installs >&2; then
        echo "${missing[*]} not installed (on Debian: apt-get install nginx-light openssl curl): NOTHING WAS LOOKED AT" >&2
        exit 0
    fi
fi

folder=$(mktemp -d)
hub_pid=
proxy_pid=
finish() {
    for it in $proxy_pid $hub_pid; do kill "$it" 2>/dev/null && wait "$it" || true; done
    rm -rf "$folder"
}
trap finish EXIT

plain=$(node scripts/free-port.mjs 18580)
secure=$(node scripts/free-port.mjs 18590)
own=$(node scripts/free-port.mjs 18600)
url=https://localhost:$secure
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost \
    -addext subjectAltName=DNS:localhost -keyout "$folder/key.pem" -out "$folder/certificate.pem" 2>/dev/null
sed -e "s#/run/nginx.pid#$folder/pid#; s#/var/log/nginx/#$folder/#; s#/etc/bedside/#$folder/#" \
    -e "s#server 127.0.0.1:8080#server 127.0.0.1:$own#; s#listen 80;#listen 127.0.0.1:$plain;#" \
    -e "s#listen 443 ssl#listen 127.0.0.1:$secure ssl#; s#clinic.example\$request_uri#localhost:$secure\$request_uri#" \
    -e "s#server_name clinic.example#server_name localhost#" docs/runbook/nginx.conf >"$folder/nginx.conf"
# What it keeps for a while is in its own folder as well: nobody has to own /var/lib/nginx.
for it in client_body proxy fastcgi uwsgi scgi; do
    sed -i "s#^http {#http {\n    ${it}_temp_path $folder/temp-$it;#" "$folder/nginx.conf"
done

env -i PATH="$PATH" BEDSIDE_LISTEN="127.0.0.1:$own" BEDSIDE_PUBLIC_URL="$url" BEDSIDE_TRUSTED_PROXIES='["127.0.0.1"]' \
    BEDSIDE_DATA_DIR="$folder/data" BEDSIDE_MEDIA__LISTEN=127.0.0.1:0 "$hub" serve --demo >"$folder/said" 2>"$folder/log" &
hub_pid=$!
tries=0
until grep -qs '"serving"' "$folder/log"; do
    tries=$((tries + 1))
    if [[ $tries -gt 600 ]] || ! kill -0 "$hub_pid" 2>/dev/null; then
        cat "$folder/log" >&2
        exit 1
    fi
    sleep 0.1
done
nginx -e "$folder/error.log" -c "$folder/nginx.conf" -g 'daemon off;' &
proxy_pid=$!
unstarted() {
    cat "$folder/error.log" >&2
    exit 1
}
ask() { curl -sk --http1.1 --max-time 20 "$@"; }
tries=0
until ask -o /dev/null "$url/healthz"; do
    tries=$((tries + 1))
    if [[ $tries -gt 100 ]] || ! kill -0 "$proxy_pid" 2>/dev/null; then unstarted; fi
    sleep 0.1
done

failed=0
# is WHAT FOUND WANTED
is() {
    if [[ $2 == "$3" ]]; then
        echo "ok: $1: $2"
    else
        echo "WRONG: $1: $2, and not $3" >&2
        failed=1
    fi
}
status() { ask -o /dev/null -w '%{http_code}' "$@"; }

# Without pages that were built the hub says so with 503.
page=503
if [[ -d clients/portals/dist ]]; then page=200; fi
is 'a page, by HTTP/2' "$(curl -sk -o /dev/null -w '%{http_version} %{http_code}' "$url/")" "2 $page"
ask -D "$folder/headers" -o /dev/null "$url/"
for it in content-security-policy strict-transport-security x-content-type-options; do
    is "$it once" "$(grep -ci "^$it:" "$folder/headers")" 1
done
is 'the plain address leads to the other' "$(curl -s -o /dev/null -w '%{http_code} %{redirect_url}' "http://localhost:$plain/book?x=1")" "308 $url/book?x=1"
is 'a call of nobody' "$(status "$url/v1/me")" 401
words=$(grep -A1 '^patient@demo' "$folder/data/demo-accounts.txt" | tail -1 | xargs)
token=$(ask -H 'Content-Type: application/json' -d "{\"email\":\"patient@demo.invalid\",\"password\":\"$words\"}" "$url/v1/auth/login" |
    sed -nE 's/.*"access_token":"([^"]*)".*/\1/p')
is 'a call of somebody' "$(status -H "Authorization: Bearer $token" "$url/v1/me")" 200
upgrade=(-H 'Connection: Upgrade' -H 'Upgrade: websocket' -H 'Sec-WebSocket-Version: 13' -H 'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=='
    -H 'Sec-WebSocket-Protocol: bedside.v1.json')
is 'a socket' "$(status "${upgrade[@]}" -H "Origin: $url" --max-time 2 "$url/v1/socket" || true)" 101
is 'a socket of another origin' "$(status "${upgrade[@]}" -H 'Origin: https://evil.example' --max-time 5 "$url/v1/socket")" 403
is 'frames both ways' "$(timeout 60 node scripts/edge.mjs "$url" "$token" "$folder/certificate.pem")" 'welcome'
head -c 70000 /dev/zero >"$folder/large"
is 'a body that is too large' "$(status -H 'Content-Type: application/json' --data-binary "@$folder/large" "$url/v1/auth/login")" 413
is 'a piece of a file of nobody is the hub'"'"'s to refuse' "$(status -X PATCH -H 'Content-Type: application/partial-upload' -H 'Upload-Offset: 0' \
    -H 'Upload-Complete: ?1' --data-binary "@$folder/large" "$url/v1/files/018f0000-0000-7000-8000-000000000001/content")" 401
for it in /metrics /readyz /drills/media-workers/0/kill; do
    is "$it is for inside" "$(status "$url$it")" 404
done

# What a client writes into X-Forwarded-For is not passed on: all of these are of one address.
last=200
for n in $(seq 1 80); do
    last=$(status -H "X-Forwarded-For: 203.0.113.$n" -H 'Content-Type: application/json' -d "{\"join_token\":\"$(printf '%043d' "$n")\"}" "$url/v1/video/sessions")
    if [[ $last == 429 ]]; then break; fi
done
is 'a made-up address passes no limit' "$last" 429
ask -o /dev/null "$url/book?secret=word-of-a-query" -H 'Referer: https://localhost/?word-of-a-query'
ask -o /dev/null -H 'Content-Type: application/json' --data-binary "@$folder/large" "$url/v1/auth/login?secret=word-of-a-query"
is 'no query in the logs of the proxy' "$(cat "$folder/access.log" "$folder/error.log" | grep -c 'word-of-a-query' || true)" 0
is 'and the path is there' "$(grep -c ' /book ' "$folder/access.log" || true)" 1
exit $failed
