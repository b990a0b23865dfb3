# A new version costs what changed in it: patches of tables, differences of tensors. Every version comes back, from the store, from
# a remote, and by the reader that knows only the man pages; what a version is based on stays as long as it is needed.
. "$(dirname "$0")/lib.sh"
reader=$here/../tools/cairn_reader.py

cat >"$scratch/make.py" <<'PY'
import json, random, struct, sys
from array import array
random.seed(1)
WORDS = 700000
header = json.dumps({"layer": {"dtype": "BF16", "shape": [WORDS], "data_offsets": [0, 2 * WORDS]}}).encode()
def save(name, words):
    open(name, "wb").write(struct.pack("<Q", len(header)) + header + words.tobytes())
def bf16(): return struct.unpack("<I", struct.pack("<f", random.gauss(0, 0.02)))[0] >> 16
words = array("H", [bf16() for _ in range(5000)])
words = array("H", [words[random.randrange(5000)] for _ in range(WORDS)])
rows = ["%d,station %d,%d,%.4f\n" % (i, random.randrange(90), random.randrange(10**6), random.random()) for i in range(110000)]
for version in range(1, 8):
    save("%s/v%d.safetensors" % (sys.argv[1], version), words)
    words = array("H", [(w + s) & 0xffff for w, s in zip(words, random.choices((-1, 0, 0, 1), k=WORDS))])
    open("%s/v%d.csv" % (sys.argv[1], version), "w").writelines(rows)
    if version == 1:
        for _ in range(200): rows[random.randrange(len(rows))] = "changed %d\n" % random.randrange(10**9)
    if version == 2: rows = [row for i, row in enumerate(rows) if i % 100 != 7]
    if version == 3: rows += ["%d,appended,%d\n" % (i, random.randrange(10**6)) for i in range(1000)]
    if version == 4: del rows[5000:6000]
PY
mkdir "$scratch/v"
python3 "$scratch/make.py" "$scratch/v"
stored() { du -sb .git/cairn/packs | cut -f1; }

for chunker in gear1 structure1; do
  new_repo "$chunker"
  cd "$chunker"
  grep -q "chunker = structure1" .cairn/config || fail "init pins no structure1"
  sed -i "s/chunker = .*/chunker = $chunker/" .cairn/config
  git add .cairn/config
  mkdir data
  for v in 1 2 3 4 5; do
    cp "$scratch/v/v$v.csv" data/table.csv
    cp "$scratch/v/v$v.csv" alone.csv
    cp "$scratch/v/v$v.safetensors" model.safetensors
    before=$(stored)
    cairn add data alone.csv model.safetensors >/dev/null
    git add -A && git commit -qm "v$v" && git tag "v$v"
    eval "new$v=$(($(stored) - before))"
  done
  cairn fsck >/dev/null || fail "fsck with $chunker"
  if [ "$chunker" = structure1 ]; then
    for v in 2 3 4 5; do
      eval "new=\$new$v"
      [ "$new" -lt $((new1 * 6 / 10)) ] || fail "version $v takes $new, the first $new1"
    done
  fi
  cairn remote add prod "$scratch/remote-$chunker" >/dev/null 2>&1
  cairn push --all >/dev/null
  cd ..
  git clone -q "$chunker" "copy-$chunker"
  cd "copy-$chunker"
  cairn remote add prod "$scratch/remote-$chunker" >/dev/null 2>&1
  cairn --json pull >"$scratch/pulled" || fail "pull with $chunker"
  # A record that is wanted and also holds the base of another comes once.
  python3 - "$scratch/pulled" "$scratch/remote-$chunker" alone.csv.cairn model.safetensors.cairn <<'PY' || fail "what a clone downloads"
import glob, json, struct, sys
needed = 0
for pointer in sys.argv[3:]:
    keys = dict(line.split(" ", 1) for line in open(pointer).read().splitlines()[1:])
    root = open(glob.glob("%s/roots/*/%s" % (sys.argv[2], keys["tree"].split(":")[-1]))[0], "rb").read()
    needed += struct.unpack_from("<Q", root, 104)[0]
pulled = json.load(open(sys.argv[1]))["fetched"]["downloaded_bytes"]
assert needed < pulled < 1.05 * needed, (needed, pulled)
PY
  for v in 1 2 3 4; do cairn -q fetch --rev "v$v" >/dev/null || fail "fetch v$v"; done
  cairn -q fsck >/dev/null || fail "fsck of the clone with $chunker"
  cd ..
  for place in "$chunker" "copy-$chunker"; do
    cd "$place"
    for v in 1 2 3 4 5; do
      cairn -q restore "v$v" --to "$scratch/tree" >/dev/null || fail "restore v$v in $place"
      cmp "$scratch/v/v$v.csv" "$scratch/tree/data/table.csv"
      cmp "$scratch/v/v$v.csv" "$scratch/tree/alone.csv"
      cmp "$scratch/v/v$v.safetensors" "$scratch/tree/model.safetensors"
      rm -rf "$scratch/tree"
    done
    cd ..
  done
done

cd structure1
project=$(git config -f .cairn/config cairn.project)
python3 "$reader" store .git/cairn model.safetensors.cairn "$scratch/model"
cmp "$scratch/model" "$scratch/v/v5.safetensors"
python3 "$reader" remote "$scratch/remote-structure1" "$project" alone.csv.cairn "$scratch/alone"
cmp "$scratch/alone" "$scratch/v/v5.csv"

# On top of another model, and of the checkpoint before in a folder.
took() { before=$(stored); "$@" >/dev/null; took=$(($(stored) - before)); }
cp "$scratch/v/v6.safetensors" tuned.safetensors
expect 2 cairn add --base nothing tuned.safetensors
says "--base takes a tracked file"
took cairn add --base model.safetensors tuned.safetensors
[ "$took" -lt $((new1 * 6 / 10)) ] || fail "--base takes $took"
mkdir steps
cp "$scratch/v/v6.safetensors" steps/0100.safetensors
cairn add steps >/dev/null
cp "$scratch/v/v7.safetensors" steps/0200.safetensors
expect 2 cairn add --base model.safetensors steps
took cairn add steps
[ "$took" -lt $((new1 * 6 / 10)) ] || fail "the checkpoint after takes $took"
cairn fsck >/dev/null
rm steps/0200.safetensors && cairn checkout steps >/dev/null
cmp "$scratch/v/v7.safetensors" steps/0200.safetensors

# Dropping the versions before keeps what the last one is based on.
git checkout -q --orphan fresh && git commit -qm fresh
git tag | xargs git tag -d >/dev/null
git branch -D main >/dev/null
git reflog expire --expire=now --all
git gc -q --prune=now
cairn gc --yes --grace 0 --allow-unpushed >/dev/null || fail "gc"
cairn fsck >/dev/null || fail "fsck after gc"
cairn restore HEAD --to "$scratch/tree" >/dev/null
cmp "$scratch/v/v5.csv" "$scratch/tree/alone.csv"
cmp "$scratch/v/v5.safetensors" "$scratch/tree/model.safetensors"

# Killed in the middle, and done again.
cp "$scratch/v/v1.csv" alone.csv
cp "$scratch/v/v1.safetensors" model.safetensors
"$CAIRN_BIN" add alone.csv model.safetensors >/dev/null 2>&1 &
sleep 0.05
kill -9 $! 2>/dev/null || true
wait $! 2>/dev/null || true
cairn add -f alone.csv model.safetensors >/dev/null
git commit -qam again
cairn fsck >/dev/null
cmp "$scratch/v/v1.csv" alone.csv
cairn restore HEAD --to "$scratch/tree2" >/dev/null
cmp "$scratch/v/v1.safetensors" "$scratch/tree2/model.safetensors"
cmp "$scratch/v/v1.csv" "$scratch/tree2/alone.csv"

# A pin that this program does not know.
sed -i "s/chunker = .*/chunker = structure9/" .cairn/config
expect 12 cairn status
says structure9

# Without a base every changed chunk is stored whole.
cd "$scratch"
new_repo single
cd single
cp "$scratch/v/v1.csv" table.csv
cairn add table.csv >/dev/null
cp "$scratch/v/v2.csv" table.csv
before=$(stored)
expect 0 cairn add --base none table.csv
[ $(($(stored) - before)) -gt 500000 ] || fail 'stored on top of a base that was not wanted'
