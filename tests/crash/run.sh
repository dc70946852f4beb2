#!/usr/bin/env bash
# Kills at random moments.    usage: tests/crash/run.sh [ROUNDS [SEED]]
#
# Each round runs a definition against a served sandbox, kills flowrun somewhere on the way, and goes on with the run until it
# has ended. Where flowrun asks what became of an effect, the sandbox's effect log is looked at and answered from. In the end
# every effect must have been done exactly once.
set -euo pipefail
cd "$(dirname "$0")/../.."
rounds=${1:-20}
RANDOM=${2:-$$}
echo "crash: $rounds rounds, seed ${2:-$$}"

definition=$PWD/tests/crash/intake.yaml
. tests/served-sandbox.sh
flowrun=$target/flowrun

# The effects, one a line.
effects() { "$flowrun" sandbox effects -o json | tr -d '\n ' | sed 's/{"seq"/\n&/g'; }

# How many effects have `$1` in them.
count() { effects | grep -c -- "$1" || true; }

# Answers what became of the effect of node `$1` in run `$2`, whose body holds `$3`.
decide() {
    found=$(effects | grep -- "$3" || true)
    if [ -z "$found" ]; then
        "$flowrun" runs decide "$2" "$1" --did-not -q >/dev/null 2>&1
    else
        key=$(printf '%s' "$found" | sed 's/.*"issue":"\([^"]*\)".*/\1/')
        "$flowrun" runs decide "$2" "$1" --happened "$key" -q >/dev/null 2>&1
    fi
}

decisions=0
for round in $(seq "$rounds"); do
    mark="round-$round-mark"
    "$flowrun" run "$definition" "--sandbox=$url" -i "mark=$mark" --id "$mark" -q >/dev/null 2>&1 &
    run=$!
    # Between nothing and the whole run.
    sleep "0.$(printf '%03d' $((RANDOM % 120)))"
    kill -9 "$run" 2>/dev/null || true
    wait "$run" 2>/dev/null || true
    if ! "$flowrun" runs show "$mark" >/dev/null 2>&1; then
        [ "$(count "$mark")" = 0 ] || { echo "round $round: an effect of a run that is not kept"; exit 1; }
        continue
    fi
    code=0
    "$flowrun" runs resume "$mark" -q >/dev/null 2>&1 || code=$?
    while [ "$code" = 7 ]; do
        decisions=$((decisions + 1))
        node=$("$flowrun" runs show "$mark" | sed -n 's/^it is unknown whether `\(.*\)` had its effect.*/\1/p' | head -1)
        code=0
        case $node in
            file) decide "$node" "$mark" "$mark-bug" || code=$? ;;
            follow) decide "$node" "$mark" "$mark-task" || code=$? ;;
            *) echo "round $round: a decision about \`$node\`"; exit 1 ;;
        esac
    done
    [ "$code" = 0 ] || { echo "round $round: ended with $code"; "$flowrun" runs show "$mark"; exit 1; }
    for summary in "$mark-bug" "$mark-task"; do
        times=$(count "$summary")
        [ "$times" = 1 ] || { echo "round $round: $summary was made $times times"; exit 1; }
    done
done
echo "crash: every effect was done exactly once; $decisions decisions were asked for"
