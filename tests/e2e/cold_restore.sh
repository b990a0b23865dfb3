# One version of many, fetched into an empty store, costs at most 1.6 times what it would cost stored without bases: of weights that
# were trained on, and of a table that was edited.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || exit 77
readonly versions=6

cat >"$scratch/make.py" <<'PY'
import json, os, random, struct
random.seed(7)
weights = [random.gauss(0, 0.02) for _ in range(400_000)]
rows = [f"{i},{random.randrange(10**6)},city {random.randrange(300)},{random.random():.6f}\n" for i in range(60_000)]
header = json.dumps({"layer": {"dtype": "F32", "shape": [400, 1000], "data_offsets": [0, 1_600_000]}}).encode()
for version in range(6):
    os.makedirs(f"v{version}")
    with open(f"v{version}/model.safetensors", "wb") as out:
        out.write(struct.pack("<Q", len(header)) + header + struct.pack(f"<{len(weights)}f", *weights))
    with open(f"v{version}/table.csv", "w") as out:
        out.writelines(rows)
    weights = [w + random.gauss(0, 2e-5) for w in weights]
    for i in random.sample(range(len(rows)), 600):
        rows[i] = rows[i].replace("city", "town", 1)
PY
python3 "$scratch/make.py"

new_repo shop
cd shop
for remote in with without; do cairn remote add "$remote" "$scratch/$remote" >/dev/null; done
for version in $(seq 0 $((versions - 1))); do
  cp "$scratch/v$version/"* .
  cairn add model.safetensors table.csv >/dev/null
  git commit -qam "v$version"
done
expect 0 cairn push -r with --all
expect 0 cairn push -r without --flatten

# downloaded REMOTE PATH: bytes that the last version of PATH costs a fresh clone.
downloaded() {
  rm -rf "$scratch/clone"
  git clone -q "$scratch/shop" "$scratch/clone"
  (
    cd "$scratch/clone"
    cairn init --no-hooks >/dev/null
    cairn remote add "$1" "$scratch/$1" >/dev/null
    cairn --json pull -r "$1" "$2" >"$scratch/pulled"
    cmp "$2" "$scratch/v$((versions - 1))/$2"
  )
  sed -n 's/.*"downloaded_bytes": \([0-9]*\).*/\1/p' "$scratch/pulled"
}
for path in model.safetensors table.csv; do
  with=$(downloaded with "$path")
  without=$(downloaded without "$path")
  echo "$path: $with bytes, $without without bases"
  [ $((with * 10)) -le $((without * 16)) ] || fail "$path: $with bytes are more than 1.6 times $without"
done
# Written out in full, numbers are the planes that an add without a base makes of them.
new_repo "$scratch/alone"
(
  cd "$scratch/alone"
  cp "$scratch/v$((versions - 1))/model.safetensors" .
  cairn add model.safetensors >/dev/null
)
alone=$(du -sb "$scratch/alone/.git/cairn/packs" | cut -f 1)
without=$(downloaded without model.safetensors)
[ $((without * 100)) -le $((alone * 103)) ] || fail "in full it is $without bytes, stored alone $alone"
# The weights are a difference at all: with its base it is more than the version alone, and far less than twice.
with=$(downloaded with model.safetensors)
[ "$with" -gt "$(downloaded without model.safetensors)" ] || fail 'the last version has no base'
