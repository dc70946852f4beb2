#!/usr/bin/env bash
# Of: serde_yaml 0.9.34 (Rust)
# Guess: Its `Value` takes any plain scalar: an integer that fits nothing larger becomes a float, as in JSON.
# Seen: 18446744073709551615 is a number, one more is an error of the whole document, and forty digits are a float. 1e400 is a text.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

mkdir src
cat > Cargo.toml <<'TOML'
[package]
name = "large"
version = "0.0.0"
edition = "2024"

[dependencies]
serde_yaml = "=0.9.34"

[workspace]
TOML
cat > src/main.rs <<'RUST'
use serde_yaml::Value;

fn kind(scalar: &str) -> &'static str {
    match serde_yaml::from_str::<Value>(scalar) {
        Ok(Value::Number(number)) if number.is_f64() => "float",
        Ok(Value::Number(_)) => "integer",
        Ok(Value::String(_)) => "text",
        Ok(_) => "another",
        Err(_) => "error",
    }
}

fn main() {
    let forty = "1234567890".repeat(4);
    let seen = ["18446744073709551615", "18446744073709551616", &forty, "1e308", "1e400"].map(|scalar| {
        println!("{scalar:<40} {}", kind(scalar));
        kind(scalar)
    });
    assert_eq!(seen, ["integer", "error", "float", "float", "text"], "this has changed");
}
RUST
cargo run --quiet
