# The line that a message says comes next does what it says, typed as it stands.
. "$(dirname "$0")/lib.sh"

new_repo shop
cd shop
mkdir -p data/deep
for i in $(seq 1 40); do echo "$i" >"data/deep/$i.txt"; done
head -c 300000 /dev/urandom >model.bin
cairn add data model.bin >/dev/null
git commit -qm v1 && git tag v1
echo changed >data/deep/7.txt && rm data/deep/8.txt
head -c 300000 /dev/urandom >model.bin
cairn add -u >/dev/null
git commit -qm v2 && git tag v2
cairn remote add prod "$scratch/remote" >/dev/null
cairn push --all >/dev/null
for v in v1 v2; do cairn restore $v --to "$scratch/$v" >/dev/null; done

# fresh [COMMAND...]: a clone that has fetched nothing but what the command brings.
fresh() {
  cd "$scratch"
  rm -rf clone
  git clone -q shop clone
  cd clone
  cairn -q remote add prod "$scratch/remote" >/dev/null 2>&1
  [ $# = 0 ] || "$@" >/dev/null
}
# helps CODE COMMAND...: it fails, what its hint names is typed, and then it works.
helps() {
  local line
  expect "$@"
  line=$(sed -n 's/^hint: `\([^`]*\)`.*/\1/p' "$scratch/out" | head -1)
  [ -n "$line" ] || { cat "$scratch/out" >&2; fail "no command in the hint of: $*"; }
  shift
  expect 0 eval "$line"
  expect 0 "$@"
}

# --- lists and data of another version than the one that is here: `cairn pull` would never bring them ---
fresh cairn pull && helps 6 cairn ls --rev v1 data
fresh cairn pull && helps 6 cairn diff v1 v2
fresh cairn pull && helps 6 cairn diff v1
fresh cairn fetch --rev v1 && helps 6 cairn diff v1 v2
fresh cairn fetch --rev v1 && helps 6 cairn diff v1 -- data
fresh cairn pull && helps 6 cairn diff v1 v2 -- data/deep
fresh cairn pull && helps 6 cairn log data/deep/7.txt
says 'changed'
fresh cairn fetch --rev v1 && helps 6 cairn log data/deep/7.txt
fresh cairn pull && expect 6 cairn log data/deep/7.txt && says 'its list of files is not here'
# Of several versions all are named at once, and one line brings them; from some number on, those that git lists.
fresh && helps 6 cairn log data/deep/7.txt && [ "$(grep -c '(Tester)' "$scratch/out")" = 2 ] || fail 'log of a file whose lists had to come'
cp -r "$scratch/shop" "$scratch/long" && cd "$scratch/long"
for i in $(seq 22); do echo "$i" >data/deep/7.txt && cairn add -qu && git commit -qm "$i"; done
cairn mv -q data moved && git commit -qm moved && cairn -q push --all
fresh && git remote add long ../long && git fetch -q long && git switch -q --detach "$(git -C ../long rev-parse HEAD)"
expect 6 cairn log moved/deep/7.txt
says '24 versions are not here' && says "$(git rev-parse HEAD~1 | cut -c1-12) data" && says 'and 19 more'
says 'for rev in $(git rev-list HEAD -- :/data.cairn); do cairn fetch --lists --rev $rev data; done'
git switch -q --detach HEAD^ && helps 6 cairn log data/deep/7.txt
[ "$(grep -c '(Tester)' "$scratch/out")" = 24 ] || fail 'log of many versions whose lists had to come'
fresh cairn pull && helps 6 cairn checkout v1 -- data model.bin
same_tree data "$scratch/v1/data" && cmp model.bin "$scratch/v1/model.bin"
fresh cairn fetch --lists --rev v1 && helps 6 cairn checkout v1 -- data
same_tree data "$scratch/v1/data"
fresh && cairn pull model.bin >/dev/null && expect 6 cairn checkout v1 -- data/deep && says '`cairn fetch --rev v1 data/deep` brings it'
fresh cairn pull
expect 6 cairn --offline restore v1 --to "$scratch/all"
says '`cairn fetch --rev v1 data` the data too'
expect 0 cairn fetch --rev v1
expect 0 cairn --offline restore v1 --to "$scratch/all" && same_tree "$scratch/all" "$scratch/v1"
fresh cairn fetch --lists --rev v1
expect 6 cairn --offline restore v1 --to "$scratch/none"
says '`cairn fetch --rev v1` brings it'
[ ! -e "$scratch/none/data" ] || fail 'a part was written'
fresh cairn pull && expect 6 cairn --offline cat --rev v1 data/deep/8.txt && says '`cairn fetch --rev v1 data` the data too'
fresh && helps 6 cairn checkout
same_tree data "$scratch/v2/data"

# --- much that is missing is told in few lines ---
fresh cairn fetch --lists
expect 6 cairn checkout
says 'data of 40 files is not in the store'
says 'and 30 more'
[ "$(wc -l <"$scratch/out")" -le 16 ] || fail "$(wc -l <"$scratch/out") lines"

# --- revisions ---
fresh cairn pull
expect 2 cairn checkout v1
says '`git switch --detach v1`, then `cairn checkout`'
git branch old v1
expect 2 cairn checkout old
says '`git switch old`, then `cairn checkout`'
for words in 'checkout nowhere -- data' 'ls --rev nowhere' 'fetch --rev nowhere' 'push --rev nowhere..v1'; do
  expect 2 cairn $words
  says '`git fetch --tags` brings branches and tags'
  says 'help: cairn help unknown-revision'
done
expect 2 cairn diff nowhere v1 && says '`git fetch --tags` brings branches and tags'
cairn fetch -q --rev v1
for range in v1..v2 v1...v2; do expect 2 cairn diff $range && says '`cairn diff v1 v2` compares two revisions'; done

# --- local changes: what keeps them, and what gives them up ---
echo mine >data/deep/1.txt
expect 11 cairn checkout
says 'local changes in 1 file'
says '`cairn add data` keeps them as a new version; `--force` gives them up'
expect 11 cairn restore v2 --to .
says 'holds 1 file with other content'
says '`--force` replaces what is there'
expect 0 cairn restore v2 --force --to .
same_tree data "$scratch/v2/data"
