#!/usr/bin/env bash
# Of: sled 0.34.7 (Rust)
# Guess: A store that was closed in order has a snapshot of its pages, so that the next opening reads only what came after it.
# Seen: Neither `flush` nor dropping the database writes one. A snapshot is made by the *next* opening, of the whole log since the last one: however long a process ran and however well it ended, the next start reads all that it wrote. A second opening is quick.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cargo init --quiet --vcs none --name finding .
cat >>Cargo.toml <<'TOML'
sled = "=0.34.7"
TOML
cat >src/main.rs <<'RUST'
fn snapshots() -> Vec<String> {
    let names = std::fs::read_dir("store").unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with("snap.")).collect()
}

fn open() -> sled::Db {
    sled::Config::new().path("store").flush_every_ms(None).open().unwrap()
}

fn main() {
    let database = open();
    for number in 0..20_000_u32 {
        database.insert(number.to_be_bytes(), vec![7; 100]).unwrap();
    }
    database.flush().unwrap();
    drop(database);
    let closed = snapshots();
    drop(open());
    let opened = snapshots();
    println!("after closing: {closed:?}; after opening again: {opened:?}");
    // The name is the position up to which it goes.
    let reached = |name: &String| i64::from_str_radix(name.trim_start_matches("snap."), 16).unwrap();
    assert!(closed.iter().all(|name| reached(name) < 10_000), "closing made a snapshot");
    assert!(opened.iter().any(|name| reached(name) > 2_000_000), "opening made none");
}
RUST
cargo run --quiet
