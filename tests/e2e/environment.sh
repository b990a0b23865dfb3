# Odd places: no HOME, umask 077, few descriptors, a locked store, files that change while they are read. Little rights:
# other_user.sh.
. "$(dirname "$0")/lib_faults.sh"
shop_of_two_versions
cd shop
clean_env() { env -i PATH="$PATH" "$@"; }

# --- no HOME, or one that nobody can write ---
expect 0 clean_env "$CAIRN_BIN" status
expect 0 clean_env "$CAIRN_BIN" add -u
expect 0 clean_env HOME=/proc/nowhere "$CAIRN_BIN" push
git commit -qm v2 && git tag v2
cairn push >/dev/null
sound

# --- umask 077: files of this user only, and still readable by it ---
(
  umask 077
  git clone -q . ../private && cd ../private
  cairn remote add prod "$scratch/remote" >/dev/null
  expect 0 cairn pull
  same_version v2 .
  [ -z "$(find .git/cairn data model.bin -perm /077 ! -type l)" ] || fail "open to others: $(find .git/cairn data model.bin -perm /077)"
  sound
)

# --- few descriptors: enough, or one clear error, and then the same command converges ---
for limit in 12 16 24 40; do
  rm -rf ../few && cp -a . ../few && cd ../few
  date >>data/deep/1.txt
  head -c 1000 /dev/urandom >>model.bin
  got=0
  (ulimit -n $limit && cairn add -u) >"$scratch/out" 2>&1 || got=$?
  [ $got = 0 ] || { [ $got = 9 ] && message 'Too many open files' 'ulimit -n'; } || { cat "$scratch/out" >&2; fail "exit $got with $limit descriptors"; }
  [ $limit != 40 ] || [ $got = 0 ] || fail '40 descriptors are enough for a few files'
  expect 0 cairn add -u
  git commit -qm few
  expect 0 cairn status --exit-code
  sound
  cd ../shop
done

# --- a store that is locked: reading goes on, writing waits (the end of its patience: fault_locked.sh) ---
echo more >>data/deep/1.txt
if command -v flock >/dev/null; then
  flock -xo .git/cairn/LOCK sleep 30 &
  holder=$!
  until ! flock -xn .git/cairn/LOCK true; do :; done
  expect 0 cairn status
  (sleep 1; kill $holder) &
  expect 0 cairn add data
  wait
fi
sound

# --- files that vanish, grow and shrink while they are read: one error that names the file, or a version of some moment ---
mkdir many
for i in $(seq 1 3000); do echo "$i" >"many/$i"; done
cp -a many ../many
(cd many && for i in $(seq 3000 -3 1); do rm -f "$i"; done) &
got=0
cairn add many >"$scratch/out" 2>&1 || got=$?
wait
[ $got = 0 ] || { [ $got = 1 ] && message 'many/' 'vanished'; } || { cat "$scratch/out" >&2; fail "exit $got when files vanish"; }
expect 0 cairn add many
cp -a many ../many-left
rm -rf many
expect 0 cairn checkout many
same_tree many ../many-left
head -c 20000000 /dev/urandom >growing.bin
(for i in $(seq 1 60); do head -c 100000 /dev/zero >>growing.bin; truncate -s 15M growing.bin; done) &
got=0
cairn add growing.bin >"$scratch/out" 2>&1 || got=$?
wait
[ $got = 0 ] || { [ $got = 11 ] && message 'growing.bin'; } || { cat "$scratch/out" >&2; fail "exit $got when a file changes"; }
expect 0 cairn add growing.bin
cp growing.bin ../grown
rm growing.bin
expect 0 cairn checkout growing.bin
cmp growing.bin ../grown
sound
