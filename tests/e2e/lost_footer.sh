# A pack that lost its footer, its index and a record: fsck names what is lost, mends it from the remote, and does not call lost
# what was never fetched.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || exit 77

# Overwrites the trailer and ten bytes in the middle of the largest pack of the repository at hand, and removes the index.
wreck() {
  rm -f .git/cairn/index/*
  local pack
  pack=$(find .git/cairn/packs -type f -printf '%s %p\n' | sort -n | tail -1 | cut -d' ' -f2)
  chmod u+w "$pack"
  python3 - "$pack" <<'PY'
import os, sys
size = os.path.getsize(sys.argv[1])
with open(sys.argv[1], "r+b") as stream:
    stream.seek(size - 10)
    stream.write(b"XXXX")
    stream.seek(size // 2)
    stream.write(b"Z" * 10)
PY
}
lost_files() { sed -n 's/^lost: chunk [0-9a-f]* of //p' "$scratch/out" | sort; }

new_repo shop
cd shop
mkdir -p data/a data/b
for i in $(seq 10 29); do head -c 20000 /dev/urandom >data/a/$i.bin; head -c 20000 /dev/urandom >data/b/$i.bin; done
expect 0 cairn add data
git commit -qm v1
cp -a data "$scratch/original"
cairn remote add prod "$scratch/remote" >/dev/null

# Made here and pushed nowhere.
cp -a . "$scratch/unpushed"
cd "$scratch/unpushed"
wreck
expect 7 cairn fsck
lost_files >"$scratch/lost"
[ -s "$scratch/lost" ] || fail 'nothing is said to be lost'
rm -rf data
expect 6 cairn checkout
says "data of $(wc -l <"$scratch/lost") files is not in the store"  # fsck and checkout count alike

# On the remote too: it mends.
cd "$scratch/shop"
expect 0 cairn push
wreck
expect 7 cairn fsck
lost_files >"$scratch/lost"
[ -s "$scratch/lost" ] || fail 'nothing is said to be lost of a pushed version'
expect 0 cairn fsck --repair-from prod
expect 0 cairn fsck
rm -rf data
expect 0 cairn checkout
same_tree data "$scratch/original"

# Half of it was never fetched: that half is not lost.
cd "$scratch"
git clone -q shop part
cd part
cairn remote add prod "$scratch/remote" >/dev/null
expect 0 cairn pull --include 'data/a/**'
wreck
expect 7 cairn fsck
! lost_files | grep -q '^data/b/' || fail 'files that were never fetched are called lost'
echo ok
