# Symbolic links in a tracked folder: kept as links; where they lead out of it, add asks; follow stores what they lead to.
. "$(dirname "$0")/lib.sh"

new_repo shop
mkdir -p far/sub/deep far/void
echo one >far/one.txt
echo two >far/sub/two.txt
head -c 3000000 /dev/urandom >far/sub/deep/large.bin
printf '#!/bin/sh\n' >far/run.sh && chmod +x far/run.sh
ln -s two.txt far/sub/inner
ln -s ../one.txt far/sub/up
chmod -R a-w far
outside() { (cd "$scratch/far" && find . -printf '%p %y %m %s %T@ %l\n' | sort); }
before=$(outside)

cd shop
mkdir -p data/sub
echo own >data/own.txt
ln -s own.txt data/link
ln -s ../own.txt data/sub/up
ln -s nowhere data/broken
expect 0 cairn add data
says '1 file (1 new, 0 changed, 0 removed)'
says '3 links or empty folders new'
says '3 links kept'
[ -L data/link ] || fail 'a link was replaced'

# --- links that lead out: a choice is needed ---
ln -s "$scratch/far/sub" data/ext
ln -s "$scratch/far/one.txt" data/one
ln -s ../../far/run.sh data/run
pointer=$(cat data.cairn)
expect 2 cairn add data
says '3 links leading out of it'
says '--links keep'
says '--links follow'
[ "$pointer" = "$(cat data.cairn)" ] || fail 'refused, but the pointer changed'
expect 2 cairn add --links maybe data

# --- keep ---
expect 0 cairn add --links keep data
says '6 links kept of which 3 lead out'
git commit -qm kept
git tag kept
cairn restore kept --to "$scratch/kept" >/dev/null
[ "$(readlink "$scratch/kept/data/ext")" = "$scratch/far/sub" ] || fail keep
expect 0 cairn status --exit-code
expect 0 cairn add data # decided once

# --- follow ---
expect 0 cairn add --links follow data
git commit -qm followed
git tag followed
expect 0 cairn status --exit-code
expect 0 cairn verify
expect 0 cairn add data
says 'unchanged data'
[ -L data/ext ] && [ -L data/one ] || fail 'follow replaced a link in the tree'
cairn restore followed --to "$scratch/followed" >/dev/null
cd "$scratch/followed/data"
[ ! -L ext ] && [ ! -L one ] && [ ! -L run ] || fail 'stored as links'
cmp one "$scratch/far/one.txt"
cmp ext/deep/large.bin "$scratch/far/sub/deep/large.bin"
[ -x run ] || fail 'executable bit'
[ "$(readlink ext/inner)" = two.txt ] || fail 'a link that stays in its folder out there'
[ ! -L ext/up ] && [ "$(cat ext/up)" = one ] || fail 'a link that leads out of the folder out there'
[ "$(readlink link)" = own.txt ] && [ "$(readlink sub/up)" = ../own.txt ] && [ "$(readlink broken)" = nowhere ] || fail 'own links'
cd "$scratch/shop"
[ "$before" = "$(outside)" ] || fail 'something outside was changed'

# What changes out there is seen, and follows with the next add.
chmod u+w "$scratch/far/sub" "$scratch/far/sub/two.txt"
echo changed >"$scratch/far/sub/two.txt"
echo new >"$scratch/far/sub/new.txt"
expect 3 cairn status --exit-code
says 'modified data/ext/two.txt'
says 'added data/ext/new.txt'
before=$(outside)
# An older version is never written through the links.
expect 11 cairn checkout --force data
[ "$before" = "$(outside)" ] || fail 'checkout wrote outside'
expect 0 cairn add data
git commit -qm again
cairn cat data/ext/new.txt | grep -qx new || fail 'not followed any more'
git checkout -q kept && cairn checkout --force >"$scratch/out" 2>&1 || true
[ "$before" = "$(outside)" ] || fail 'checkout of another version wrote outside'
git checkout -q main

# --- in a clone they are ordinary files ---
cairn remote add prod "$scratch/remote" >/dev/null && cairn push --all >/dev/null
git clone -q . "$scratch/clone" && cd "$scratch/clone" && git checkout -q followed
cairn remote add prod "$scratch/remote" >/dev/null
expect 0 cairn pull
same_tree data "$scratch/followed/data"
expect 0 cairn status --exit-code

# --- circles, dead ends and the rest are refused ---
cd "$scratch" && new_repo odd && cd odd
refused() { # TARGET WORDS
  rm -rf data && mkdir -p data/a && echo x >data/a/x && ln -s "$1" data/a/out
  expect 2 cairn add --links follow data
  says "$2"
  [ ! -e data.cairn ] || fail 'a pointer was written'
}
mkdir "$scratch/round" "$scratch/fifo" && ln -s ../round "$scratch/round/again" && mkfifo "$scratch/fifo/pipe"
mkdir "$scratch/ping" "$scratch/pong" && ln -s ../pong "$scratch/ping/to" && ln -s ../ping "$scratch/pong/fro"
refused "$scratch/round" 'holds the link itself'
refused "$scratch/ping" 'holds the link itself'
refused "$scratch/odd" 'holds the link itself'
refused "$scratch" 'holds the link itself'
refused / 'holds the link itself'
refused ../../data 'holds the link itself'
refused "$scratch/not/there" 'leads nowhere'
refused "$scratch/fifo/pipe" 'neither file nor folder'
refused "$scratch/fifo" 'neither file nor folder'
refused "$scratch/shop" 'git repository'
# A link that somebody puts in the place of a file is a new choice, even if it leads to that very file.
rm -rf data && mkdir data && head -c 100000 /dev/urandom >data/moved.bin
expect 0 cairn add data
mv data/moved.bin "$scratch/moved.bin" && ln -s "$scratch/moved.bin" data/moved.bin
expect 2 cairn add data
says 'leading out'
