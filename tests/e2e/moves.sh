# `cairn log` over moves: by cairn mv, by git mv, several, and what is none.
. "$(dirname "$0")/lib.sh"
new_repo shop && cd shop
mkdir data && echo 1 >data/a && echo 2 >data/b && echo m >model.bin
add() { cairn add -q "$@" && git add -A; }
lines() { [ "$(grep -c UTC "$scratch/out")" = "$1" ] || { cat "$scratch/out" >&2; fail "not $1 versions"; }; }

add data model.bin && git commit -qm first
echo 3 >data/c && add data && git commit -qm second
cairn mv data sub/photos >/dev/null && git commit -qm 'mv by cairn'
echo 4 >sub/photos/a && add sub/photos && git commit -qm third
git mv sub/photos.cairn pictures.cairn && git commit -qm 'mv by git'

expect 0 cairn log pictures && lines 5 && says 'moved from sub/photos  mv by git' && says 'moved from data  mv by cairn' && says 'first (Tester)'
expect 0 cairn log -n 2 pictures && lines 2 && ! grep -q 'by cairn' "$scratch/out" || fail 'more than were asked for'
expect 0 cairn log -n 4 pictures && lines 4
expect 0 cairn log pictures --json && says '"moved_from": "data"' && says '"path": "sub/photos"'
# A file inside: its own versions, and the moves of its folder.
expect 0 cairn log pictures/c && lines 3 && says 'added' && says 'second (Tester)'
expect 0 cairn log pictures/a && lines 4 && says 'changed' && says 'first (Tester)'
# Under the old name: until it was moved away.
expect 0 cairn log data && lines 3 && says removed && ! grep -q 'third' "$scratch/out" || fail 'the versions of another path'
# Another path with the same data is no move, nor is a pointer that changed with it.
cp model.bin twin.bin && add twin.bin && git commit -qm 'a twin' && expect 0 cairn log twin.bin && lines 1
echo other >other.bin && cairn rm -q model.bin && add other.bin && git commit -qm 'one goes, one comes' && expect 0 cairn log other.bin && lines 1
# Of two that went, the one of the same name.
mkdir x y && echo same >x/f.bin && echo same >y/g.bin && add x/f.bin y/g.bin && git commit -qm two
mkdir z && git mv x/f.bin.cairn z/f.bin.cairn && git rm -q y/g.bin.cairn && git commit -qm 'two went'
expect 0 cairn log z/f.bin && lines 2 && says 'moved from x/f.bin'
# In a shallow clone the history ends where the clone does.
git clone -q --depth=1 "file://$PWD" ../shallow && expect 0 cairn -C ../shallow log z/f.bin && lines 1
echo ok
