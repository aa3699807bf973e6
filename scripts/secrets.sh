#!/usr/bin/env bash
# Looks for secrets in everything that is committed or about to be, and in the portals when they were built: keys, tokens,
# passwords in addresses. The rules are those of secretlint, pinned in scripts/secrets; what is made up and allowed stands by
# name in its settings. Works offline once the packages are there. Begins with a test of itself.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

here=$PWD/scripts/secrets
if [[ ! -e $here/node_modules/.package-lock.json || $here/package-lock.json -nt $here/node_modules/.package-lock.json ]]; then
    npm ci --prefix "$here" --ignore-scripts --no-audit --no-fund >/dev/null
    touch "$here/node_modules/.package-lock.json"
fi
scan() {
    node "$here/node_modules/secretlint/bin/secretlint.js" --secretlintrc "$here/secretlintrc.json" \
        --no-glob --maskSecrets "$@"
}

planted=$(mktemp -d)
trap 'rm -rf "$planted"' EXIT
# In two halves, so that this file holds none.
pem() {
    printf -- '-----BEGIN %s KEY-----\n%s%s\n-----END %s KEY-----\n' PRIVATE "$1" "$(head -c "$2" /dev/urandom | base64 -w0)" PRIVATE
}
pem MIIEvQIBADANBgkqhkiG9w0B 1200 >"$planted/rsa.pem"
pem MC4CAQAwBQYDK2VwBCIEI 30 >"$planted/ed25519.pem"
printf 'url = "https://%s:%s@registry.example.org/"\n' clinic "$(head -c 12 /dev/urandom | od -An -tx1 | tr -d ' ')" >"$planted/auth.toml"
printf 'token = "%s%s"\n' ghp_ "$(head -c 64 /dev/urandom | base64 -w0 | tr -dc 'A-Za-z0-9' | head -c 36)" >"$planted/token.txt"
for file in "$planted"/*; do
    if scan "$file" >/dev/null 2>&1; then
        echo "what was planted in $(basename "$file") was not found" >&2
        exit 1
    fi
done

# Whatever git does not ignore, but for what is no text; names of deleted files are left out.
mapfile -d '' files < <(git ls-files -z --cached --others --exclude-standard)
all=()
for file in "${files[@]}"; do
    case $file in
        *.png | *.jpg | *.woff2 | *.ico | *.wasm) continue ;;
    esac
    if [[ -f $file ]]; then all+=("$file"); fi
done
for folder in clients/portals/dist clients/js/dist; do
    if [[ -d $folder ]]; then
        while IFS= read -r -d '' file; do all+=("$file"); done < <(find "$folder" -type f -name '*.*s' -print0)
    fi
done
[[ ${#all[@]} -gt 500 ]] || { echo "nothing was read" >&2; exit 1; }
printf '%s\0' "${all[@]}" | xargs -0 -n 4000 bash -c '
    node "$0/node_modules/secretlint/bin/secretlint.js" --secretlintrc "$0/secretlintrc.json" --no-glob --maskSecrets "$@"
' "$here"
echo "${#all[@]} files hold no secret."
