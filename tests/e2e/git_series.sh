# git that goes over commits by itself: bisect, am and revert, in a clone, a job and a worktree. As cairn-git(7) says.
. "$(dirname "$0")/lib.sh"

git init -q shop && cd shop && cairn init >/dev/null && cairn remote add prod "$scratch/remote" >/dev/null
mkdir data
for i in 1 2 3 4 5 6 7 8; do
  echo "$i" >"data/f$i"
  if [ "$i" -lt 6 ]; then echo good; else echo bad; fi >data/state
  cairn add data >/dev/null && git commit -qm "c$i" && git tag "c$i"
done
cairn push --all >/dev/null
found() { [ "$(git rev-parse refs/bisect/bad)" = "$(git rev-parse c6)" ] || { cat "$scratch/out" >&2; fail "$1"; }; }

# --- bisect: the data follows each step, and the way back ---
git bisect start c8 c1 >/dev/null
expect 0 git bisect run sh -c 'grep -q good data/state'
found bisect
expect 0 git bisect reset
[ -e data/f8 ] && expect 0 cairn status --exit-code

# --- a job has no hooks: cairn ci in the script; what it cannot have is no verdict ---
git clone -q . ../job && cd ../job && cairn remote add prod "$scratch/remote" >/dev/null
git bisect start c8 c1 >/dev/null
expect 0 git bisect run sh -c "'$CAIRN_BIN' ci -q || exit 125; grep -q good data/state"
found 'bisect of a job'
git bisect reset >/dev/null 2>&1 && expect 0 cairn ci && [ -e data/f8 ] || fail 'ci behind bisect'

# --- bisect in a worktree leaves the data of the main one alone ---
cd ../shop && git worktree add -q --detach ../tree c8 && cd ../tree && expect 0 cairn checkout
git bisect start c8 c1 >/dev/null
expect 0 git bisect run sh -c 'grep -q good data/state && [ -e ../shop/data/f8 ]'
found 'bisect of a worktree'
expect 0 cairn -C ../shop status --exit-code
expect 0 git bisect reset && cd ../shop && git worktree remove --force ../tree

# --- am: patches hold pointers; git runs no hook that data could follow, and status says what to do ---
git format-patch -q --stdout c3..c5 >"$scratch/series" && git switch -qc applied c3 && [ ! -e data/f4 ] || fail 'switch'
expect 0 git am -q "$scratch/series"
expect 0 cairn status && says 'next: cairn checkout'
[ "$(git rev-parse HEAD:data.cairn)" = "$(git rev-parse c5:data.cairn)" ] && expect 0 cairn checkout && [ -e data/f5 ] || fail am
# A patch that does not fit is merged, file by file.
git switch -qc own c3 && echo own >data/own && cairn add data >/dev/null && git commit -qm own
expect 128 git am -q "$scratch/series" && git am --abort
expect 0 git am -q -3 "$scratch/series"
expect 0 cairn checkout && [ -e data/own ] && [ -e data/f4 ] && [ -e data/f5 ] && [ ! -e data/f6 ] || fail 'am -3'

# --- revert: of the newest commit, and of one whose changes others stand on ---
git switch -q main && expect 0 git revert --no-edit c8
[ ! -e data/f8 ] && expect 0 cairn status --exit-code
expect 0 git revert --no-edit c6
[ "$(cat data/state)" = good ] && [ ! -e data/f6 ] && [ -e data/f7 ] || fail 'revert of an older commit'
expect 0 cairn status --exit-code
expect 0 git revert --no-edit HEAD && [ "$(cat data/state)" = bad ] && [ -e data/f6 ] || fail 'revert of a revert'
