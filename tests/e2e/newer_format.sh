# Packs of a later format: exit 12 with what to do, nothing is changed, and what this program can read stays readable.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || exit 77

# renew FOLDER FIELD VALUE: every data pack below FOLDER gets that number in its header and the name that follows.
cat >"$scratch/renew.py" <<'PY'
import hashlib, os, sys
places = {"version": (8, 2), "features": (16, 8), "kind": (11, 1)}

def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF

folder, field, value = sys.argv[1], sys.argv[2], int(sys.argv[3])
at, size = places[field]
for base, _, names in list(os.walk(folder)):
    for name in names:
        path = os.path.join(base, name)
        pack = bytearray(open(path, "rb").read())
        if pack[11] != 1:
            continue  # only data: pages stay readable
        pack[at:at + size] = value.to_bytes(size, "little")
        pack[60:64] = crc32c(pack[:60]).to_bytes(4, "little")
        footer_bytes = int.from_bytes(pack[-16:-12], "little")
        footer = pack[len(pack) - 16 - footer_bytes:len(pack) - 16]
        pack_id = hashlib.sha256(pack[:64] + footer).hexdigest()
        target = os.path.join(folder, pack_id[:2])
        os.makedirs(target, exist_ok=True)
        os.remove(path)
        with open(os.path.join(target, pack_id), "wb") as stream:
            stream.write(pack)
PY

too_new() { # COMMAND...
  expect 12 "$@"
  says 'error: '
  says 'hint: '
  says 'newer'
}

for change in 'version 2' 'features 1' 'kind 7'; do
  rm -rf "$scratch/shop" && new_repo "$scratch/shop"
  cd "$scratch/shop"
  mkdir data && seq 1000 >data/numbers && head -c 70000 /dev/urandom >data/noise
  expect 0 cairn add data
  git commit -qm v1
  cp -a data "$scratch/kept"
  rm -f .git/cairn/index/*
  # shellcheck disable=SC2086
  python3 "$scratch/renew.py" .git/cairn/packs $change
  find .git/cairn/packs -type f -exec sha256sum {} + | sort >"$scratch/before"
  rm -rf data
  too_new cairn checkout
  [ ! -e data ] || fail "checkout wrote something of a pack with $change"
  too_new cairn fsck
  cp -a "$scratch/kept" data
  too_new cairn add data
  find .git/cairn/packs -type f -exec sha256sum {} + | sort | cmp - "$scratch/before" || fail 'a pack that cannot be read was touched'
  same_tree "$scratch/kept" data
  rm -rf "$scratch/kept"
done
echo ok
