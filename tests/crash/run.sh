#!/usr/bin/env bash
# Kills at random moments.    usage: tests/crash/run.sh [ROUNDS [SEED]]
#
# Each round runs a definition against a served sandbox, kills flowrun somewhere on the way, and goes on with the run until it
# has ended. Where flowrun asks what became of an effect, the sandbox's effect log is looked at and answered from. In the end
# every effect must have been done exactly once. A round counts when its kill hit a run that was on its way; kills that come
# before the run is kept, or after it ended, are told, and do not count.
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

# Milliseconds since some moment.
now() { echo $(($(date +%s%N) / 1000000)); }

# Becomes flowrun with a run of its own, so that a signal to it is a signal to flowrun.
run() { exec "$flowrun" run "$definition" "--sandbox=$url" -i "mark=$1" --id "$1" -q >/dev/null 2>&1; }

# Every effect of the run with the mark `$1` must have been done once.
check() {
    for summary in "$1-bug" "$1-task"; do
        times=$(count "$summary")
        [ "$times" = 1 ] || { echo "$1: $summary was made $times times"; exit 1; }
    done
}

# How long a run takes that nobody kills: the kills come within that time.
begun=$(now)
(run whole)
length=$(($(now) - begun))
check whole
echo "crash: a run takes $length ms"

decisions=0 tries=0 early=0 late=0 round=0
after=(0 0 0)
while [ "$round" -lt "$rounds" ]; do
    tries=$((tries + 1))
    [ "$tries" -le $((rounds * 20)) ] || { echo "crash: of $tries kills only $round hit a run on its way"; exit 1; }
    mark="try-$tries-mark"
    run "$mark" &
    run=$!
    pause=$((RANDOM % (length + 1)))
    sleep "$((pause / 1000)).$(printf '%03d' $((pause % 1000)))"
    kill -KILL "$run" 2>/dev/null || true
    code=0
    wait "$run" 2>/dev/null || code=$?
    if ! "$flowrun" runs show "$mark" >/dev/null 2>&1; then
        [ "$code" = 137 ] || { echo "$mark: a run that ended with $code is not kept"; exit 1; }
        [ "$(count "$mark")" = 0 ] || { echo "$mark: an effect of a run that is not kept"; exit 1; }
        early=$((early + 1))
        continue
    fi
    case $code in
        137)
            round=$((round + 1))
            made=$(count "$mark")
            after[made]=$((after[made] + 1))
            ;;
        0) late=$((late + 1)) ;;
        *) echo "$mark: ended with $code, and was not killed"; exit 1 ;;
    esac
    code=0
    "$flowrun" runs resume "$mark" -q >/dev/null 2>&1 || code=$?
    while [ "$code" = 7 ]; do
        decisions=$((decisions + 1))
        node=$("$flowrun" runs show "$mark" | sed -n 's/^it is unknown whether `\(.*\)` had its effect.*/\1/p' | head -1)
        code=0
        case $node in
            file) decide "$node" "$mark" "$mark-bug" || code=$? ;;
            follow) decide "$node" "$mark" "$mark-task" || code=$? ;;
            *) echo "$mark: a decision about \`$node\`"; exit 1 ;;
        esac
    done
    [ "$code" = 0 ] || { echo "$mark: ended with $code"; "$flowrun" runs show "$mark"; exit 1; }
    check "$mark"
done
echo "crash: $round kills hit a run on its way, ${after[0]} before its effects, ${after[1]} between them, ${after[2]} after them;" \
    "$early came before the run was kept, $late after its end"
echo "crash: every effect was done exactly once; $decisions decisions were asked for"
