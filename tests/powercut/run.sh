#!/usr/bin/env bash
# Power cuts and a full disk.    usage: tests/powercut/run.sh [ROUNDS]
#
# A store is written to on a file system of its own, in an image file. The writer is stopped and the image copied: what the
# kernel had not yet given to the disk is missing there, as after a power cut. The copy is mounted, and has to hold every record
# that had been acknowledged. Each round kills a first writer beforehand, so that the store is also opened anew.
# Needs root, and loop devices for the power cuts; where there are none it says so and ends well. In CI (`CI=true`) it fails where
# CI could have done it: as another user who may become root, and without the programs.
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-3}

skip() { doing=""; echo "power cut: skipped, $1"; exit 0; }
# What CI can do is not skipped there.
could() { if [ "${CI:-}" = true ]; then doing=""; echo "power cut: $1, which CI can provide"; exit 1; else skip "$1"; fi; }
if [ "$(id -u)" != 0 ]; then
    if sudo -n true 2>/dev/null; then could "it needs root"; else skip "it needs root"; fi
fi
command -v mkfs.ext4 >/dev/null || could "mkfs.ext4 is not installed"

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

# How many records are acknowledged.
acknowledged() { wc -l <acknowledged; }

# Writes for a moment, as writer $1, and leaves the writer stopped. A moment in which nothing is written proves nothing.
write_for_a_moment() {
    touch acknowledged
    local enough=$(($(acknowledged) + 50)) pause="0.$((RANDOM % 5))" tries=0
    "$program" write live/store "$1" >>acknowledged 2>>errors & writer=$!
    until [ "$(acknowledged)" -ge "$enough" ]; do
        tries=$((tries + 1))
        [ "$tries" -le 1000 ] || { echo "writer $1 acknowledges too little: $(acknowledged)"; cat errors; return 1; }
        sleep 0.05
    done
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
    # What nobody synced has to be missing, or nothing was cut.
    echo unsynced >live/unsynced
    cp --sparse=always disk cutdisk
    end_writer
    umount live
    mount -o loop cutdisk cut
    if [ ! -s cut/unsynced ]; then cuts=$((cuts + 1)); fi
    records=$((records + $(acknowledged)))
    "$program" check cut/store acknowledged
    [ -z "$(ls -A cut/store/blobs)" ] || { echo "data left the synced file"; return 1; }
    umount cut
}

full_disk() {
    mount -t tmpfs -o size=4m tmpfs live 2>/dev/null || skip "nothing can be mounted here"
    if "$program" write live/store 1 >acknowledged 2>errors; then echo "a full disk went unnoticed"; return 1; fi
    grep -q "no space left on device" errors || { echo "a full disk was not named:"; cat errors; return 1; }
    # Still full: either it opens, with everything acknowledged, or it says why not.
    "$program" check live/store acknowledged 2>errors || grep -q "no space left on device" errors || { cat errors; return 1; }
    mount -o remount,size=64m live
    "$program" check live/store acknowledged
    umount live
}

doing="the full disk"
full_disk
echo "power cut: a full disk is named, and loses nothing"
[ -e /dev/loop-control ] || skip "there are no loop devices"
cuts=0 records=0
# Not `power_cut || …`: in a condition, bash would go on after a failed command.
for round in $(seq "$rounds"); do
    doing="round $round"
    power_cut
done
doing="the cut"
[ "$cuts" -gt 0 ] || { echo "what was not synced was there after each cut"; exit 1; }
doing=""
echo "power cut: $rounds rounds, $cuts of them lost what was not synced, and none of $records acknowledged records was lost"
