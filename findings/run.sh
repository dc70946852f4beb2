#!/usr/bin/env bash
# Runs all findings, or those whose names begin with the first argument, and tells which still hold.
set -u
cd "$(dirname "$0")" || exit 2

held=0 changed=()
for finding in ./"${1:-}"*.sh; do
    [ "$finding" = ./run.sh ] && continue
    sed -n 's/^# \(Of\|Guess\|Seen\): /\1: /p' "$finding"
    if "$finding"; then
        held=$((held + 1))
    else
        changed+=("$finding")
    fi
    echo
done
echo "$held hold, ${#changed[@]} changed: ${changed[*]:-none}"
[ "$held" -gt 0 ] && [ "${#changed[@]}" -eq 0 ]
