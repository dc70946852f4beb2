#!/usr/bin/env bash
# Of: PyYAML 6.0.3 (Python)
# Guess: JSON is YAML, so a YAML library reads a JSON document as a JSON library does.
# Seen: The number `1e3` is read as the text "1e3": to YAML 1.1 a float has a dot and its exponent a sign. Of four ways in which JSON writes a thousand, two are numbers.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"

python3 -m venv python
python/bin/pip install --quiet --disable-pip-version-check PyYAML==6.0.3
python/bin/python - <<'PYTHON'
import json
import yaml

written = ["1e3", "1.0e3", "1.0e+3", "1000.0"]
for text in written:
    document = '{"n": %s}' % text
    print(f"{document:<14} JSON {json.loads(document)['n']!r:<8} YAML {yaml.safe_load(document)['n']!r}")
read = [yaml.safe_load('{"n": %s}' % text)["n"] for text in written]
assert all(json.loads(text) == 1000.0 for text in written)
assert read == ["1e3", "1.0e3", 1000.0, 1000.0], "this has changed"
PYTHON
