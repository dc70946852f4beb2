#!/usr/bin/env bash
# sled 0.34.7
#
# Guessed: a file that sled did not write is refused: each segment of a store has a header with a checksum, and `open` gives an error
#   of its own for files that cannot be read (`Error::Corruption`).
# Seen: a text file in the place of `db` is opened without an error, as an empty database (`was_recovered` is false), and the first
#   flush writes over it. Who opens a directory that somebody named has to look before sled does.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cargo init --quiet --vcs none --name finding .
cat >>Cargo.toml <<'TOML'
sled = "=0.34.7"
TOML
cat >src/main.rs <<'RUST'
const TEXT: &str = "A letter, which is no database.\n";

fn main() {
    std::fs::create_dir("store").unwrap();
    std::fs::write("store/db", TEXT.repeat(40)).unwrap();
    let database = sled::Config::new().path("store").flush_every_ms(None).open().expect("it was refused");
    println!("recovered: {}, keys: {}", database.was_recovered(), database.len());
    assert!(!database.was_recovered() && database.is_empty());
    database.insert("key", "value").unwrap();
    database.flush().unwrap();
    drop(database);
    let now = std::fs::read("store/db").unwrap();
    assert!(!now.starts_with(TEXT.as_bytes()), "the text was left alone");
    println!("the first {} bytes of the text were written over", TEXT.len());
}
RUST
cargo run --quiet
