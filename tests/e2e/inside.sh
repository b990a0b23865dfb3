# Seeing into models and tables: tensors listed, one of them read from its own chunks alone, what changed inside, what each codec
# takes, and advice about forms that defeat versioning.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || exit 77

cat >"$scratch/make.py" <<'PY'
import json, random, struct, sys
random.seed(3)
def fp32(n): return bytearray(b"".join(struct.pack("<f", random.gauss(0, 0.02)) for _ in range(n)))
def safetensors(path, tensors):
    header, at = {}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + b"".join(bytes(t[2]) for t in tensors.values()))
first, second, last = fp32(100000), fp32(50000), fp32(60000)
safetensors("1.safetensors", {"layer.0": ("F32", [400, 250], first), "layer.1": ("F32", [50000], second), "old": ("F32", [60000], last)})
open("layer.1", "wb").write(second)
struct.pack_into("<f", second, 400, -struct.unpack_from("<f", second, 400)[0])
safetensors("2.safetensors", {"layer.0": ("F32", [400, 250], first), "layer.1": ("F32", [50000], second), "new": ("F32", [60000], last)})
rows = ["%d,%s\n" % (i, random.random()) for i in range(20000)]
open("1.csv", "w").write("id,value\n" + "".join(rows))
rows[700] = "700,changed\n"
open("2.csv", "w").write("id,value\n" + "".join(rows[:9000] + rows[9010:]) + "20000,new\n")
open("3.csv", "w").write("id,size\n" + "".join(rows))
PY
new_repo shop
cd shop
python3 "$scratch/make.py"
mkdir data
mv 1.safetensors model.safetensors
mv 1.csv data/t.csv
mv 2.safetensors 2.csv 3.csv layer.1 "$scratch"
expect 0 cairn add model.safetensors data
git commit -qm v1
git tag v1

expect 0 cairn ls model.safetensors
says 'layer.0 [400, 250]'
says 'F32            200000'
cairn ls --json model.safetensors | python3 -c '
import json, sys
tensors = json.load(sys.stdin)["tensors"]
assert [t["name"] for t in tensors] == ["layer.0", "layer.1", "old"], tensors
assert all(0 < t["stored_bytes"] < t["bytes"] for t in tensors), tensors'
expect 0 cairn ls data/t.csv
[ "$(wc -l <"$scratch/out")" = 1 ] || fail 'a table has no tensors'
(cd data && cairn ls --rev v1 ../model.safetensors) | grep -q 'layer.1 \[50000\]' || fail 'not from below'

cairn cat --tensor layer.1 model.safetensors | cmp - "$scratch/layer.1"
cairn cat --tensor layer.1 --range 1000-1999 model.safetensors | cmp - <(tail -c +1001 "$scratch/layer.1" | head -c 1000)
expect 2 cairn cat --tensor layer.9 model.safetensors
says 'no tensor `layer.9`'
expect 2 cairn cat --tensor layer.1 --range 200001- model.safetensors
says 'the tensor has 200000 bytes'
expect 2 cairn cat --tensor id data/t.csv
says 'has no tensors'

# What changed.
cp "$scratch/2.safetensors" model.safetensors
cp "$scratch/2.csv" data/t.csv
expect 0 cairn add -u
git commit -qm v2
git tag v2
expect 0 cairn diff v1 v2
if grep -q layer "$scratch/out"; then fail 'tensors without --inside'; fi
expect 0 cairn diff --inside v1 v2
says '~ layer.1  F32 [50000]: 1 of 50 000 elements, relative change at most 2'
says '+ new  F32 [60000]'
says '- old  F32 [60000]'
says '1 tensor unchanged'
says 'rows +2 -11'
cairn diff --inside --json v1 v2 | python3 -c '
import json, sys
files = {f["path"]: f["inside"] for p in json.load(sys.stdin)["paths"] for f in p["files"]}
table, model = files["data/t.csv"], files["model.safetensors"]
assert (table["rows_added"], table["rows_removed"]) == (2, 11), table
changed = [t for t in model["tensors"] if t["kind"] == "changed"]
assert len(changed) == 1 and changed[0]["largest_relative_change"] == 2, model'
cp "$scratch/3.csv" data/t.csv
cairn add data >/dev/null
expect 0 cairn diff --inside HEAD -- data
says 'columns + size'
says 'columns - value'
says 'rows +10 -1'
git reset -q --hard

expect 0 cairn du
says 'stored as '
cairn du --json | python3 -c '
import json, sys
report = json.load(sys.stdin)
assert report["stored_by_codec"]["planes"] > 0, report
assert abs(sum(report["stored_by_codec"].values()) - report["stored_bytes"]) < 100, report'

# Where the data is not: said, and no failure of the rest.
cairn remote add prod "$scratch/remote" >/dev/null
cairn push --rev v1..v2 --rev v1 >/dev/null
git clone -q . "$scratch/bare"
cd "$scratch/bare"
cairn init --no-hooks >/dev/null
cairn remote add prod "$scratch/remote" >/dev/null 2>&1 || cairn remote set prod "$scratch/remote" >/dev/null
expect 6 cairn --offline cat --tensor layer.1 model.safetensors
says 'is not in the local store'
expect 0 cairn fetch data
expect 0 cairn --offline ls model.safetensors
says 'its tensors are not listed'
expect 0 cairn fetch
cairn cat --tensor new model.safetensors >/dev/null

# Advice, and never another exit code.
cd "$scratch/shop"
head -c 2000000 /dev/urandom >body
{ printf '\037\213'; cat body; } >rows.csv.gz
{ printf '\200\005'; cat body; } >frame.pkl
cp body plain.bin
rm body
cairn add rows.csv.gz frame.pkl plain.bin >/dev/null
expect 0 cairn check
says 'advice: rows.csv.gz: each version costs up to its whole'
says 'better: track it without gzip'
says 'advice: frame.pkl'
if grep -q plain.bin "$scratch/out"; then fail 'advice about a file that needs none'; fi
cairn check --json | python3 -c 'import json, sys; assert len(json.load(sys.stdin)["advice"]) == 2'
python3 - <<'PY'
import os, random
random.seed(4)
rows = ["%d,%s,%s\n" % (i, random.random(), random.randbytes(6).hex()) for i in range(40000)]
def write(path, rows): open(path, "w").write("id,value,tag\n" + "".join(rows))
os.makedirs("tables", exist_ok=True)
write("sorted.csv", rows); write("tables/kept.csv", rows); write("tables/turned.csv", rows)
random.shuffle(rows)
os.makedirs("../next/tables", exist_ok=True)
write("../next/sorted.csv", rows); write("../next/tables/turned.csv", rows)
PY
cairn add sorted.csv tables >/dev/null
git commit -qm tables
expect 0 cairn check
if grep -q 'sorted.csv\|turned.csv\|kept.csv' "$scratch/out"; then fail 'advice about the first version of a table'; fi
cp -r ../next/* .
cairn add sorted.csv tables >/dev/null
for when in staged committed; do
  expect 0 cairn check
  says 'advice: sorted.csv: each version costs up to its whole 1.5 MB, because it has the rows of the version before in another order'
  says 'advice: tables/turned.csv'
  says 'saves: about'
  if grep -q kept.csv "$scratch/out"; then fail 'advice about a table that stayed as it was'; fi
  git commit -qm "$when" --allow-empty
done
cairn check --json | python3 -c '
import json, sys
advice = [a for a in json.load(sys.stdin)["advice"] if a["path"] == "sorted.csv"][0]
assert 0.9 * advice["stored_bytes"] < advice["saving_bytes"] < advice["stored_bytes"] < advice["bytes_each_version"], advice'

# What each version added, and that all of it adds up.
sed -i '3s/.*/2,edited,row/' sorted.csv
cairn add sorted.csv >/dev/null
expect 0 cairn du --history --codec sorted.csv
says ' tables'
says 'in no commit of HEAD'
says 'stored as'
says 'patch'
cairn du --json --history | python3 -c '
import json, sys
report = json.load(sys.stdin)
paths = {p["path"]: p for p in report["paths"]}
def same_sum(parts, whole, *names):
    for name in names: assert sum(part[name] for part in parts) == whole[name], (name, parts, whole)
for path in report["paths"]:
    assert len(path["history"]) == path["versions"], path
    same_sum(path["history"], path, "logical_bytes", "unique_bytes", "stored_bytes", "absent_bytes")
for use in [report, *report["paths"], *(v for p in report["paths"] for v in p["history"])]:
    assert sum(c["stored_bytes"] for c in use["codecs"]) == use["stored_bytes"], use
    assert sum(c["unique_bytes"] for c in use["codecs"]) == use["unique_bytes"] - use["absent_bytes"], use
    assert use["stored_by_codec"] == {c["codec"]: c["stored_bytes"] for c in use["codecs"]}, use
versions = paths["sorted.csv"]["history"]
assert [v.get("subject") for v in versions] == ["tables", "staged", None], versions
first, turned, edited = (v["stored_bytes"] for v in versions)
assert 0.7 * first < turned and edited < first / 10, versions
assert report["stored_bytes"] <= report["store_bytes"] < report["stored_bytes"] * 1.05 + 100000, report
shared = paths["tables"]["history"][0]
assert shared["stored_bytes"] > 0, "a path counts also what another has"'
(cd tables && cairn du kept.csv --json) | python3 -c '
import json, sys
report = json.load(sys.stdin)
assert report["paths"][0]["logical_bytes"] < 3 * 1600000, report'

# All in full.
expect 0 cairn push --flatten --all
says 'complete on prod'
