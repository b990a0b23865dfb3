# Weights in files of known structure are stored as byte planes, and come back exactly from the store, a remote, and by the reader
# that knows only the man pages; odd headers only cost the saving.
. "$(dirname "$0")/lib.sh"
reader=$here/../tools/cairn_reader.py

cat >"$scratch/make.py" <<'PY'
import io, json, random, struct, sys, zipfile
random.seed(1)
def bf16(n): return b"".join(struct.pack("<f", random.gauss(0, 0.02))[2:] for _ in range(n))
def fp32(n): return b"".join(struct.pack("<f", random.gauss(0, 0.02)) for _ in range(n))
def safetensors(path, tensors, spoil=0):
    header, at = {}, 0
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, at + len(data) + spoil]}
        at += len(data)
    text = json.dumps(header).encode()
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + b"".join(t[2] for t in tensors.values()))
big, small = bf16(1500000), fp32(100000)
tensors = {"layer.0": ("BF16", [1500, 1000], big), "layer.1": ("F32", [100000], small),
           "nothing": ("F32", [0, 4], b"")}
safetensors("model.safetensors", tensors)
safetensors("large.safetensors", {**tensors, "layer.2": ("BF16", [3000, 1000], bf16(3000000))})
safetensors("lying.safetensors", tensors, spoil=1)
def npy(data, descr, n):
    head = "{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }" % (descr, n)
    head += " " * (-(11 + len(head)) % 64) + "\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + data
open("one.npy", "wb").write(npy(small, "<f4", 100000))
whole = b"".join(struct.pack("<i", round(random.gauss(1000000, 3000))) for _ in range(500000))
open("ints.npy", "wb").write(npy(whole, "<i4", 500000))
open("table.bin", "wb").write(b"some header" + whole)
with zipfile.ZipFile("arrays.npz", "w") as out:
    out.writestr("w.npy", npy(small[::-1], "<f4", 100000))
    out.writestr("v.npy", npy(fp32(50000), "<f4", 50000))
# PyTorch writes the end record of large archives besides the ordinary one, whatever the size.
narrow = open("arrays.npz", "rb").read()
end = len(narrow) - 22
count, size, at = struct.unpack("<HII", narrow[end + 10:end + 20])
wide = struct.pack("<IQHHIIQQQQ", 0x06064b50, 44, 45, 45, 0, 0, count, count, size, at)
wide += struct.pack("<IIQI", 0x07064b50, 0, end, 1)
open("wide.npz", "wb").write(narrow[:end] + wide + narrow[end:])
open("../w.bin", "wb").write(small[::-1])
PY

new_repo shop
cd shop
python3 "$scratch/make.py"
mkdir models
cp model.safetensors models/a
cp large.safetensors models/b
head -c 2000000 large.safetensors >models/cut.safetensors
mkdir "$scratch/before"
cp -r ./*.safetensors one.npy ints.npy table.bin arrays.npz models "$scratch/before"
stored() { du -sb .git/cairn/packs | cut -f1; }

cairn add model.safetensors >/dev/null
size=$(stat -c %s model.safetensors)
[ "$(stored)" -lt $((size * 72 / 100)) ] || fail "weights are stored in $(stored) of $size bytes"
cairn add lying.safetensors large.safetensors one.npy arrays.npz models >/dev/null
cairn add wide.npz >/dev/null
cairn ls wide.npz | grep -q ' w \[100000\]$' || fail "the arrays of wide.npz are not found"
for name in w w.npy; do
  cairn cat --tensor "$name" wide.npz | cmp - ../w.bin || fail "$name is not what numpy would read"
done
cairn ls model.safetensors | grep -q ' F32 .* 0 .* nothing \[0, 4\]$' || fail "a tensor without elements is not listed"
[ -z "$(cairn cat --tensor nothing model.safetensors)" ] || fail "a tensor without elements has bytes"
# A file that lies about itself is stored all the same, and -v says so.
mkdir notes
cp lying.safetensors notes/odd.safetensors
cairn -v add notes 2>"$scratch/notes" >/dev/null
grep -q 'notes/odd.safetensors. begins like safetensors, but its headers are not understood' "$scratch/notes" ||
  fail "nothing is said of odd headers: $(cat "$scratch/notes")"
# Integers too, typed or not: zstd alone leaves 53 % of them.
for name in ints.npy table.bin; do
  before=$(stored)
  cairn add "$name" >/dev/null
  [ $(($(stored) - before)) -lt 950000 ] || fail "$name takes $(($(stored) - before)) bytes"
done
git commit -qm v1
cairn fsck >/dev/null
cairn remote add prod "$scratch/remote" >/dev/null
cairn push >/dev/null
project=$(git config -f .cairn/config cairn.project)
mkdir "$scratch/store-out" "$scratch/remote-out"
for name in model.safetensors large.safetensors lying.safetensors one.npy ints.npy table.bin arrays.npz models; do
  python3 "$reader" store .git/cairn "$name.cairn" "$scratch/store-out/$name"
  python3 "$reader" remote "$scratch/remote" "$project" "$name.cairn" "$scratch/remote-out/$name"
  same_tree "$scratch/before/$name" "$scratch/store-out/$name"
  same_tree "$scratch/before/$name" "$scratch/remote-out/$name"
done

# Another clone has the same bytes.
cd "$scratch"
git clone -q shop twin
cd twin
cairn remote add prod "$scratch/remote" >/dev/null 2>&1 || true
cairn pull >/dev/null
for name in model.safetensors large.safetensors lying.safetensors one.npy ints.npy table.bin arrays.npz models; do
  same_tree "$scratch/before/$name" "$name"
done
cairn fsck >/dev/null
