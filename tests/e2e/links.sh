# Link modes: every mode in a clone, read-only sharing, edits through links, back to copies; the store is never harmed.
. "$(dirname "$0")/lib.sh"
umask 022

new_repo shop
cd shop
mkdir -p data/sub
head -c 3000000 /dev/urandom >data/a.bin
head -c 9000000 /dev/urandom >data/large.bin
seq 1 1000 >data/sub/b.txt
cp data/sub/b.txt data/sub/twin.txt
printf '#!/bin/sh\n' >data/run.sh
chmod +x data/run.sh
: >data/empty
mkdir data/void
ln -s sub/b.txt data/own-link
head -c 1000000 /dev/urandom >model.bin
cairn add data model.bin >/dev/null
git commit -qm v1
cairn remote add prod "$scratch/remote" >/dev/null
cairn push >/dev/null

cd "$scratch"
git clone -q shop clone
cd clone
cairn remote add prod "$scratch/remote" >/dev/null
cairn fetch >/dev/null

links() { stat -c %h "$1"; }
mode() { stat -L -c %a "$1"; }
clean() { # everything is as the version has it, whoever asks
  expect 0 cairn status --exit-code
  expect 0 cairn verify
  expect 0 cairn add data model.bin
  says 'unchanged data'
  says 'unchanged model.bin'
  git diff --quiet HEAD -- data.cairn model.bin.cairn || fail 'a pointer changed'
}
same_bytes() { # links count as the files they stand for
  [ "$(cd data && find . -type d | sort)" = "$(cd ../shop/data && find . -type d | sort)" ] || fail folders
  (cd ../shop && find data model.bin -type f) | while read -r file; do cmp "$file" "../shop/$file" || exit 1; done || fail bytes
  [ "$(readlink data/own-link)" = sub/b.txt ] || fail 'a link of the version'
}

# --- cairn.link decides what checkout writes ---
cairn config cairn.link hardlink >/dev/null
expect 0 cairn checkout
[ "$(links data/a.bin)" = 2 ] || fail 'no hard link'
[ "$(links data/sub/b.txt)" = 3 ] || fail 'twins do not share'
[ "$(mode data/a.bin)" = 444 ] || fail 'a shared file can be written'
[ "$(mode data/run.sh)" = 555 ] || fail 'executable bit of a shared file'
same_bytes
clean
# A typed mode wins, and files that are right already are written again in that form.
for round in symlink copy hardlink reflink symlink hardlink copy symlink reflink; do
  expect 0 cairn checkout --link $round data model.bin
  case $round in
    symlink)
      [ -L data/a.bin ] && [ -L model.bin ] || fail 'no symbolic link'
      [ "$(mode data/a.bin)" = 444 ] || fail 'a shared file can be written'
      [ ! -L data/own-link/ ] || fail 'own link'
      ;;
    hardlink) [ ! -L data/a.bin ] && [ "$(links data/a.bin)" = 2 ] && [ "$(mode model.bin)" = 444 ] || fail hardlink ;;
    copy | reflink)
      [ ! -L data/a.bin ] && [ "$(links data/a.bin)" = 1 ] || fail "still shared after $round"
      [ "$(mode data/a.bin)" = 644 ] && [ "$(mode data/run.sh)" = 755 ] || fail "not editable after $round"
      ;;
  esac
  same_bytes
  clean
  expect 0 cairn checkout --link $round data
  says 'nothing to do'
  expect 0 cairn checkout
  says 'nothing to do'
done
expect 2 cairn checkout --link softlink
# Only what was named changes its form.
expect 0 cairn checkout --link copy data/sub model.bin
expect 0 cairn checkout --link symlink data/a.bin
[ -L data/a.bin ] && [ ! -L data/large.bin ] && [ ! -L data/sub/b.txt ] || fail 'the form of other files changed'
clean

# --- reflink where the file system cannot: copies, and says so ---
rm -r data && expect 0 cairn checkout --link reflink data
if grep -q 'cannot share blocks' "$scratch/out"; then reflink=no; else reflink=yes; fi
same_bytes
clean

# --- copies are edited freely ---
expect 0 cairn checkout --link copy data
echo more >>data/sub/b.txt
expect 3 cairn status --exit-code
says 'modified data/sub/b.txt'
expect 0 cairn checkout --force data
clean

# --- an edit through a hard link is seen, and reaches nobody else ---
expect 0 cairn checkout --link hardlink data model.bin
chmod u+w data/sub/b.txt
echo sabotage >>data/sub/b.txt
[ "$(tail -1 data/sub/twin.txt)" = sabotage ] || fail 'the twin is not shared'
expect 3 cairn status --exit-code
says 'modified data/sub/b.txt'
says 'modified data/sub/twin.txt'
expect 0 cairn fsck
git worktree add -q "$scratch/second" HEAD
expect 0 cairn -C "$scratch/second" checkout --link hardlink
cmp "$scratch/second/data/sub/b.txt" ../shop/data/sub/b.txt || fail 'an edit spread to another work tree'
[ "$(tail -1 data/sub/b.txt)" = sabotage ] || fail 'the edit was lost'
expect 11 cairn checkout --link hardlink data
expect 0 cairn checkout --force --link hardlink data
same_bytes
clean
# Edited on purpose: add stores it, the old version stays whole.
chmod u+w data/a.bin
printf 'edited' | dd of=data/a.bin bs=1 seek=1000 conv=notrunc status=none
cp data/a.bin "$scratch/edited"
expect 0 cairn add data
git commit -qm edited
expect 0 cairn status --exit-code
expect 0 cairn restore HEAD~1 --to "$scratch/before" data
cmp "$scratch/before/data/a.bin" ../shop/data/a.bin
expect 0 cairn checkout HEAD~1 -- data
same_bytes
expect 3 cairn -C "$scratch/second" status --exit-code # it shares that file: seen there too
says 'modified data/a.bin'
expect 0 cairn -C "$scratch/second" checkout --force data
cmp "$scratch/second/data/a.bin" ../shop/data/a.bin
expect 0 cairn checkout HEAD -- data
cmp data/a.bin "$scratch/edited"
git checkout -q HEAD~1 && expect 0 cairn checkout
same_bytes

# --- an edit through a symbolic link: seen, kept, and not spread ---
expect 0 cairn checkout --link symlink model.bin
chmod u+w "$(readlink model.bin)"
echo sabotage >>model.bin
expect 3 cairn status --exit-code
says 'model.bin: modified'
rm -f "$scratch/second/model.bin"
expect 0 cairn -C "$scratch/second" checkout --link symlink model.bin
cmp "$scratch/second/model.bin" ../shop/model.bin || fail 'an edit spread to another work tree'
says 'is kept as'
kept=$(find .git/cairn/lost -type f)
[ "$(tail -c 9 "$kept")" = sabotage ] || fail 'what was written through the link was lost'
expect 0 cairn fsck

# --- the links are a cache: without it the data is still whole ---
chmod -R u+w .git/cairn/links && rm -r .git/cairn/links
[ -L model.bin ] && [ ! -e model.bin ] || fail 'not dangling'
expect 3 cairn status --exit-code
expect 6 cairn add model.bin
says 'is not there'
expect 0 cairn checkout
same_bytes
clean
echo "reflink: $reflink"
