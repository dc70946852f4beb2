#!/usr/bin/env bash
# Of: serde_yaml 0.9.34 (Rust) and PyYAML 6.0.3 (Python)
# Guess: A text that a YAML library writes is a text to every YAML library that reads it; what could be another thing is quoted.
# Seen: `12:30:45`, `1_000`, `2026-01-31`, `on` and `No` are written bare and read as two integers, a date and two booleans: one is of YAML 1.2, the other of 1.1.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

mkdir -p write/src
cat > write/Cargo.toml <<'TOML'
[package]
name = "write"
version = "0.0.0"
edition = "2024"

[dependencies]
serde_yaml = "=0.9.34"

[workspace]
TOML
cat > write/src/main.rs <<'RUST'
fn main() {
    let texts = ["12:30:45", "1_000", "2026-01-31", "on", "No", "017", "1e3"];
    print!("{}", serde_yaml::to_string(&texts).expect("YAML"));
}
RUST
cargo run --quiet --manifest-path write/Cargo.toml > written.yaml

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check PyYAML==6.0.3
python/bin/python - <<'PYTHON'
import datetime
import yaml

written = open("written.yaml").read()
read = yaml.safe_load(written)
for line, value in zip(written.splitlines(), read):
    print(f"{line:<16} is read as {value!r}")
assert read == [45045, 1000, datetime.date(2026, 1, 31), True, False, "017", "1e3"], "this has changed"
PYTHON
