#!/usr/bin/env bash
# Renews one access token from many processes that are killed.    usage: tests/refresh/run.sh [PROCESSES [REFRESHES [SEED]]]
#
# Each of PROCESSES renews the access token until it has done so REFRESHES times and was killed at least three times, with SIGKILL
# and whatever it was doing, and is started again. In the end the sandbox is asked: no family of refresh tokens may have ended, and one more
# renewal must work. With `keep=keyring` in the environment, a keyring seals the access token.
set -euo pipefail
cd "$(dirname "$0")/../.."
processes=${1:-4}
refreshes=${2:-25}
RANDOM=${3:-$$}
echo "refresh: $processes processes, $refreshes renewals each, seed ${3:-$$}"

. tests/served-sandbox.sh
worker=$target/examples/refresh
"$worker" consent "$url" tokens ${keep:+"$keep"}

# A process that was never killed on its way has shown nothing.
fewest_kills=3

# What a worker said that it did.
done_by() { grep -c '^renewed' "$1" || true; }

# One process that is killed and started again until it has done its share. It gives up when a renewal fails for good.
share() {
    log=$work/log.$1
    : >"$log"
    kills=0
    RANDOM=$2
    while [ "$(done_by "$log")" -lt "$refreshes" ] || [ "$kills" -lt "$fewest_kills" ]; do
        "$worker" renew "$url" tokens "$refreshes" >>"$log" 2>"$work/error.$1" &
        pid=$!
        # Between nothing and some renewals.
        sleep "0.$(printf '%03d' $((RANDOM % 400)))"
        kill -9 "$pid" 2>/dev/null || true
        code=0
        wait "$pid" 2>/dev/null || code=$?
        case $code in
            137) kills=$((kills + 1)) ;;
            0) ;;
            *) echo "process $1: $(cat "$work/error.$1")"; return 1 ;;
        esac
    done
    echo "$kills" >"$work/kills.$1"
}

shares=()
for process in $(seq "$processes"); do
    share "$process" "$RANDOM" &
    shares+=($!)
done
failed=0
for pid in "${shares[@]}"; do wait "$pid" || failed=1; done
status=$("$worker" witness "$url")
# How long nobody brought a renewal to its end: past ten minutes Jira itself forgets, and the test proves nothing.
gap=$({ cat log.*; echo "now 0 $(date +%s)"; } | awk '{ print $3 }' | sort -n |
    awk 'NR > 1 && $1 - before > longest { longest = $1 - before } { before = $1 } END { print longest + 0 }')
[ "$failed" = 0 ] || {
    echo "refresh: a renewal failed; the longest time without any was $gap s; the sandbox says: $status"
    exit 1
}

"$worker" renew "$url" tokens 1 >last
ended=$(printf '%s' "$status" | grep -o '"ended":[^,}]*' | grep -vc null || true)
[ "$ended" = 0 ] || { echo "refresh: a family ended: $status"; exit 1; }
grep -q '^renewed 200 ' last || { echo "refresh: the last bearer is not taken: $(cat last)"; exit 1; }
others=$(find tokens -type f ! -perm 600)
[ -z "$others" ] || { echo "refresh: others can read $others"; exit 1; }
sum() { awk '{ sum += $1 } END { print sum + 0 }'; }
requests=$(printf '%s' "$status" | grep -o '"refreshes":[0-9]*' | tr -dc '0-9\n' | sum)
kills=$(cat kills.* | sum)
renewals=$(cat log.* | grep -c '^renewed')
[ "$renewals" -ge $((processes * refreshes)) ] || { echo "refresh: only $renewals renewals"; exit 1; }
[ "$kills" -ge $((processes * fewest_kills)) ] || { echo "refresh: only $kills kills"; exit 1; }
echo "refresh: no family was lost; $renewals renewals, $requests refreshes at the sandbox, $kills kills, $gap s the longest time without a renewal"
