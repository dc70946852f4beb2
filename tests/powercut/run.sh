#!/usr/bin/env bash
# Power cuts and a full disk.    usage: tests/powercut/run.sh [ROUNDS]
#
# A store is written to on a file system of its own, in an image file. The writer is stopped and the image copied: what the
# kernel had not yet given to the disk is missing there, as after a power cut. The copy is mounted, and has to hold every record
# that had been acknowledged. Each round kills a first writer beforehand, so that the store is also opened anew.
# Needs root and loop devices; says so and ends well without them.
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-3}

skip() { doing=""; echo "power cut: skipped, $1"; exit 0; }
[ "$(id -u)" = 0 ] || skip "it needs root"
[ -e /dev/loop-control ] || skip "there are no loop devices"
command -v mkfs.ext4 >/dev/null || skip "mkfs.ext4 is not installed"

# With the features that the tests have, so that nothing is built twice.
# shellcheck disable=SC2086 # they are words
cargo build --quiet ${build:---workspace --all-targets}
program=${CARGO_TARGET_DIR:-$PWD/target}/debug/examples/powercut
work=$(mktemp -d)
doing=""
cleanup() {
    [ -z "$doing" ] || echo "power cut: $doing failed"
    cd /
    umount "$work/live" "$work/cut" 2>/dev/null || true
    rm -rf "$work"
}
trap cleanup EXIT
cd "$work"
mkdir live cut

# Writes for a moment, as writer $1, and leaves the writer stopped.
write_for_a_moment() {
    "$program" write live/store "$1" >>acknowledged 2>>errors & writer=$!
    local pause="0.$((RANDOM % 5 + 2))"
    sleep "$pause"
    kill -STOP "$writer" || { cat errors; return 1; }
}

end_writer() { kill -KILL "$writer"; wait "$writer" 2>/dev/null || true; }

power_cut() {
    rm -f disk cutdisk acknowledged errors
    truncate -s 128M disk
    mkfs.ext4 -q -F disk
    mount -o loop disk live 2>/dev/null || skip "an image cannot be mounted here"
    write_for_a_moment 1
    end_writer
    write_for_a_moment 2
    cp --sparse=always disk cutdisk
    end_writer
    umount live
    mount -o loop cutdisk cut
    "$program" check cut/store acknowledged
    [ -z "$(ls -A cut/store/blobs)" ] || { echo "data left the synced file"; return 1; }
    umount cut
}

full_disk() {
    mount -t tmpfs -o size=4m tmpfs live
    if "$program" write live/store 1 >acknowledged 2>errors; then echo "a full disk went unnoticed"; return 1; fi
    grep -q "no space left on device" errors || { echo "a full disk was not named:"; cat errors; return 1; }
    # Still full: either it opens, with everything acknowledged, or it says why not.
    "$program" check live/store acknowledged 2>errors || grep -q "no space left on device" errors || { cat errors; return 1; }
    mount -o remount,size=64m live
    "$program" check live/store acknowledged
    umount live
}

# Not `power_cut || …`: in a condition, bash would go on after a failed command.
for round in $(seq "$rounds"); do
    doing="round $round"
    power_cut
done
doing="the full disk"
full_disk
doing=""
echo "power cut: $rounds rounds, nothing acknowledged was lost; a full disk is named and loses nothing"
