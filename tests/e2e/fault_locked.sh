# A store that stays locked: add waits for a minute, then gives up with exit 8, and the same command then works.
. "$(dirname "$0")/lib_faults.sh"
need flock
new_repo shop
cd shop
seq 1000 >numbers.txt
expect 0 cairn add numbers.txt
seq 2000 >numbers.txt
flock -xo .git/cairn/LOCK sleep 300 &
holder=$!
until ! flock -xn .git/cairn/LOCK true; do :; done
start=$SECONDS
expect 8 timeout 120 "$CAIRN_BIN" add numbers.txt
message '.git/cairn/LOCK' 'locked'
[ $((SECONDS - start)) -lt 90 ] || fail 'waited for too long'
kill $holder
wait $holder 2>/dev/null || true
expect 0 cairn add numbers.txt
sound
