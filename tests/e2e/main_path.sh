# init, add, commit, change, add, diff, push, clone, pull, checkout of an older version, restore: byte for byte.
. "$(dirname "$0")/lib.sh"

new_repo shop
cd shop
git rm -q --cached .cairn/config .gitattributes  # as after a run that was killed before it staged them
cairn init --no-hooks >/dev/null
[ -z "$(git status --porcelain | grep -v '^A ')" ] || fail "init again: $(git status --porcelain)"
mkdir -p data/images/deep/er
for i in $(seq 1 400); do echo "{\"id\": $i, \"text\": \"$(printf '%*s' $((i % 90)) x)\"}" >"data/images/deep/$i.json"; done
head -c 300000 /dev/zero >data/images/zeros
: >data/images/nothing
head -c 5000000 /dev/urandom >data/images/noise.bin
mkdir data/images/empty
ln -s deep/1.json data/images/link
printf '#!/bin/sh\n' >data/images/run.sh
chmod +x data/images/run.sh
touch "data/images/[a,b]" "data/images/ü name" "data/images/semi:colon"
head -c 3000000 /dev/urandom >model.bin
expect 0 cairn add data/images model.bin
says '407 files (407 new, 0 changed, 0 removed)'
says '3 links or empty folders new'
says 'staged data/images.cairn, model.bin.cairn, .gitignore, data/.gitignore'
for path in data/images model.bin; do git check-ignore -q $path || fail "$path is not ignored"; done
git commit -qm v1
git tag v1
cp -a data "$scratch/v1-data"
cp model.bin "$scratch/v1-model"
expect 0 cairn status --exit-code
pointer=$(cat data/images.cairn)
expect 0 cairn add data/images
says 'unchanged data/images'
[ "$pointer" = "$(cat data/images.cairn)" ] || fail 'the pointer of unchanged data changed'
git diff --cached --quiet || fail 'unchanged data was staged'

printf 'changed' | dd of=model.bin bs=1 seek=1500000 conv=notrunc status=none
rm data/images/deep/7.json
echo new >data/images/deep/new.json
mv data/images/zeros data/images/deep/zeros
expect 3 cairn status --exit-code
says 'added data/images/deep/new.json'
expect 0 cairn add -u
grep -qx 'staged data/images.cairn, model.bin.cairn' "$scratch/out" || fail "staged: $(cat "$scratch/out")"
git commit -qm v2
git tag v2
expect 0 cairn diff v1 v2
says 'moved 1'
expect 3 cairn diff --exit-code v1 v2
expect 0 cairn diff --md v1 v2

expect 0 cairn remote add prod "$scratch/remote"
expect 0 cairn push -n
says 'in 3 packs, about'
[ ! -e "$scratch/remote/cairn.json" ] || fail 'a dry run wrote'
cairn --json push -n >"$scratch/planned"
cairn --json push >"$scratch/done"
python3 -c '
import json, sys
planned, done = (json.load(open(name)) for name in sys.argv[1:])
# Whether a table of the root has a second level, in a pack of its own, shows when it is written.
assert 0 <= done["packs"] - planned["packs"] <= 1 and abs(planned["requests"] - done["requests"]) <= 6, (planned, done)
assert 0.9 < planned["uploaded_bytes"] / done["uploaded_bytes"] < 1.1, (planned, done)' "$scratch/planned" "$scratch/done"
expect 0 cairn check --pushed v1..v2
expect 0 cairn push
says 'already complete'
expect 0 cairn status
if grep -q 'not pushed' "$scratch/out"; then fail 'pushed, but status says not'; fi
# What is known of one place says nothing of another of the same name.
cairn remote set prod "$scratch/elsewhere" >/dev/null
expect 0 cairn status && says 'not pushed'
cairn remote set prod "$scratch/remote" >/dev/null

cd "$scratch"
git clone -q shop clone
cd clone
expect 0 cairn status
says 'next: cairn pull'
expect 6 cairn checkout
expect 0 cairn remote add prod "$scratch/remote"
expect 0 cairn status
if grep -q 'not pushed' "$scratch/out"; then fail 'status would have pushed what is not here'; fi
expect 0 cairn pull
same_tree data/images ../shop/data/images
cmp model.bin ../shop/model.bin
[ -x data/images/run.sh ] || fail 'executable bit'
expect 0 cairn status --exit-code
expect 0 cairn fetch --rev v1
git checkout -q v1
expect 3 cairn status --exit-code
says 'pointer changed by git'
expect 11 cairn add data/images
expect 0 cairn checkout
same_tree data/images "$scratch/v1-data/images"
cmp model.bin "$scratch/v1-model"
expect 0 cairn status --exit-code
expect 2 cairn checkout v2
says 'git switch --detach v2'
expect 0 cairn checkout v2 -- model.bin
cmp model.bin ../shop/model.bin
git diff --cached --name-only | grep -qx model.bin.cairn || fail 'the pointer was not staged'

expect 0 cairn restore v1 --to "$scratch/restored"
same_tree "$scratch/restored/data/images" "$scratch/v1-data/images"
expect 0 cairn restore v1 --to "$scratch/part" --include 'data/images/deep/1*.json' --strip data/images
[ "$(ls "$scratch/part/deep" | wc -l)" = 111 ] || fail 'the selection holds other files'
expect 2 cairn restore v1 --to "$scratch/none" --include 'nowhere/**'
echo other >"$scratch/part/deep/1.json"
expect 11 cairn restore v1 --to "$scratch/part" --strip data/images

[ "$(cairn cat data/images/run.sh)" = '#!/bin/sh' ] || fail cat
[ "$(cairn cat --range 0-1 data/images/run.sh)" = '#!' ] || fail 'cat --range'
cairn ls --rev v1 data/images | grep -q 'semi:colon' || fail ls
expect 0 cairn log model.bin
