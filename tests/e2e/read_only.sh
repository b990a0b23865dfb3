# A repository on a read-only mount: everything that only reads works and gives what it gives elsewhere; writing fails with exit 9
# and says why.
. "$(dirname "$0")/lib.sh"
[ "$(id -u)" = 0 ] || { echo 'SKIPPED: needs root to mount' >&2; exit 77; }
new_repo shop
cd shop
mkdir -p data/deep
seq 500 >data/numbers.txt && head -c 300000 /dev/urandom >data/deep/noise.bin && echo small >one.txt
expect 0 cairn add data one.txt
git commit -qm v1 && git tag v1
cp -a data "$scratch/v1"
seq 600 >data/numbers.txt && rm data/deep/noise.bin && echo new >data/new.txt
expect 0 cairn add -u
git commit -qm v2 && git tag v2

readings() { # FOLDER: what every reading command says, with its exit code
  local words
  for words in "status --exit-code" "status --json" "ls" "ls data" "ls --rev v1 data" "log data" "du" "diff v1 v2" "diff --json v1 v2" "diff" \
    "cat data/numbers.txt" "cat --rev v1 data/numbers.txt" "verify" "check" "doctor"; do
    echo "== $words"
    # shellcheck disable=SC2086
    cairn -C "$1" $words 2>&1 && echo "exit 0" || echo "exit $?"
  done | sed -E 's/: [0-9.]+ .?B free where/: free where/' # others write on this disk too
}
readings . >"$scratch/before"
[ "$(grep -c "^exit 0$" "$scratch/before")" = 15 ] || { cat "$scratch/before" >&2; fail "a command does not work here at all"; }
mkdir "$scratch/ro"
mount --bind "$scratch/shop" "$scratch/ro" 2>/dev/null || { echo 'SKIPPED: may not mount here' >&2; exit 77; }
trap 'got=$?; cd /; umount "$scratch/ro" 2>/dev/null; leave $got' EXIT
mount -o remount,bind,ro "$scratch/ro"
cd "$scratch/ro"
! touch probe 2>/dev/null || fail 'the mount can be written'
readings . >"$scratch/after"
diff "$scratch/before" "$scratch/after" || fail 'a command says something else on a read-only mount'
expect 0 cairn restore v1 --to "$scratch/first"
same_tree "$scratch/v1" "$scratch/first/data"
expect 0 cairn restore v2 data --to "$scratch/second"
same_tree data "$scratch/second/data"

for words in "add data --force" "checkout v1 -- data" "rm one.txt" "mv one.txt two.txt" "gc --yes"; do
  # shellcheck disable=SC2086
  expect 9 cairn $words
  says 'error: '
done
cd "$scratch/shop"
[ -z "$(git status --porcelain)" ] || fail 'something was written'
expect 0 cairn fsck

# --- a shared store alone is read-only: reading from it needs no lock and no note ---
cd "$scratch"
git clone -q shop user
cd user
git config cairn.store "$scratch/store"
expect 0 cairn remote add prod "$scratch/remote"
expect 0 cairn -C "$scratch/shop" remote add prod "$scratch/remote"
expect 0 cairn -C "$scratch/shop" push
expect 0 cairn pull
git clone -q . "$scratch/fresh"
git -C "$scratch/fresh" config cairn.store "$scratch/store"
cairn -C "$scratch/fresh" remote add prod "$scratch/remote" >/dev/null
mount --bind "$scratch/store" "$scratch/store"
trap 'got=$?; cd /; umount "$scratch/store" 2>/dev/null || true; umount "$scratch/ro" 2>/dev/null || true; leave $got' EXIT
mount -o remount,bind,ro "$scratch/store"
for clone in user fresh; do
  cd "$scratch/$clone"
  rm -rf data one.txt
  expect 0 cairn checkout
  same_tree data "$scratch/shop/data"
  expect 0 cairn status --exit-code
  expect 0 cairn verify
  expect 0 cairn restore v2 --to "$scratch/restored-$clone"
  same_tree data "$scratch/restored-$clone/data"
  expect 0 cairn fsck
  expect 0 cairn fetch
  says 'everything is here already'
  rm -rf data
  expect 0 cairn pull
  same_tree data "$scratch/shop/data"
  expect 0 cairn status --exit-code
  echo more >>one.txt
  expect 9 cairn add one.txt
  says "$scratch/store"
done
umount "$scratch/store"
expect 0 cairn add one.txt
[ "$(grep -l "^git $scratch/fresh" "$scratch"/store/projects/* | wc -l)" = 1 ] || fail 'not noted as soon as it could be'
echo ok
