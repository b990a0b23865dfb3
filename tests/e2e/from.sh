# add --from DIR PATH: data that stands outside of the work tree is versioned there; without a copy in the tree, unless one is asked for.
. "$(dirname "$0")/lib.sh"

mkdir -p far/sub
echo one >far/one.txt
echo two >far/sub/two.txt
head -c 300000 /dev/urandom >weights.bin
git init -q --bare origin.git

new_repo shop
cd shop
ln -s ../far lnk
ln -s ../weights.bin model.bin
expect 2 cairn add lnk
says 'cairn add --from TARGET lnk'
expect 0 cairn add --from ../far lnk
expect 0 cairn add --from ../weights.bin model.bin
mkdir data
expect 0 cairn add --from "$scratch/far" data/bare
[ ! -e data/bare ] || fail 'a copy was made'
head -c 1000 /dev/urandom >own.bin
cairn add own.bin >/dev/null
git add .cairn .gitignore ./*.cairn data
git commit -qm first
git branch -q start

# still_outside: the links and the places are as the user left them.
still_outside() {
  [ "$(readlink lnk)" = ../far ] && [ "$(readlink model.bin)" = ../weights.bin ] || fail "$1 touched a link"
  [ ! -e data/bare ] || fail "$1 wrote a copy"
}

# --- status: clean, and the line that adds it again ---
expect 0 cairn status --exit-code
says "lnk: stands outside, in $scratch/far"
says "after a change there: cairn add --from $scratch/far lnk"
says "after a change there: cairn add --from $scratch/far data/bare"
says '4 paths clean'
cairn status --json | python3 -c "
import json, sys
paths = {path['path']: path for path in json.load(sys.stdin)['paths']}
assert [paths[name]['state'] for name in ('data/bare', 'lnk', 'model.bin', 'own.bin')] == ['outside'] * 3 + ['clean'], paths
assert paths['lnk']['outside'] == '$scratch/far' and paths['lnk']['next'] is None, paths"
(cd data && expect 0 cairn status && says "cairn add --from $scratch/far bare")

# --- commands about everything leave it alone ---
expect 0 cairn add -u
expect 0 cairn checkout
says 'left alone: lnk stands outside (`cairn checkout lnk` writes a copy)'
says 'left alone: data/bare stands outside'
expect 0 cairn checkout data
expect 0 cairn checkout --force
expect 0 cairn verify
says 'left out: `lnk` stands outside'
expect 0 cairn verify lnk
says 'left out: `lnk` stands outside'
expect 0 cairn diff
expect 0 cairn check
expect 0 cairn hooks install
git commit -q --allow-empty -m 'with hooks' || fail 'pre-commit'
git switch -q -c other
echo new >new.txt
cairn add new.txt >/dev/null
git commit -qm new
git switch -q main
[ ! -e new.txt ] || fail 'what only the other branch has'
git switch -q other
[ -e new.txt ] || fail 'what stands outside is no reason to leave a new path out'
git switch -q main
still_outside 'a command about everything'
cairn remote add --default far "$scratch/remote" >/dev/null
expect 0 cairn push --all
expect 0 cairn pull
says 'left alone: lnk stands outside'
still_outside pull
expect 0 cairn pull --no-store
says 'left alone: lnk stands outside'
still_outside 'pull --no-store'

# --- the next version ---
echo three >../far/three.txt
expect 2 cairn add lnk
says "cairn add --from $scratch/far lnk"
expect 2 cairn add data/bare
says "cairn add --from $scratch/far data/bare"
expect 0 cairn add --from ../far lnk
says '3 files (1 new'
expect 0 cairn status --exit-code
git commit -qm second
git checkout -q start -- lnk.cairn
expect 3 cairn status --exit-code
says 'lnk: pointer changed by git'
git checkout -q main -- lnk.cairn

# --- a copy is written when it is named; a link of the user gives way by force alone ---
expect 11 cairn checkout lnk
says 'rm lnk'
says 'cairn checkout --force lnk'
expect 11 cairn pull lnk
expect 11 cairn checkout model.bin
expect 0 cairn checkout -n --force lnk
says 'would write 3 files'
still_outside 'a refused checkout'
expect 0 cairn checkout --force lnk
[ ! -L lnk ] && same_tree lnk ../far
expect 0 cairn pull --force model.bin
[ ! -L model.bin ] && cmp model.bin ../weights.bin
# So it is without the store; where the data cannot be had, the link stays.
cairn push -q && git clone -q . "$scratch/linked" && cd "$scratch/linked" && cairn init >/dev/null 2>&1 && ln -s ../far lnk && ln -s ../weights.bin model.bin
cairn remote add --default far "$scratch/remote" >/dev/null && cairn fetch -q --lists && expect 0 cairn add --from ../far lnk && expect 0 cairn add --from ../weights.bin model.bin
cairn push -q && rm -rf .git/cairn/packs .git/cairn/index && expect 11 cairn pull --no-store lnk && says 'rm lnk'
mv "$scratch/remote" "$scratch/away"
got=0; cairn pull --no-store --force lnk model.bin >"$scratch/out" 2>&1 || got=$?
[ "$got" != 0 ] && [ "$(readlink lnk)" = ../far ] && [ "$(readlink model.bin)" = ../weights.bin ] || fail 'a link is gone, and nothing came'
mv "$scratch/away" "$scratch/remote"
expect 0 cairn pull --no-store --force lnk model.bin
[ ! -L lnk ] && same_tree lnk ../far && [ ! -L model.bin ] && cmp model.bin ../weights.bin && cd ../shop
expect 0 cairn checkout data/bare
[ -f data/bare/one.txt ] && [ ! -e data/bare/three.txt ] || fail 'data/bare is of the first version'
expect 0 cairn status --exit-code
says '4 paths clean'
if grep -q outside "$scratch/out"; then fail 'a copy in the tree does not stand outside'; fi
echo more >>lnk/one.txt
expect 0 cairn add -u
says 'added lnk'

# --- data in the tree from then on; mv and rm take the note along ---
rm -rf lnk
ln -s ../far lnk
expect 0 cairn add --from ../far lnk
git mv lnk.cairn lnk1.cairn && git commit -qnm 'moved by git' && expect 0 cairn status
says "lnk1: stands outside, in $scratch/far"
[ ! -e lnk1 ] && [ -L lnk ] || fail 'git mv moves a pointer alone'
git mv lnk1.cairn lnk.cairn && git commit -qnm 'and back' && expect 0 cairn status && says "lnk: stands outside"
expect 0 cairn mv lnk lnk2
[ -L lnk2 ] || fail mv
expect 0 cairn status lnk2
says "lnk2: stands outside, in $scratch/far"
expect 0 cairn rm lnk2
[ -L lnk2 ] || fail 'rm took away a link of the user'
same_tree ../far lnk2/
