#!/usr/bin/env bash
# Kills among four processes on one state directory.    usage: tests/shared/run.sh [KILLS [SEED]]
# Needs python3. What is done and counted is in tests/shared/kills.py.
set -euo pipefail
cd "$(dirname "$0")/../.."
# With the features that the tests have, so that nothing is built twice.
# shellcheck disable=SC2086 # they are words
cargo build --quiet ${build:---workspace --all-targets}
python3 tests/shared/kills.py "${CARGO_TARGET_DIR:-$PWD/target}/debug/flowrun" "${1:-25}" ${2:+"$2"}
