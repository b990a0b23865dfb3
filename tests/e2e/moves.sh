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
# Another path with the same data is no move, nor is one that has nothing of it.
cp model.bin twin.bin && add twin.bin && git commit -qm 'a twin' && expect 0 cairn log twin.bin && lines 1
echo other >other.bin && cairn rm -q model.bin && add other.bin && git commit -qm 'one goes, one comes' && expect 0 cairn log other.bin && lines 1
# A folder of which half the files came along was moved, although its data changed; so was a file with half of its bytes.
mkdir many && for i in 1 2 3 4; do echo $i >many/$i; done && head -c 600000 /dev/urandom >w.bin && add many w.bin && git commit -qm 'before moving'
cairn mv many moved >/dev/null && cairn mv w.bin v.bin >/dev/null && echo other >moved/1 && echo more >moved/5 && echo more >>v.bin && add moved v.bin
git commit -qm 'moved and changed' && echo last >moved/6 && add moved && git commit -qm later
expect 0 cairn log moved && lines 3 && says 'moved from many  +1 -0 ~1  moved and changed' && says 'before moving'
expect 0 cairn log v.bin && lines 2 && says 'moved from w.bin, changed  moved and changed'
expect 0 cairn log moved/1 && lines 2 && says 'moved from many  changed' && expect 0 cairn log moved/3 && lines 2 && says 'moved from many  moved and changed'
expect 0 cairn log moved/5 && lines 1 && says 'moved from many  added' && expect 0 cairn log --json moved && says '"moved_from": "many"'
cairn mv moved gone >/dev/null && rm gone/[1-4] && add gone && git commit -qm 'too little is left' && expect 0 cairn log gone && lines 1
# What was changed and removed just around a move is what the next version says.
mkdir near && for i in 1 2 3 4; do echo near $i >near/$i; done && cairn add -q near && echo changed >near/1
cairn mv near far >/dev/null && rm far/[12] && cairn add -q far && grep -qx 'files 2' far.cairn || fail 'removed files came back'
expect 0 cairn status far && ! grep -q modified "$scratch/out" || fail 'not what was added'
git add -A && git commit -qm 'near and far'
# Of two that went, the one of the same name.
mkdir x y && echo same >x/f.bin && echo same >y/g.bin && add x/f.bin y/g.bin && git commit -qm two
mkdir z && git mv x/f.bin.cairn z/f.bin.cairn && git rm -q y/g.bin.cairn && git commit -qm 'two went'
expect 0 cairn log z/f.bin && lines 2 && says 'moved from x/f.bin'
# In a shallow clone the history ends where the clone does.
git clone -q --depth=1 "file://$PWD" ../shallow && expect 0 cairn -C ../shallow log z/f.bin && lines 1
echo ok
