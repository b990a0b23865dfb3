# Data that the store lost and no remote has: no command that follows a pointer takes the last copy out of the tree.
. "$(dirname "$0")/lib.sh"

new_repo shop
cd shop
make_v1() {
  mkdir -p data/deep
  for i in $(seq 1 40); do seq "$i" $((i + 300)) >"data/deep/$i.txt"; done
  head -c 700000 /dev/urandom >data/noise.bin
  head -c 500000 /dev/urandom >model.bin
}
make_v2() { # some files differ, one is new, one is gone
  for i in $(seq 1 5); do seq "$i" $((i + 200)) >"data/deep/$i.txt"; done
  head -c 700000 /dev/urandom >data/noise.bin
  head -c 500000 /dev/urandom >model.bin
  echo new >data/new.txt
  rm data/deep/40.txt
}
packs() { find .git/cairn/packs -type f | sort; }
keep_only() { # the packs listed in a file
  packs | comm -13 "$1" - | xargs -r rm
  rm -rf .git/cairn/index
}
copy_tree() { rm -rf "$scratch/$1" && mkdir "$scratch/$1" && cp -a data model.bin "$scratch/$1"; }
as_in() { same_tree data "$scratch/$1/data" && cmp model.bin "$scratch/$1/model.bin"; }

make_v1
expect 0 cairn add data model.bin
git commit -qm v1 && git tag v1
packs >"$scratch/packs1"
copy_tree v1
make_v2
expect 0 cairn add data model.bin
git commit -qm v2 && git tag v2
packs >"$scratch/packs2"
copy_tree v2
cp -a .git/cairn "$scratch/whole"
back_at_v2() { # with everything in the store
  git checkout -q v2 && rm -rf .git/cairn data model.bin && cp -a "$scratch/whole" .git/cairn
  expect 0 cairn checkout --force
  as_in v2
}

# --- the store lost what only v2 has ---
keep_only "$scratch/packs1"
git checkout -q v1
expect 11 cairn checkout data
says 'last copy of 7 files of `data`'
says 'data/deep/1.txt'
expect 11 cairn checkout -n data
expect 11 cairn checkout model.bin
says 'last copy of 1 file of `model.bin`'
expect 11 cairn checkout
as_in v2
git checkout -q v2
expect 11 cairn checkout v1 -- data
as_in v2
git diff --quiet HEAD || fail 'a pointer changed'

# --- git hooks leave it too ---
expect 0 cairn hooks install
git checkout -q v1 2>"$scratch/out"
as_in v2
git checkout -q v2 2>"$scratch/out"
expect 0 cairn hooks uninstall

# --- stored again, it may go, and comes back ---
expect 0 cairn add data model.bin
says stored
git checkout -q v1
expect 0 cairn checkout
as_in v1
git checkout -q v2
expect 0 cairn checkout
as_in v2

# --- chunks without the list that names them are not enough, nor the list alone, for rm either; --force gives all up ---
for pack in $(comm -13 "$scratch/packs1" "$scratch/packs2"); do
  back_at_v2
  rm -r "$pack" .git/cairn/index
  expect 11 cairn rm data
  says 'missing from the store; rm would lose it'
  git checkout -q v1
  expect 11 cairn checkout
  as_in v2
done
back_at_v2
keep_only "$scratch/packs1"
git checkout -q v1
expect 11 cairn checkout
expect 0 cairn checkout --force
as_in v1

# --- pull is as careful ---
back_at_v2
expect 0 cairn remote add prod "$scratch/remote"
git checkout -q v1 && expect 0 cairn checkout && expect 0 cairn push
git checkout -q v2 && expect 0 cairn checkout
keep_only "$scratch/packs1"
git checkout -q v1
expect 11 cairn pull
as_in v2
expect 11 cairn pull --no-store
as_in v2

# --- what a remote was seen to have may go: all of it, or what did not change since a version that it has ---
back_at_v2
expect 0 cairn push
rm -rf .git/cairn/packs .git/cairn/index
git checkout -q v1
expect 0 cairn pull
as_in v1
git checkout -q v2
expect 0 cairn pull
as_in v2
expect 3 cairn cache prune --max-size 0
echo changed >data/deep/7.txt
expect 0 cairn add data
git commit -qm v3
git checkout -q v1
expect 0 cairn pull data
same_tree data "$scratch/v1/data"
# Other versions are looked through once, however many files tracked on their own give way.
cd "$scratch" && new_repo many && cd many
for i in 1 2 3 4 5 6 7 8; do head -c 300000 /dev/urandom >m$i.bin; done && cairn add -q m*.bin && git commit -qm one
for i in 1 2 3 4 5 6 7 8; do echo more >>m$i.bin; done && cairn add -q -u && git commit -qm two
git_calls() { rm -f "$scratch/trace" && GIT_TRACE=$scratch/trace expect 0 cairn checkout "$@" && grep -c 'trace: built-in' "$scratch/trace"; }
rm -f .git/cairn/versions # so that git is asked
git -c core.hooksPath=/dev/null checkout -q HEAD~1
one=$(git_calls m1.bin) && all=$(git_calls)
[ "$all" -le "$one" ] || fail "$all calls of git for seven files, $one for one"
[ "$(stat -c %s m8.bin)" = 300000 ] || fail 'not checked out'
