# kill -9 at system calls of add, checkout, push, pull, mv, init, gc and restore, chosen at random: old or new, never something
# between; the same command then converges and the store is whole. CAIRN_FAULT_POINTS (per command), CAIRN_FAULT_SEED; POINTS=all
# takes each call. CAIRN_FAULT_COMMANDS names those to sweep.
. "$(dirname "$0")/lib_faults.sh"
need strace
strace -f -b execve -o /dev/null true 2>/dev/null || skip 'strace may not trace here'
points=${CAIRN_FAULT_POINTS:-20}
seed=${CAIRN_FAULT_SEED:-7}
RANDOM=$seed
echo "seed $seed, $points points for each command"

# Every call that can change a file, and those around it. Git's processes are let alone: what they do when killed is git's.
calls=write,pwrite64,pwritev,pwritev2,fsync,fdatasync,syncfs,sync_file_range,ftruncate,fallocate,copy_file_range,flock,close
calls=$calls,open,openat,openat2,mkdir,mkdirat,rename,renameat,renameat2,link,linkat,symlinkat,unlink,unlinkat,rmdir,utimensat

shop_of_two_versions
cp -a shop staged && (cd staged && cairn add -u >/dev/null && git commit -qm v2 && git tag v2)
cp -a staged old && (cd old && git checkout -q v1)  # v2 in the tree, the pointers of v1
cp -a staged new
cp -a remote remote-v1
(cd new && cairn remote set prod "$scratch/remote-v2" >/dev/null && cp -a "$scratch/remote" "$scratch/remote-v2" && cairn push >/dev/null)
# A tree that cairn was never set up in, and one whose store holds much that no version needs any more.
git init -q plain && cp -a v2/data v2/model.bin plain
cp -a shop full
(
  cd full
  git reset -q --hard && rm -rf data model.bin && cairn checkout >/dev/null
  for i in 1 2 3; do
    head -c 300000 /dev/urandom >>model.bin
    cairn add model.bin >/dev/null
    git reset -q --hard && cairn checkout >/dev/null
  done
  find .git/cairn/packs -type f -exec touch -d '40 days ago' {} +
)
git clone -q new clone
(cd clone && cairn remote add prod "$scratch/remote-v2" >/dev/null)

# fresh NAME: the work tree `work` is a copy of that template, and the remote is as it was after v1.
fresh() {
  cd "$scratch"
  rm -rf work remote
  cp -a "$1" work
  cp -a remote-v1 remote
  cd work
}
# The calls of the last trace, one "name n" a line: the n-th of that name in its thread, which is how strace counts.
traced_calls() {
  sed -En 's/^([0-9]+) +([a-z0-9_]+)\(.*/\1 \2/p' "$scratch/trace" | awk '{print $2, ++n[$1 " " $2]}' >"$scratch/calls"
}
# A move that was killed behind its last step has nothing left to move.
moved_already() { [ "$1" = mv ] && [ -e pics.cairn ] && [ ! -e data.cairn ] && [ ! -e .git/cairn/moving ]; }
# sweep TEMPLATE CHECK_KILLED CHECK_DONE COMMAND...
sweep() {
  case " ${CAIRN_FAULT_COMMANDS:-$4} " in *" $4 "*) ;; *) return 0 ;; esac
  local template=$1 check_killed=$2 check_done=$3 total point name n got i killed=0
  shift 3
  fresh "$template"
  strace -f -b execve -e trace="$calls" -o "$scratch/trace" "$CAIRN_BIN" "$@" >"$scratch/out" 2>&1 || fail "$*"
  traced_calls
  if [ "$points" = all ]; then sort -u -o "$scratch/calls" "$scratch/calls"; fi
  total=$(wc -l <"$scratch/calls")
  for i in $(seq 1 "$([ "$points" = all ] && echo "$total" || echo "$points")"); do
    point=$([ "$points" = all ] && echo "$i" || echo $(((RANDOM * 32768 + RANDOM) % total + 1)))
    read -r name n < <(sed -n "${point}p" "$scratch/calls")
    echo "killed at $name number $n: $*" >"$scratch/where"
    fresh "$template"
    got=0
    { strace -f -b execve -e trace="$name" -e inject="$name:signal=KILL:when=$n" -o "$scratch/trace" \
      "$CAIRN_BIN" "$@" >"$scratch/out" 2>&1 || got=$?; } 2>/dev/null
    [ "$got" = 137 ] || [ "$got" = 0 ] || { cat "$scratch/out" >&2; fail "exit $got"; }
    if [ "$got" = 137 ]; then killed=$((killed + 1)); fi
    "$check_killed"
    moved_already "$@" || expect 0 cairn "$@"
    "$check_done"
    sound
  done
  echo "$1: $killed of $i runs killed, of $total calls"
  [ "$killed" -ge $((i * 3 / 4)) ] || fail "only $killed of $i runs of $1 were killed"
}


# add: the user's files are never touched, each pointer is the old or the new one.
added_or_not() {
  same_version v2 .
  for pointer in data.cairn model.bin.cairn; do
    cmp -s $pointer ../shop/$pointer || cmp -s $pointer ../staged/$pointer || fail "$pointer is neither old nor new"
  done
  cmp -s .gitignore ../shop/.gitignore || fail '.gitignore'
}
added() {
  added_or_not
  git commit -qm v2
  expect 0 cairn status --exit-code
  rm -rf data model.bin
  expect 0 cairn checkout
  same_version v2 .
}
checked_out_or_not() {
  either "$scratch/v1/data" "$scratch/v2/data" data
  cmp -s model.bin ../v1/model.bin || cmp -s model.bin ../v2/model.bin || fail model.bin
}
checked_out() { same_version v1 . && expect 0 cairn status --exit-code; }
# push: whatever is visible is complete, so v1 is still there, and v2 wherever a check says so.
pushed_or_not() {
  rm -rf ../reader
  git clone -q . ../reader
  cd ../reader
  cairn remote add prod "$scratch/remote" >/dev/null
  expect 0 cairn fetch --rev v1
  if cairn fetch --rev v2 >/dev/null 2>&1; then expect 0 cairn checkout && same_version v2 .; fi
  cd ../work
}
pushed() {
  rm -rf ../reader
  git clone -q . ../reader
  (cd ../reader && cairn remote add prod "$scratch/remote" >/dev/null && expect 0 cairn pull && same_version v2 .)
}
pulled_or_not() {
  [ ! -e data ] || either "$scratch/v2/data" "$scratch/v2/data" data
  [ ! -e model.bin ] || cmp model.bin ../v2/model.bin || fail model.bin
}
pulled() { same_version v2 . && expect 0 cairn status --exit-code; }
# mv: every byte is at the old place or at the new one, and afterwards all of them at the new one.
moved_or_not() {
  if [ -e data ]; then same_tree "$scratch/v2/data" data; else same_tree "$scratch/v2/data" pics; fi
  [ -e data.cairn ] || [ -e pics.cairn ] || fail 'no pointer at either place'
}
moved() {
  same_tree "$scratch/v2/data" pics
  [ ! -e data ] && [ ! -e data.cairn ] || fail 'something stayed at the old place'
  cmp pics.cairn ../staged/data.cairn || fail 'another pointer'
  expect 0 cairn status --exit-code
  git commit -qm moved
  [ -z "$(git status --porcelain)" ] || fail "$(git status --porcelain)"
}
set_up_or_not() { same_version v2 .; }
set_up() {
  expect 0 cairn add data model.bin
  git commit -qm first
  [ -z "$(git status --porcelain)" ] || fail "$(git status --porcelain)"
}
# gc: whatever goes, no version that git keeps loses anything.
collected_or_not() { same_version v1 . && expect 0 cairn fsck; }
collected() {
  rm -rf data model.bin
  expect 0 cairn checkout
  same_version v1 .
}
restored_or_not() { [ ! -e out/data ] || either "$scratch/v1/data" "$scratch/v1/data" out/data; }
restored() { same_version v1 out && same_version v2 .; }

sweep shop added_or_not added add -u --jobs 1
sweep old checked_out_or_not checked_out checkout --jobs 1
sweep staged pushed_or_not pushed push --jobs 1
sweep clone pulled_or_not pulled pull --jobs 1
sweep clone pulled_or_not pulled pull --no-store --jobs 1
sweep staged moved_or_not moved mv data pics
sweep plain set_up_or_not set_up init
sweep full collected_or_not collected gc --yes --allow-unpushed
sweep staged restored_or_not restored restore v1 --to out --jobs 1
