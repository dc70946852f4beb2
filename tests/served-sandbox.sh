# For scripts that kill things: builds all, moves to an empty directory, and serves a sandbox there until the script ends.
# Sourced at the root of the repository, with `set -e`. Takes $build, what to build; gives $target (the debug build), $work and $url.

# With the features that the tests have, so that nothing is built twice.
# shellcheck disable=SC2086 # they are words
cargo build --quiet ${build:---workspace --all-targets}
target=${CARGO_TARGET_DIR:-$PWD/target}/debug
work=$(mktemp -d)
sandbox=
cleanup() {
    if [ -n "$sandbox" ]; then
        kill "$sandbox" 2>/dev/null || true
        wait "$sandbox" 2>/dev/null || true
    fi
    rm -rf "$work"
}
trap cleanup EXIT
cd "$work"
export HOME=$work FLOWRUN_STATE_DIR=$work/state

"$target/flowrun" sandbox --listen 127.0.0.1:0 -o json >description &
sandbox=$!
until [ -s description ]; do kill -0 "$sandbox"; done
url=$(sed 's/.*"site_url":"\([^"]*\)".*/\1/' description)
