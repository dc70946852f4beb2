#!/usr/bin/env bash
# Keeps access tokens with a real keyring, GNOME's, on a bus of its own.    usage: tests/keyring/run.sh
#
# Skipped, and says so, where one of the programs is missing that this takes; a failure with `CI=true`. Not in `.ci/run`: a build
# with the feature is minutes of its own; there a map plays the keyring (activities/access-token/src/store/tests/keyring.rs).
set -euo pipefail
cd "$(dirname "$0")/../.."
for needed in dbus-run-session gnome-keyring-daemon secret-tool gdbus; do
    if ! command -v "$needed" >/dev/null; then
        echo "keyring: skipped, there is no $needed"
        if [ "${CI:-}" = true ]; then exit 1; else exit 0; fi
    fi
done
# What these programs say of a machine without a screen is nothing.
if [ "${1:-}" != inside ]; then exec dbus-run-session -- bash "$0" inside 2> >(grep -v '^$\|^dbus-daemon\|gcr-prompter' >&2); fi

root=$PWD home=$HOME
export build="-p flowrun -p flowrun-jira --bin flowrun --example refresh --features flowrun/keyring"
. tests/served-sandbox.sh
export XDG_DATA_HOME=$work/data XDG_CONFIG_HOME=$work/config XDG_RUNTIME_DIR=$work/runtime
mkdir -m 700 "$XDG_RUNTIME_DIR"
tokens=$XDG_DATA_HOME/flowrun/tokens
FLOWRUN_API_TOKEN=$(grep -o '"api_token":"[^"]*"' description | head -1 | cut -d '"' -f 4)
export FLOWRUN_API_TOKEN

flowrun() { "$target/flowrun" --no-input "$@" >told 2>&1; }
add() { flowrun token add "$@" --kind api-token --site "$url" --email admin@example.com "--sandbox=$url"; }
fail() { echo "keyring: $1"; cat told; exit 1; }
# What must be in what was told last.
tells() { grep -q -- "$1" told || fail "it does not say: $1"; }
# How many keys of flowrun the keyring must have.
has_keys() {
    found=$(secret-tool search --all service flowrun 2>&1 | grep -c '^label = ' || true)
    [ "$found" = "$1" ] || fail "$found keys in the keyring, not $1"
}

echo "keyring: none that answers"
bus=$DBUS_SESSION_BUS_ADDRESS
export DBUS_SESSION_BUS_ADDRESS=unix:path=$work/nowhere
add plain || fail "nothing is kept"
tells 'kept in a file that only you can read: no keyring'
grep -q "$FLOWRUN_API_TOKEN" "$tokens/plain.token" || fail "it is not an open file"
if add other --keep keyring; then fail "it was kept without a keyring"; fi
tells 'FR0904.*the keyring cannot be used'
[ ! -e "$tokens/other.token" ] || fail "something is kept"
export DBUS_SESSION_BUS_ADDRESS=$bus

echo "keyring: one that is open"
printf password | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null
add one || fail "it is not kept"
tells 'sealed with a key in the keyring'
add two || fail "the second is not kept"
has_keys 2
if grep -q "$FLOWRUN_API_TOKEN" "$tokens/one.token"; then fail "the secret is in the file"; fi
flowrun token test one || fail "it does not work"
add one || fail "it is not added again"
has_keys 2
add two --keep file || fail "it is not kept in a file"
has_keys 1
mkdir -m 700 copy
cp -p "$tokens/one.token" copy/
flowrun token remove one --yes || fail "it is not removed"
has_keys 0
if flowrun --tokens-dir copy token show one; then fail "a copy opens without its key"; fi
tells 'the keyring does not have the key of'

echo "keyring: renewals of what it seals"
(cd "$root" && HOME=$home keep=keyring bash tests/refresh/run.sh 3 8 1)
has_keys 1

echo "keyring: one that is locked"
add one || fail "it is not kept"
gdbus call --session --dest org.freedesktop.secrets --object-path /org/freedesktop/secrets \
    --method org.freedesktop.Secret.Service.Lock '["/org/freedesktop/secrets/collection/login"]' >/dev/null
if flowrun token show one; then fail "it opens with a locked keyring"; fi
tells 'the keyring cannot be used: it is locked'
if add three; then fail "it is kept in a file, and nobody said so"; fi
tells 'the keyring cannot be used: it is locked'
add one --keep file || fail "it is not kept in a file instead"
tells 'is replaced, and nothing of it is taken over: the keyring cannot be used'
flowrun token show one || fail "it does not open"
echo "keyring: passed"
