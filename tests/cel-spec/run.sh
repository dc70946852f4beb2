#!/usr/bin/env bash
# CEL's own conformance tests through the checker and the evaluator. Needs npm, node and the package registry.
set -euo pipefail
cd "$(dirname "$0")/../.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
(cd "$folder" && npm pack --silent @bufbuild/cel-spec@0.6.1 && tar xzf ./*.tgz)
cat >"$folder/dump.mjs" <<'JS'
import { writeFileSync } from "node:fs";
const { tests } = await import(process.argv[2] + "/package/dist/esm/testdata/conformance.js");
const plain = (key, value) => {
  if (key === "bytesValue") return [...Buffer.from(value, "base64")];
  if (typeof value === "bigint") return String(value);
  if (Object.is(value, -0)) return "-0";
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
};
writeFileSync(process.argv[2] + "/tests.json", JSON.stringify(tests, plain));
JS
node "$folder/dump.mjs" "$folder"
# Unoptimised, the crate that parses takes more of the stack than a test has.
RUST_MIN_STACK=16777216 CEL_SPEC="$folder/tests.json" cargo test -p flowrun-engine --lib conformance -- --ignored --nocapture
