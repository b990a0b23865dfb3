# Standard streams that are full, closed or have no reader: an error or silence, never text in a file of ours.
. "$(dirname "$0")/lib.sh"

new_repo shop
cd shop
for i in $(seq 1 3000); do echo "$i"; done >small
mkdir data && (cd data && seq 1 4000 | xargs touch)
cairn add small data >/dev/null && git commit -qm v1

# --- whoever reads has enough: as silent as other tools ---
for words in 'ls' 'ls --json' 'cat small' 'log small' 'status --json' 'help'; do
  # shellcheck disable=SC2086
  { got=0; cairn $words 2>"$scratch/err" || got=$?; echo $got >"$scratch/code"; } | true
  [ ! -s "$scratch/err" ] || fail "cairn $words into a closed pipe: $(cat "$scratch/err")"
  case $(cat "$scratch/code") in 0 | 141) ;; *) fail "cairn $words into a closed pipe: exit $(cat "$scratch/code")" ;; esac
done
cairn ls | head -1 >"$scratch/out" || [ $? = 141 ] || fail 'ls into head'
[ "$(wc -l <"$scratch/out")" = 1 ] || fail 'the line that was read'

# --- a full disk behind it ---
if [ -c /dev/full ]; then
  for words in 'ls' 'cat small' 'status' 'status --json'; do
    got=0
    # shellcheck disable=SC2086
    cairn $words 2>"$scratch/err" >/dev/full || got=$?
    [ $got = 9 ] || fail "cairn $words to a full device: exit $got"
    grep -q 'No space left' "$scratch/err" || fail "the cause: $(cat "$scratch/err")"
  done
fi

# --- closed streams: what is said ends nowhere, data is whole ---
closed() { # all that a command opens would get these numbers
  date +%N >>small
  head -c 300000 /dev/urandom >data/noise
  "$@" || true
  cairn add -u >/dev/null
  expect 0 cairn fsck
  expect 0 cairn status --exit-code
}
closed eval 'cairn -v add -u >&-'
closed eval 'cairn -v add -u 2>&-'
closed eval 'cairn -v add -u >&- 2>&-'
closed eval 'cairn -v add -u <&- >&- 2>&-'
cairn status <&- >"$scratch/out" 2>&1 || fail 'status without standard input'
if cairn status >&- 2>"$scratch/err"; then fail 'nobody can read it, and it says done'; fi
grep -q 'standard output' "$scratch/err" || fail "$(cat "$scratch/err")"
git fsck --no-progress >/dev/null || fail 'git fsck'
