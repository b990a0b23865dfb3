# pull, restore and ci --no-store: exact or nothing, nothing in the store, the tree as any pull leaves it.
. "$(dirname "$0")/lib.sh"

mkdir big && python3 - <<'PY'
import random
rng = random.Random(5)
block = rng.randbytes(700_000)
open("big/noise", "wb").write(rng.randbytes(3_000_000))
open("big/twice", "wb").write(block + rng.randbytes(900_000) + block)  # chunks that stand in several places
open("big/zeros", "wb").write(bytes(2_500_000))
PY
new_repo shop
cd shop
mkdir -p data/set/val
cp ../big/* data/set/
for i in $(seq 1 150); do echo "{\"id\": $i, \"text\": \"$(printf '%*s' $((i % 90)) x)\"}" >"data/set/val/$i.json"; done
: >data/set/empty
mkdir data/set/hollow
ln -s val/1.json data/set/link
printf '#!/bin/sh\n' >data/set/run && chmod +x data/set/run
head -c 900000 /dev/urandom >model.bin
cairn add data/set model.bin >/dev/null
git commit -qm v1 && git tag v1
cairn remote add prod "$scratch/far" >/dev/null
cairn push >/dev/null
cp -a data "$scratch/v1-data"

clone() { # clone NAME [REV]
  rm -rf "${scratch:?}/$1"
  git clone -q "$scratch/shop" "$scratch/$1"
  cd "$scratch/$1"
  git config cairn-remote.prod.url "$scratch/far"
  [ -z "${2:-}" ] || git checkout -q "$2"
}
nothing_kept() { [ ! -e .git/cairn/packs ] && [ -z "$(find .git/cairn -name '*.pack' 2>/dev/null)" ] || fail 'something is in the store'; }
no_leftovers() { [ -z "$(find "${1:-.}" .git -name '.cairn-tmp-*' 2>/dev/null)" ] || fail "left behind: $(find "${1:-.}" .git -name '.cairn-tmp-*')"; }

# the whole tree; what comes after it says nothing wrong
clone one
expect 0 cairn pull --no-store -n
says '158 files'
[ ! -e data/set ] || fail 'a dry run wrote'
expect 0 cairn pull --no-store
same_tree "$scratch/shop/data" data
cmp model.bin ../shop/model.bin
[ -x data/set/run ] || fail 'the exec bit is lost'
nothing_kept
no_leftovers
expect 0 cairn status --exit-code
expect 0 cairn verify
expect 0 cairn fsck
expect 0 cairn gc
[ -z "$(git status --porcelain)" ] || fail "git sees $(git status --porcelain)"
# again: nothing comes, also when the remote is gone
mv "$scratch/far" "$scratch/away"
expect 0 cairn pull --no-store
mv "$scratch/away" "$scratch/far"
# a file that is gone or changed behind our back comes again, alone
rm data/set/val/7.json && printf x >>data/set/val/8.json
expect 11 cairn pull --no-store
says 'local changes'
cairn pull --no-store --force --json >../json
python3 -c 'import json,sys; r=json.load(open(sys.argv[1])); assert r["checked_out"]["written_files"] == 2, r; assert r["fetched"]["downloaded_bytes"] < 60_000, r' ../json
same_tree "$scratch/shop/data" data
# a change is added as in any clone, pushed, and comes elsewhere
echo new >data/set/val/new.json
head -c 1200000 /dev/urandom >>data/set/noise
expect 0 cairn add data/set
git commit -qam v2
expect 0 cairn push
cp -a data "$scratch/v2-data"
v2=$(git rev-parse HEAD)
git -C "$scratch/shop" fetch -q "$scratch/one" HEAD:v2

# from one version to another and back: removed, added, a folder where a file was
clone two v1
expect 0 cairn pull --no-store
git checkout -q "$v2" 2>/dev/null
expect 0 cairn pull --no-store
same_tree "$scratch/v2-data" data
git checkout -q v1
expect 0 cairn pull --no-store
same_tree "$scratch/v1-data" data
nothing_kept
no_leftovers
# commands that need the data fetch it or say so
expect 6 cairn checkout "$v2" -- data/set
says 'cairn fetch --rev'
expect 0 cairn fetch
expect 0 cairn fsck

# a part, by patterns: the rest does not come, and stays away
clone part
cairn pull --no-store --include 'data/set/val/1?.json' --json >../json
python3 -c 'import json,sys; r=json.load(open(sys.argv[1])); assert r["checked_out"]["written_files"] == 10, r; assert r["fetched"]["downloaded_bytes"] < 80_000, r' ../json
[ "$(find data model.bin -type f 2>/dev/null | grep -Evc '\.cairn$|gitignore$')" = 10 ] || fail 'more or less than the part came'
expect 0 cairn status --exit-code data/set
expect 2 cairn pull --no-store --include nowhere
says 'no-match'

# what the store has does not come again
clone half
expect 0 cairn fetch data/set
cp -a "$scratch/far" "$scratch/far-whole"
rm -r "$scratch/far/packs" && mkdir "$scratch/far/packs"
expect 0 cairn pull --no-store data/set
same_tree "$scratch/v1-data" data
expect 6 cairn pull --no-store
[ ! -e model.bin ] || fail 'a file came from nowhere'
rm -r "$scratch/far" && cp -a "$scratch/far-whole" "$scratch/far"

# what was never pushed: the plan says so, as the real run does
(cd ../shop && echo unpushed >lone.bin && cairn add lone.bin >/dev/null && git commit -qm unpushed)
clone unpushed
for command in 'pull --no-store' 'pull --no-store lone.bin' 'restore --no-store --to ../planned' 'restore --no-store HEAD lone.bin --to ../planned'; do
  expect 6 cairn $command -n && says 'not complete on `prod`' && says lone.bin
done
[ ! -e ../planned ] && expect 0 cairn pull --no-store -n data && expect 0 cairn restore --no-store -n HEAD data --to ../planned
expect 2 cairn --offline pull --no-store -n data && expect 6 cairn --offline restore --no-store -n HEAD data --to ../planned
expect 6 cairn pull --no-store && [ ! -e data/set ] || fail 'a part was written'
git -C ../shop reset -q --hard HEAD^

# damage on the remote: named, and the tree stays as it was
data_packs() { find "$scratch/far/packs" -type f -size +300k; }
clone hurt v1
expect 0 cairn pull --no-store
cp -a "$scratch/far" "$scratch/far-good"
git checkout -q "$v2"
for pack in $(data_packs); do
  chmod u+w "$pack"
  printf '?!' | dd of="$pack" bs=1 seek=100000 conv=notrunc status=none
done
expect 7 cairn pull --no-store
says 'damaged on `prod`'
same_tree "$scratch/v1-data/set" data/set
no_leftovers
rm -r "$scratch/far" && cp -a "$scratch/far-good" "$scratch/far"
# data that is gone from there
rm $(data_packs)
expect 6 cairn pull --no-store
same_tree "$scratch/v1-data/set" data/set
no_leftovers
expect 6 cairn restore --no-store --to ../nowhere
[ -z "$(find ../nowhere -type f)" ] || fail 'restored in part'
rm -r "$scratch/far" && cp -a "$scratch/far-good" "$scratch/far"

# kill -9 while one pack has come and another does not answer: old files only, and the next run takes the rest away
newest=$(ls -t $(data_packs) | head -1)
mv "$newest" "$scratch/held" && mkfifo "$newest"
"$CAIRN_BIN" pull --no-store >"$scratch/out" 2>&1 &
killed=$!
for _ in $(seq 500); do [ -z "$(find data -name '.cairn-tmp-*' -size +0)" ] || break; sleep 0.02; done
[ -n "$(find data -name '.cairn-tmp-*' -size +0)" ] || { kill -9 $killed; fail 'nothing was being written'; }
kill -9 $killed
wait $killed || true
rm "$newest" && mv "$scratch/held" "$newest"
expect 0 cairn status
diff -r --no-dereference -x '.cairn-tmp-*' "$scratch/v1-data/set" data/set || fail 'something else than old files'
expect 0 cairn pull --no-store
same_tree "$scratch/v2-data/set" data/set
no_leftovers
expect 0 cairn status --exit-code

# restore and ci: the same files by the same fingerprint, within limits
cd "$scratch/shop"
expect 0 cairn restore v1 --to ../full
fingerprint=$(cairn restore v1 --to ../full --json | sed -n 's/.*"fingerprint": *"\([^"]*\)".*/\1/p')
clone job v1
expect 3 cairn restore v1 --no-store --to ../restored --max-bytes 100K
says 'over-budget'
expect 3 cairn restore v1 --no-store --to ../restored --expect "sha256:$(printf '0%.0s' $(seq 64))"
[ ! -e ../restored ] || [ -z "$(find ../restored -type f)" ] || fail 'limits let something through'
expect 0 cairn restore v1 --no-store --to ../restored --expect "$fingerprint" --max-bytes 20M
same_tree ../full ../restored
expect 0 cairn restore v1 --no-store --to ../restored
echo other >../restored/model.bin
expect 11 cairn restore v1 --no-store --to ../restored
expect 0 cairn restore v1 --no-store --to ../val --include 'data/set/val/*' --strip data/set
same_tree "$scratch/v1-data/set/val" ../val/val
expect 0 cairn ci --no-store --expect "$fingerprint"
says "$fingerprint"
same_tree "$scratch/v1-data" data
nothing_kept
touch data/set/stray
expect 11 cairn ci --no-store --require-clean
rm data/set/stray model.bin
expect 6 cairn --offline ci --no-store
says 'missing-object'
expect 0 cairn ci --no-store
git clone -q --bare "$scratch/shop" "$scratch/bare.git"
cd "$scratch/bare.git"
git config cairn-remote.prod.url "$scratch/far"
expect 0 cairn ci --no-store --rev v1 --to ../from-bare
same_tree ../full ../from-bare

# no remote, or none allowed
clone alone
git config --remove-section cairn-remote.prod
expect 2 cairn pull --no-store
says 'cairn remote add'
expect 2 cairn --offline pull --no-store -r x
echo ok
