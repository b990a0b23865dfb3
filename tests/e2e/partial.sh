# Partial trees: only what was asked for is here, and what never was here is unchanged, never deleted.
. "$(dirname "$0")/lib.sh"

new_repo shop
cd shop
mkdir -p data/train data/val/deep data/test
for part in train val val/deep test; do
  for i in $(seq 1 30); do echo "$part $i v1" >"data/$part/$i.txt"; done
done
head -c 3000000 /dev/urandom >data/train/large.bin
head -c 1000000 /dev/urandom >model.bin
cairn add data model.bin >/dev/null
git commit -qm v1
git tag v1
# v2 changes files everywhere, adds and removes some in every part.
for part in train val val/deep test; do
  echo "$part 1 v2" >"data/$part/1.txt"
  echo new >"data/$part/new.txt"
  rm "data/$part/2.txt"
done
printf 'v2' | dd of=data/train/large.bin bs=1 seek=1500000 conv=notrunc status=none
cairn add data >/dev/null
git commit -qm v2
git tag v2
cairn remote add prod "$scratch/remote" >/dev/null
cairn push --all >/dev/null
for v in v1 v2; do cairn restore $v --to "$scratch/$v" >/dev/null; done

files() { (cd "$1" && find . -type f | sort); }
same_files() { # DIR1 DIR2 SUBDIR
  diff <(cd "$1/$3" && find . -type f -exec sha256sum {} + | sort) <(cd "$2/$3" && find . -type f -exec sha256sum {} + | sort) \
    || fail "$3 of $1 and $2 differ"
}
packs() { cat .git/cairn/packs/*/* 2>/dev/null | wc -c; }
fresh_clone() { # DIR REV
  cd "$scratch"
  rm -rf "$1"
  git clone -q shop "$1"
  cd "$1"
  git checkout -q "$2"
  cairn remote add prod "$scratch/remote" >/dev/null
}
not_here() { for path in "$@"; do [ ! -e "$path" ] || fail "$path is here"; done; }

# --- ls, diff, log, du in a fresh clone, from pages alone ---
fresh_clone pages v2
expect 6 cairn ls data
says 'cairn fetch --lists'
expect 0 cairn fetch --lists
[ "$(packs)" -lt 100000 ] || fail "data was fetched: $(packs) bytes"
expect 0 cairn ls data
[ "$(cairn ls data | wc -l)" = 121 ] || fail ls
expect 6 cairn diff v1 v2
expect 0 cairn fetch --lists --rev v1
expect 0 cairn diff v1 v2
says '+4 -4 ~5'
expect 0 cairn log data
expect 0 cairn du
expect 0 cairn status
says 'not checked out'
expect 6 cairn checkout
[ ! -e data ] || fail 'a failed checkout left something'
# A file that came in another way is here as a whole.
cp "$scratch/v2/model.bin" . && expect 0 cairn status && ! grep -q 'model.bin.*partly' "$scratch/out" && rm model.bin || fail 'half of a file'
# Adding inside a folder of which nothing is here.
mkdir -p data/val
echo mine >data/val/mine.txt
expect 0 cairn add data/val/mine.txt
git commit -qm mine
[ "$(cairn ls data | wc -l)" = 122 ] || fail 'the version lost files that never were here'
expect 0 cairn status --exit-code data
expect 0 cairn diff v2 HEAD
says '+1 -0 ~0'
expect 0 cairn push
expect 0 cairn restore HEAD --to "$scratch/mine" data/val
[ "$(cat "$scratch/mine/data/val/mine.txt")" = mine ] && [ -e "$scratch/mine/data/val/new.txt" ] || fail restore

# --- pull --include, then another version ---
fresh_clone part v1
expect 0 cairn pull --include '/data/val/**' data
same_files . "$scratch/v1" data/val
not_here data/train data/test model.bin
[ "$(packs)" -lt 200000 ] || fail 'the large file was fetched'
expect 0 cairn status --exit-code data
says 'partly checked out'
expect 0 cairn add data
says 'unchanged data'
git diff --quiet HEAD -- data.cairn || fail 'add changed the pointer'
git checkout -q v2
expect 3 cairn status --exit-code data
expect 0 cairn pull data
same_files . "$scratch/v2" data/val
not_here data/train data/test data/val/2.txt
[ -e data/val/new.txt ] || fail 'a new file among those that are here'
expect 0 cairn status --exit-code data
git checkout -q v1
expect 0 cairn checkout data
same_files . "$scratch/v1" data/val
not_here data/train data/test data/val/new.txt
expect 0 cairn status --exit-code data
expect 0 cairn verify data

# --- adding, changing, moving and removing inside what is here; the rest stays in the version ---
echo mine >data/val/mine.txt
echo changed >data/val/3.txt
rm data/val/4.txt
mv data/val/5.txt data/val/deep/five.txt
expect 3 cairn status --exit-code data
says '2 added, 1 modified, 2 removed'
expect 0 cairn add data
expect 0 cairn status --exit-code data
git checkout -qb work && git commit -qm partial
expect 0 cairn diff v1 HEAD
says '+1 -1 ~1 moved 1'
expect 0 cairn push
expect 0 cairn restore HEAD --to "$scratch/after"
rm -rf "$scratch/want" && cp -a "$scratch/v1" "$scratch/want"
echo mine >"$scratch/want/data/val/mine.txt"
echo changed >"$scratch/want/data/val/3.txt"
rm "$scratch/want/data/val/4.txt"
mv "$scratch/want/data/val/5.txt" "$scratch/want/data/val/deep/five.txt"
same_files "$scratch/want" "$scratch/after" data

# --- a new file where a file of the version stands that was never here ---
mkdir -p data/test
echo 'my own' >data/test/7.txt
echo 'more' >data/test/new-in-test.txt
expect 3 cairn status --exit-code data
says 'modified data/test/7.txt'
says 'added data/test/new-in-test.txt'
expect 0 cairn checkout data
expect 11 cairn checkout --include '/data/test/**' data
[ "$(cat data/test/7.txt)" = 'my own' ] || fail 'overwritten'
expect 0 cairn add data/test
git commit -qm 'in test' && expect 0 cairn status --exit-code data
expect 0 cairn diff HEAD~1 HEAD
says '+1 -0 ~1'
not_here data/test/8.txt data/train

# --- a whole folder that is here is removed; one that never was is not ---
rm -r data/val/deep
expect 0 cairn add data
git commit -qm 'without deep'
cairn ls data | grep -q val/deep && fail 'removed files are still in the version'
[ "$(cairn ls data | grep -c ' data/train/')" = 31 ] || fail 'files that never were here are gone'

# --- more parts join; then everything ---
expect 0 cairn pull --include '/data/test/**' data
[ -e data/test/8.txt ] && [ "$(cat data/test/7.txt)" = 'my own' ] || fail 'second part'
not_here data/train
expect 0 cairn status --exit-code data
expect 0 cairn pull
says 'left out: 31 files'
not_here data/train
expect 0 cairn pull --include '*'
[ -e data/train/large.bin ] && [ -e model.bin ] || fail 'the rest'
expect 0 cairn status --exit-code
if grep -q 'partly' "$scratch/out"; then fail 'whole, but called partial'; fi
rm data/train/9.txt
expect 3 cairn status --exit-code data
says 'removed data/train/9.txt'

# --- a place inside a folder is a part too; local changes are never lost by a change of version ---
fresh_clone place v1
expect 0 cairn pull data/val/deep
same_files . "$scratch/v1" data/val/deep
not_here data/train data/test data/val/1.txt
expect 0 cairn status --exit-code data
echo edited >data/val/deep/1.txt
git checkout -q v2
expect 11 cairn pull data
[ "$(cat data/val/deep/1.txt)" = edited ] || fail 'an edit was lost'
expect 0 cairn pull --force data
same_files . "$scratch/v2" data/val/deep
not_here data/train data/val/1.txt

# --- --exclude, and a file of the version replaced by a folder outside of what is here ---
fresh_clone rest v1
expect 0 cairn pull --exclude '*.bin' data
not_here data/train/large.bin model.bin
expect 0 cairn status --exit-code data
git checkout -q v2
expect 0 cairn pull data
not_here data/train/large.bin
same_files . "$scratch/v2" data/test
expect 2 cairn pull --include '/data/nowhere/**'
says 'no file matches'
expect 2 cairn checkout --include '/data/nowhere/**'
# Another part of another version: what was here follows, nothing of the old version is left behind as a local change.
fresh_clone two v1
cairn pull --include '/data/val/*' data >/dev/null
git checkout -q v2
expect 0 cairn pull --include '/data/test/**' data
same_files . "$scratch/v2" data/test
[ "$(cat data/val/1.txt)" = 'val 1 v2' ] || fail 'a file of the old version stayed'
not_here data/val/2.txt data/train
expect 0 cairn status --exit-code data
# A fetch of what is here already asks nothing, and says nothing of what the remote has.
cd "$scratch"
new_repo solo && cd solo
head -c 100000 /dev/urandom >alone.bin && cairn add alone.bin >/dev/null && git commit -qm alone
cairn remote add prod "$scratch/remote" >/dev/null
expect 0 cairn fetch
expect 0 cairn status
says 'not pushed'
# A file tracked on its own that no pattern took never was here; one that is gone is missing.
cd "$scratch" && new_repo lone && cd lone
mkdir some && echo 1 >some/a && echo m >model.bin && cairn add -q some model.bin && git add -A && git commit -qm one
cairn remote add prod "$scratch/lone-remote" >/dev/null && cairn push -q && git clone -q . ../lone-clone && cd ../lone-clone
cairn remote add prod "$scratch/lone-remote" >/dev/null 2>&1 && expect 0 cairn pull --include 'some/a'
expect 0 cairn status && says 'model.bin: not checked out' && ! grep -q missing "$scratch/out" || fail 'called missing'
expect 0 cairn pull --include '*' && rm model.bin && expect 0 cairn status && says 'model.bin: missing from disk'
# What is new below a place that was left out takes that place.
cd "$scratch" && new_repo way && cd way
mkdir -p data/void data/x && echo 1 >data/x/1 && echo f >data/file && cairn add -q data && git commit -qm one
rm -r data .git/cairn/stat-* && expect 0 cairn checkout --include 'data/x/'
mkdir data/void data/file && echo in >data/void/in && echo in >data/file/in && expect 0 cairn add data
rm -r data && expect 0 cairn checkout data --include '*' && [ "$(cat data/void/in data/file/in data/x/1 | tr '\n' ,)" = in,in,1, ] || fail 'a place that was left out'
# An empty folder here is none where the version has files below it that were left out.
git add -A && git commit -qm filled && rm -r data .git/cairn/stat-* && expect 0 cairn checkout --include 'data/x/'
mkdir data/void && echo 2 >data/x/2 && expect 0 cairn add data && expect 0 cairn status && ! grep -q modified "$scratch/out" || fail 'an empty folder of left-out files'
rm -r data && expect 0 cairn checkout data --include '*' && [ "$(cat data/void/in data/x/2 | tr '\n' ,)" = in,2, ] || fail 'left-out files were lost'
rm -r data .git/cairn/stat-* && expect 0 cairn checkout --include 'data/x/' && echo f >data/void && expect 11 cairn add data && says 'whose files were left out here' && says "checkout --include data/void/"
rm data/void && expect 0 cairn checkout --include 'data/void/' && [ "$(cat data/void/in)" = in ] || fail 'the hint does not help'
# What was left out whole comes when it is named, as status says; other choices stay.
cd "$scratch" && new_repo named && cd named && mkdir -p one two/deep
for at in one/a one/b two/deep/a model.bin; do echo "$at" >"$at"; done
cairn -q add one two/deep model.bin && git commit -qm v1 && cairn -q remote add prod "$scratch/named.far" && cairn -q push
for how in pull 'pull --no-store' checkout; do
  rm -rf "$scratch/clone" && git clone -q . "$scratch/clone" && cd "$scratch/clone" && cairn -q init --no-hooks
  cairn -q remote add prod "$scratch/named.far"
  [ "$how" != checkout ] || cairn -q fetch
  cairn -q $how --include one/a
  expect 0 cairn status && says "next: cairn ${how% --no-store} model.bin"
  expect 0 cairn $how && [ ! -e model.bin ] && [ ! -e one/b ] || fail "$how: a choice that was forgotten"
  expect 0 cairn $how model.bin && [ "$(cat model.bin)" = model.bin ] && [ ! -e two/deep/a ] || fail "$how: a named file stays away"
  expect 0 cairn $how two one && [ -e two/deep/a ] && [ ! -e one/b ] || fail "$how: a named folder"
  expect 0 cairn status && says 'one: clean, partly checked out' && ! grep -q 'next' "$scratch/out" || fail "$how: something is left to do"
  cd "$scratch/named"
done
# Data that another program brought whole is clean; what lacks a file is here in part.
rm -rf "$scratch/clone" && git clone -q . "$scratch/clone" && cd "$scratch/clone" && cairn -q init --no-hooks
cairn -q remote add prod "$scratch/named.far" && cairn -q fetch --lists && cp -r ../named/one ../named/two .
expect 0 cairn status one two && says '2 paths clean' && ! grep -q partly "$scratch/out" || fail 'whole folders are told to be parts'
rm one/b && expect 0 cairn status one && says 'one: clean, partly checked out'
cp ../named/one/b one/ && echo other >one/a && expect 0 cairn status one && says 'one: modified (0 added, 1 modified, 0 removed)'
