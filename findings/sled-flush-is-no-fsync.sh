#!/usr/bin/env bash
# Of: sled 0.34.7 (Rust), on Linux
# Guess: `flush()` calls fsync, as its documentation says, so that what was written before it survives a power cut.
# Seen: `insert` and `flush` make a `pwrite64` and a `sync_file_range`, and no fsync or fdatasync. The manual of sync_file_range warns that it writes no metadata and does not flush the disk's cache. Who needs the promise calls `File::sync_data` on sled's `db` file.
set -euo pipefail
command -v strace >/dev/null || { echo "it needs strace"; exit 2; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
cargo init --quiet --vcs none --name finding .
cat >>Cargo.toml <<'TOML'
sled = "=0.34.7"
TOML
cat >src/main.rs <<'RUST'
fn main() {
    let database = sled::Config::new().path("store").flush_every_ms(None).open().unwrap();
    // What opening syncs is not asked about.
    eprintln!("begin");
    for number in 0..20_u32 {
        database.insert(number.to_be_bytes(), "a value").unwrap();
        database.flush().unwrap();
    }
    eprintln!("end");
    // Nor what closing syncs.
    std::process::exit(0);
}
RUST
cargo build --quiet
strace -f -e trace=write,pwrite64,fsync,fdatasync,sync_file_range -o trace target/debug/finding 2>/dev/null
between=$(sed -n '/write(2, "begin/,/write(2, "end/p' trace)
count() { grep -c "$1" <<<"$between" || true; }
ranges=$(count 'sync_file_range(')
syncs=$(grep -cE "f(data)?sync\(" <<<"$between" || true)
echo "20 flushes: $(count 'pwrite64(') pwrite64, $ranges sync_file_range, $syncs fsync or fdatasync"
[ "$ranges" -ge 20 ] && [ "$syncs" = 0 ]
