# One tensor, one range, the list of tensors: read from a remote with only the chunks that they need, and nothing is kept.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || exit 77

cat >"$scratch/make.py" <<'PY'
import io, json, random, struct, zipfile
random.seed(5)
def safetensors(path, tensors):
    header, at = {}, 0
    for name, data in tensors.items():
        header[name] = {"dtype": "F32", "shape": [len(data) // 4], "data_offsets": [at, at + len(data)]}
        at += len(data)
    text = json.dumps(header).encode()
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + b"".join(tensors.values()))
def npy(data):
    head = "{'descr': '<f4', 'fortran_order': False, 'shape': (%d,), }" % (len(data) // 4)
    head += " " * (-(11 + len(head)) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + data
tensors = {"first": random.randbytes(6000000), "middle": random.randbytes(2000000), "last": random.randbytes(6000000)}
safetensors("1.safetensors", tensors)
open("middle", "wb").write(tensors["middle"])
with zipfile.ZipFile("arrays.npz", "w") as out:
    for name, data in tensors.items(): out.writestr(name + ".npy", npy(data))
middle = bytearray(tensors["middle"])
for at in range(0, len(middle), 4): middle[at] = (middle[at] + 1) & 255
safetensors("2.safetensors", {**tensors, "middle": bytes(middle)})
open("middle.2", "wb").write(middle)
PY
cd "$scratch" && python3 make.py
new_repo shop
cd shop
mkdir models
cp "$scratch/1.safetensors" models/m.safetensors
cp "$scratch/1.safetensors" model.safetensors
cp "$scratch/arrays.npz" .
cairn add models model.safetensors arrays.npz >/dev/null
git commit -qm v1
git tag v1
cp "$scratch/2.safetensors" model.safetensors
cairn add model.safetensors >/dev/null
git commit -qm v2
cairn du --json model.safetensors | grep -q '"difference"' || fail 'the second version is not stored as differences'
cairn remote add prod "$scratch/remote" >/dev/null
cairn push --all >/dev/null

cd "$scratch"
git clone -q shop reader
cd reader
cairn remote add prod "$scratch/remote" >/dev/null

# read BYTES COMMAND...: what it prints stands in $scratch/out; at most BYTES come from the remote.
read_far() {
  local most=$1 bytes
  shift
  "$CAIRN_BIN" -v "$@" >"$scratch/out" 2>"$scratch/said" || { cat "$scratch/said" >&2; fail "$*"; }
  bytes=$(sed -n 's/.*(\([0-9]*\) bytes) in [0-9]* requests from `prod`.*/\1/p' "$scratch/said")
  [ -n "$bytes" ] || { cat "$scratch/said" >&2; fail "asked nobody: $*"; }
  [ "$bytes" -le "$most" ] || fail "$bytes bytes came for $*"
  echo "$* : $bytes bytes, $(sed -n 's/.* in \([0-9]*\) requests.*/\1/p' "$scratch/said") requests"
}
read_far 30000 ls --rev v1 model.safetensors
says 'middle [500000]'
grep -q ' - .*middle' "$scratch/out" && fail 'what a tensor takes is not known'
read_far 2100000 cat --rev v1 --tensor middle model.safetensors
cmp "$scratch/out" "$scratch/middle"
read_far 1100000 cat --rev v1 --tensor middle --range 1999000- models/m.safetensors
cmp "$scratch/out" <(tail -c 1000 "$scratch/middle")
read_far 1100000 cat --rev v1 --range 3000000-3000009 model.safetensors
cmp "$scratch/out" <(tail -c +3000001 "$scratch/1.safetensors" | head -c 10)
# differences come with the chunks that they are based on
read_far 4200000 cat --tensor middle model.safetensors
cmp "$scratch/out" "$scratch/middle.2"
read_far 4000000 cat --tensor middle.npy arrays.npz
cmp "$scratch/out" "$scratch/middle"
read_far 15000000 cat --rev v1 model.safetensors
cmp "$scratch/out" "$scratch/1.safetensors"
[ -z "$(find .git/cairn -name '*.pack' -o -path '*/packs/*' -type f 2>/dev/null)" ] || fail 'something was kept'

# Nobody is asked: offline, or for what is here.
expect 6 cairn --offline cat --tensor middle model.safetensors
says 'is not in the local store'
expect 0 cairn --offline ls model.safetensors
says 'its tensors are not listed'
cairn fetch --rev v1 model.safetensors >/dev/null
cairn -v cat --rev v1 --tensor middle model.safetensors 2>"$scratch/said" | cmp - "$scratch/middle"
grep -q 'requests from' "$scratch/said" && fail 'asked for what is here'
# What is half here: only the rest comes.
read_far 2200000 cat --tensor middle model.safetensors
cmp "$scratch/out" "$scratch/middle.2"

# A remote that lacks it, damage, a name that is none.
expect 2 cairn cat -r nowhere --tensor middle model.safetensors
expect 2 cairn cat --tensor center model.safetensors
says 'no tensor `center`'
for pack in $(find "$scratch/remote/packs" -type f); do
  chmod u+w "$pack"
  python3 -c 'import sys; p=sys.argv[1]; b=bytearray(open(p,"rb").read()); [b.__setitem__(i, b[i]^255) for i in range(64, len(b), 4099)]; open(p,"wb").write(b)' "$pack"
done
expect 7 cairn cat --tensor middle model.safetensors
rm -rf "$scratch/remote/packs"
expect 6 cairn cat arrays.npz
