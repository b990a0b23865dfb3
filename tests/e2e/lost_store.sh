# The store loses what it held: status, add, check and fsck say so, and data that still stands in the tree is stored again.
. "$(dirname "$0")/lib.sh"

new_repo shop
cd shop
mkdir -p data/deep
for i in $(seq 1 40); do seq "$i" $((i + 900)) >"data/deep/$i.txt"; done
head -c 3000000 /dev/urandom >data/noise.bin
head -c 2500000 /dev/urandom >model.bin
: >empty
expect 0 cairn add data model.bin empty
git commit -qm v1
cp -a data "$scratch/data" && cp model.bin "$scratch/model.bin"
lose_all() { rm -rf .git/cairn/packs .git/cairn/index; }
whole() { # every version of HEAD restores
  rm -rf "$scratch/restored"
  expect 0 cairn restore HEAD --to "$scratch/restored"
  same_tree "$scratch/data" "$scratch/restored/data"
  cmp "$scratch/model.bin" "$scratch/restored/model.bin"
  expect 0 cairn fsck
}

# --- everything is gone, the tree is whole ---
lose_all
expect 3 cairn status --exit-code
says 'data: as its pointer says, but missing from the store'
says 'next: cairn add data'
says '1 path clean' # the empty file needs no store
expect 3 cairn check
says 'cairn add PATH'
expect 11 cairn rm model.bin
says 'missing from the store; rm would lose it'
[ -e model.bin ] || fail 'the last copy was removed'
expect 0 cairn add -n data
[ ! -e .git/cairn/packs ] || [ -z "$(find .git/cairn/packs -type f)" ] || fail 'a dry run stored'
expect 0 cairn add data
says 'stored'
expect 0 cairn add -u
says 'unchanged data'
says 'stored'
git diff --cached --quiet || fail 'a pointer changed'
expect 0 cairn status --exit-code
whole
expect 0 cairn add -u
if grep -q stored "$scratch/out"; then fail 'what is whole was stored again'; fi

# --- one pack is gone, with a part of the chunks ---
rm -f "$(find .git/cairn/packs -type f -size +1000k | head -1)"
expect 7 cairn fsck
says 'lost: chunk'
says 'cairn add'
expect 0 cairn add -u
expect 0 cairn status --exit-code
whole

# --- the tree is gone too: what is missing is said, and nothing half-written ---
mv .git/cairn/packs "$scratch/packs"
rm -r data
expect 3 cairn status --exit-code
says 'data: missing from disk, and from the store'
says 'next: cairn pull data'
expect 6 cairn checkout
[ ! -e data ] || fail 'a half-written folder'
mv "$scratch/packs" .git/cairn/packs
expect 0 cairn checkout data

# --- what a remote has is not stored again unasked (cache prune, pull --no-store), and can be brought back ---
expect 0 cairn remote add prod "$scratch/remote"
expect 0 cairn push
rm -f "$(find .git/cairn/packs -type f -size +1000k | head -1)"
expect 0 cairn fsck
says 'of what stood there a remote has'
expect 0 cairn fsck --repair-from prod
says 'repaired'
whole
lose_all
expect 0 cairn status --exit-code
expect 0 cairn add data
if grep -q stored "$scratch/out"; then fail 'stored again what a remote has'; fi
expect 0 cairn add --force data model.bin
says 'stored'
whole

# --- data that this clone knows nothing of is not taken for the version ---
cd "$scratch" && new_repo told && cd told && cairn remote add prod "$scratch/told-remote" >/dev/null
mkdir data && echo 1 >data/a && echo 1 >data/b && echo 1 >lone.bin
expect 0 cairn add data lone.bin && git commit -qm v1 && expect 0 cairn push
git clone -q . "$scratch/brought" && cd "$scratch/brought" && cairn init --no-hooks >/dev/null && cairn remote add prod "$scratch/told-remote" >/dev/null
cp -r ../told/data . && echo 2 >data/a && echo 2 >lone.bin
expect 3 cairn status --exit-code && says 'data: not compared, the list of its files is not here' && says 'next: cairn fetch --lists data' && says 'lone.bin: modified'
expect 11 cairn rm data && says 'might lose it' && [ -e data/a ] || fail 'what no version may hold was removed'
expect 0 cairn fetch --lists data && expect 3 cairn status --exit-code data && says 'modified data/a'
cp ../told/data/a data/a && expect 0 cairn status --exit-code data && says 'clean'
# of a part, what was written out is known
rm -r data && expect 0 cairn pull --include data/a data && lose_all
expect 0 cairn status --exit-code data && says 'clean, partly checked out'
echo 3 >data/a && expect 3 cairn status --exit-code data && says 'modified data/a'
