# ci: the data of one commit in a job: exact or nothing, within limits, named by a fingerprint; the shell parts of the action.
. "$(dirname "$0")/lib.sh"

new_repo shop
cd shop
mkdir -p data/set/val 'data/set-b'
for i in $(seq 1 60); do head -c 3000 /dev/urandom >"data/set/$i"; done
for i in $(seq 1 10); do head -c 90000 /dev/urandom >"data/set/val/v$i"; done
echo more >data/set-b/x
head -c 1500000 /dev/urandom >model.bin
cairn add data/set data/set-b model.bin >/dev/null
git add -A && git commit -qm v1 && git tag v1
cairn remote add prod "$scratch/far" >/dev/null
cairn push >/dev/null
cp -r data "$scratch/v1-data"; cp model.bin "$scratch/v1-model"
echo changed >data/set/1
cairn add data/set >/dev/null && git commit -qam v2 && cairn push >/dev/null
key=$(cairn ci key)

job() { # job NAME: a clone of depth 1 as a runner makes it
  rm -rf "$scratch/$1"
  git clone -q --depth 1 "file://$scratch/shop" "$scratch/$1"
  cd "$scratch/$1"
  git checkout -q --detach
  git config cairn-remote.prod.url "$scratch/far"
}

# the whole tree, in a detached clone of depth 1; the proof names commit and fingerprint
job one
git config test.tool "$(cairn --version | head -1)"
expect 0 cairn ci --proof ../proof.json
says 'restored 72 files'
fingerprint=$(sed -n 's/^fingerprint //p' "$scratch/out")
same_tree "$scratch/shop/data" data
cmp model.bin "$scratch/shop/model.bin"
[ -z "$(git status --porcelain)" ] || fail "the job left: $(git status --porcelain)"
[ -z "$(ls .git/hooks | grep -v sample)" ] || fail 'hooks were installed'
grep -q "\"commit\": \"$(git rev-parse HEAD)\"" ../proof.json || fail 'the proof names no commit'
grep -q "\"fingerprint\": \"$fingerprint\"" ../proof.json || fail 'the proof has another fingerprint'
python3 -c 'import json; p = json.load(open("../proof.json")); s = p["bytes_by_source"]; assert p["files"] == 72 and sum(s.values()) == p["bytes"] and s["remote"] == p["bytes"], p'
python3 - <<'PY'
import json, subprocess
def out(*words):
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout
def oid(path):
    return next(line for line in out("git", "show", f"HEAD:{path}.cairn").splitlines() if line.startswith("oid ")).split(":")[1]
proof = json.load(open("../proof.json"))
assert {item["path"]: item["oid"] for item in proof["pointers"]} == {path: oid(path) for path in ("data/set", "data/set-b", "model.bin")}, proof["pointers"]
assert [item["files"] for item in sorted(proof["pointers"], key=lambda item: item["path"])] == [70, 1, 1], proof["pointers"]
assert proof["schema"] == 1 and proof["begun"] <= proof["ended"] and "hashed" in proof["verification"], proof
assert proof["tool"] == out("git", "config", "test.tool").strip(), proof["tool"]
PY
[ "$(cairn ci key)" = "$key" ] || fail 'the key depends on the clone'
# the fingerprint by sha256sum alone
by_hand=$(find data/set data/set-b model.bin -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sed 's/^/f /; s/  / /' | tr '\n' '\0' | sha256sum)
[ "$fingerprint" = "sha256:${by_hand%% *}" ] || fail "another fingerprint by hand: $by_hand"

# a name of a cache is the same before anything was fetched, and changes with the tracked paths that the patterns reach
job keys
inside=$(cairn ci key --include 'data/set/val/**') && model=$(cairn ci key --include /model.bin)
[ "$(cd ../one && cairn ci key --include 'data/set/val/**')" = "$inside" ] || fail 'the key depends on what is here'
(cd ../shop && echo other >data/set/2 && cairn add -q data/set && git commit -qm 'another file of data/set')
job keys2 && [ "$(cairn ci key --include /model.bin)" = "$model" ] || fail 'the key names what the patterns leave out'
[ "$(cairn ci key --include 'data/set/val/**')" != "$inside" ] && [ "$(cairn ci key)" != "$key" ] || fail 'the key stayed'
git -C ../shop reset -q --hard HEAD^ && (cd ../shop && cairn checkout -q)
cd ../one

# again: nothing is asked, so the remote may be gone
mv "$scratch/far" "$scratch/away"
expect 0 cairn ci
says "$fingerprint"
rm -r data/set && expect 0 cairn ci --expect "$fingerprint"
same_tree "$scratch/shop/data" data
for command in ci 'ci --no-store' 'restore --to ../none' check 'cat model.bin' 'export HEAD --to plain -o ../none'; do
  expect 2 cairn $command -r nowhere && says 'there is no remote `nowhere`' && [ ! -e ../none ] || fail "a remote that nobody knows: $command"
done
mv "$scratch/away" "$scratch/far"

# what a job has in its way is not overwritten, and no flag is named that it does not have
job changed && expect 0 cairn ci && echo mine >data/set/1
for how in ci 'ci --no-store'; do
  expect 11 cairn $how && says 'data/set/1' && says 'remove what is in the way first' && ! grep -q -e --force "$scratch/out" || fail "$how: a hint that helps nobody"
done
[ "$(cat data/set/1)" = mine ] && rm data/set/1 && expect 0 cairn ci && same_tree "$scratch/shop/data" data

# limits stop before data comes
job two
expect 3 cairn ci --max-bytes 100K
says 'over-budget'
[ ! -e data/set ] || fail 'wrote in spite of the limit'
expect 3 cairn ci --expect "sha256:$(printf '0%.0s' $(seq 64))"
says 'unexpected-version'
[ ! -e data/set ] || fail 'wrote another version'
[ "$(du -s --apparent-size -B1 .git/cairn | cut -f1)" -lt 300000 ] || fail 'data came in spite of the limits'
expect 2 cairn ci --expect 00
expect 0 cairn ci --include 'data/set/val/**' --max-bytes 2M
[ "$(find data -type f ! -name '*.cairn' ! -name .gitignore | wc -l)" = 10 ] || fail 'wrote more than was selected'
[ ! -e model.bin ] || fail 'wrote what was not selected'
expect 2 cairn ci --include 'no/such/**'

# another commit goes elsewhere only; offline says what is missing; local changes are never overwritten
job three
expect 2 cairn ci --rev v1
git fetch -q --depth 5 origin tag v1
expect 2 cairn ci --rev v1
says '--to'
expect 2 cairn restore v0 --to "$scratch/out-v0"
says 'no revision in this clone'
says 'git fetch --tags'
expect 0 cairn ci --rev v1 --to "$scratch/out-v1"
same_tree "$scratch/v1-data/set" "$scratch/out-v1/data/set"
[ ! -e data/set ] || fail '--to wrote into the tree'
job four
expect 6 cairn --offline ci
[ ! -e data/set ] || fail 'wrote a part'
mkdir -p data/set && echo mine >data/set/2
expect 11 cairn ci
[ "$(cat data/set/2)" = mine ] || fail 'a local file was overwritten'
rm data/set/2 && echo extra >data/set/extra
expect 11 cairn ci --require-clean
[ ! -e data/set/3 ] || fail 'wrote although the folder is not clean'
expect 0 cairn ci
[ "$(cat data/set/extra)" = extra ] || fail 'an extra file was removed'
printf 'x' >>model.bin.cairn
expect 11 cairn ci
says 'model.bin.cairn'

# a job in a tree where another one took a part: all of it comes, with the store and without
job parts
expect 0 cairn ci --include 'data/set/val/**' && expect 0 cairn ci && same_tree "$scratch/shop/data" data && cmp model.bin "$scratch/shop/model.bin"
job parts2
expect 0 cairn ci --include 'data/set/val/**' && expect 0 cairn ci --no-store model.bin && cmp model.bin "$scratch/shop/model.bin"
expect 0 cairn ci --no-store && same_tree "$scratch/shop/data" data && expect 0 cairn status --exit-code

# restore: the same name of the same files, and lists that are not here are not asked for
expect 0 cairn restore --to "$scratch/out-named" --frozen && says "fingerprint $fingerprint"
expect 2 cairn restore --to "$scratch/out-named" --frozen --no-store
# its proof: of what was written, and of what stood there already; not of what was only planned
expect 0 cairn restore --to "$scratch/out-proven" --proof "$scratch/restored.json" --include 'data/**'
expect 0 cairn restore --to "$scratch/out-proven" --no-store --proof "$scratch/again.json"
expect 2 cairn restore --to "$scratch/out-proven" --proof "$scratch/none.json" --dry-run && [ ! -e "$scratch/none.json" ] || fail 'a proof of nothing'
python3 - "$scratch/restored.json" "$scratch/again.json" "$(git rev-parse HEAD)" "$fingerprint" <<'P' || fail 'the proof of a restore'
import json, sys
first, again = (json.load(open(path)) for path in sys.argv[1:3])
assert first["commit"] == again["commit"] == sys.argv[3] and again["fingerprint"] == sys.argv[4] != first["fingerprint"], (first, again)
assert first["bytes_by_source"] == {"remote": 0, "store": first["bytes"], "tree": 0}, first
assert again["bytes_by_source"]["tree"] == first["bytes"] and again["files"] > first["files"], again
assert {item["path"] for item in again["pointers"]} == {"data/set", "data/set-b", "model.bin"} and "hashed" in again["verification"], again
P
git clone -q --depth 1 "file://$scratch/shop" "$scratch/lonely" && cd "$scratch/lonely"
expect 6 cairn ci && says 'no remote is known in this clone' && says 'cairn remote add NAME URL' && ! grep -q 'cairn pull' "$scratch/out" || fail 'nowhere to pull from'
expect 6 cairn restore HEAD --to "$scratch/lonely-to" && says 'cairn remote add NAME URL'
git clone -q --depth 1 "file://$scratch/shop" "$scratch/unlisted" && cd "$scratch/unlisted" && git config cairn-remote.prod.url "$scratch/far"
expect 6 cairn restore --to "$scratch/out-unlisted" --frozen && says 'cairn fetch --lists' && [ ! -e "$scratch/out-unlisted" ] || fail 'asked for lists'

# missing on the remote: nothing is written
job five
cp -r "$scratch/far" "$scratch/torn"
rm -r "$scratch"/torn/packs/*
git config cairn-remote.prod.url "$scratch/torn"
expect 6 cairn ci --annotations github --summary "$scratch/summary.md"
says '::error title=cairn ci::'
grep -q 'not restored' "$scratch/summary.md" || fail 'the summary does not tell the failure'
[ ! -e data/set ] || fail 'wrote a part'

# a bare repository
git clone -q --bare "$scratch/shop" "$scratch/bare.git"
cd "$scratch/bare.git"
git config cairn-remote.prod.url "$scratch/far"
expect 2 cairn ci
says '--to'
expect 0 cairn ci --to "$scratch/out-bare" data/set
same_tree "$scratch/shop/data/set" "$scratch/out-bare/data/set"

# a warm cache of nine tenths: only the rest comes
job six
export CAIRN_STORE=$scratch/kept
expect 0 cairn ci
cd "$scratch/shop"
for i in $(seq 2 7); do head -c 3000 /dev/urandom >"data/set/$i"; done
(unset CAIRN_STORE; cairn add data/set >/dev/null && git commit -qam v3 && cairn push >/dev/null)
job seven
expect 0 cairn --json ci
python3 -c 'import json, sys; r = json.load(open(sys.argv[1])); assert r["downloaded_bytes"] < 60000 and r["bytes_by_source"]["store"] > 2000000, r' "$scratch/out"
unset CAIRN_STORE

# a kept store inside of the project: git does not see it, nor does a tracked folder that it lies in
job beside
CAIRN_STORE=.cairn-cache expect 0 cairn ci --require-clean
[ -z "$(git status --porcelain)" ] || fail "git sees the store: $(git status --porcelain)"
CAIRN_STORE=.cairn-cache expect 0 cairn fsck
job besides
CAIRN_STORE=./.cairn-cache/ expect 0 cairn ci && [ -z "$(git status --porcelain)" ] || fail 'git sees a store of another spelling'
rm .cairn-cache/.gitignore data/set/3 && CAIRN_STORE=.cairn-cache expect 0 cairn fetch && CAIRN_STORE=.cairn-cache expect 0 cairn pull
[ -z "$(git status --porcelain)" ] || fail 'git sees a store that an older program made'
CAIRN_STORE=data/set/kept expect 0 cairn ci --require-clean --no-store
CAIRN_STORE=data/set/kept expect 0 cairn pull
CAIRN_STORE=data/set/kept expect 0 cairn ci --require-clean
CAIRN_STORE=data/set/kept expect 0 cairn status --exit-code
[ -d data/set/kept/packs ] || fail 'the store is elsewhere'

# a clone whose only remote is committed and not trusted: a fork's pull request is skipped with a word
job eight
git config --unset cairn-remote.prod.url
git config -f .cairn/config cairn-remote.far.url s3://acme-data/shop
expect 13 cairn ci
expect 0 cairn ci --skip-without-access --annotations github
says 'skipped: no access to the data here'
says '::notice'
# a mirror beside it that is down: each remote that was tried has its line, in the log, the page and the mark
git config -f .cairn/config cairn-remote.mirror.url http://127.0.0.1:1/shop
git config -f .cairn/config cairn.read-remotes 'far mirror'
CAIRN_TRUST=127.0.0.1 expect 0 cairn ci --skip-without-access --annotations github --summary "$scratch/skipped.md"
for where in "$scratch/out" "$scratch/skipped.md"; do
  grep -q 'remote `far`' "$where" && grep -q '^[ -] *asked too: remote `mirror`' "$where" || fail "$where does not name each remote"
done
grep -q '^::notice .*%0A  asked too: remote `mirror`' "$scratch/out" || fail 'the mark does not name each remote'
git config -f .cairn/config --unset cairn.read-remotes
git config -f .cairn/config --remove-section cairn-remote.mirror
git commit -qam 'a remote for all'
git clone -q --bare . "$scratch/bare-far.git"
cd "$scratch/bare-far.git"
expect 13 cairn ci --to "$scratch/out-far"
says 'cairn trust far'

# the shell parts of the action, as a runner calls them
job nine
action=$here/../../integrations/github
mkdir -p "$scratch/runner/bin" && ln -s "$CAIRN_BIN" "$scratch/runner/bin/cairn"
export PATH=$scratch/runner/bin:$PATH RUNNER_TEMP=$scratch/runner GITHUB_ACTION_PATH=$action
export GITHUB_OUTPUT=$scratch/output GITHUB_STEP_SUMMARY=$scratch/step.md GITHUB_REF_NAME=main DEFAULT_BRANCH=main
for step in $(sed -n "s/.*run\.sh\" \([a-z]*\)'/\1/p" "$action/action.yml"); do
  INPUT_INCLUDE=$'data/set/val/**\ndata/set-b/**\n' expect 0 "$action/run.sh" "$step"
done
grep -q '^key=cairn-v1-[0-9a-f]\{16\}$' "$scratch/output" || fail 'no key'
grep -q '^skipped=false$' "$scratch/output" || fail 'no word whether it was skipped'
grep -q '^fingerprint=sha256:' "$scratch/output" || fail 'no fingerprint'
grep -q '^downloaded-bytes=[1-9]' "$scratch/output" || fail 'no count of bytes'
grep -q '^save=true$' "$scratch/output" || fail 'the cache would not be saved'
grep -q '| `data/set` |' "$scratch/step.md" || fail 'the summary lists no path'
[ "$(find data -type f ! -name '*.cairn' ! -name .gitignore | wc -l)" = 11 ] || fail 'the inputs did not arrive'
GITHUB_EVENT_NAME=pull_request expect 0 "$action/run.sh" prune
tail -1 "$scratch/output" | grep -q '^save=false$' || fail "a pull request would fill the cache"
INPUT_EXPECT=sha256:$(printf '0%.0s' $(seq 64)) expect 3 "$action/run.sh" restore
says '::error title=cairn ci::'
