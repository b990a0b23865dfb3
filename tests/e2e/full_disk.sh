# A disk that is really full (tmpfs of a few MB): below the store, the work tree and the remote. Exit 9, nothing lost or half
# there, and the same command converges once there is room.
. "$(dirname "$0")/lib_faults.sh"
[ "$(id -u)" = 0 ] || skip 'mounting needs root'
mkdir "$scratch/small"
mount -t tmpfs -o size=2m none "$scratch/small" 2>/dev/null || skip 'mounting is not permitted here'
trap 'got=$?; cd /; umount -l "$scratch/small" "$scratch/clone/data" 2>/dev/null || true; leave $got' EXIT
grow() { mount -o remount,size=64m "$scratch/small"; }
shrink() { mount -o remount,size=2m "$scratch/small"; }

new_repo "$scratch/shop"
cd "$scratch/shop"
mkdir data
for i in $(seq 1 30); do seq "$i" $((i + 400)) >"data/$i.txt"; done
head -c 3000000 /dev/urandom >data/big.bin
cp -a data "$scratch/original"

# --- the store ---
git config cairn.store "$scratch/small/store"
expect 9 cairn add data
message "$scratch/small/store" 'No space left'
same_tree data "$scratch/original"
[ ! -e data.cairn ] || fail 'a pointer to what is not stored'
[ -z "$(find "$scratch/small/store/tmp" -type f ! -name LOCK 2>/dev/null)" ] || fail 'the failed add kept its temporary files'
cairn status >/dev/null || fail 'status on a full disk'
grow
expect 0 cairn add data
sound "$scratch/small/store"
git commit -qm v1

# --- the remote ---
mkdir "$scratch/small/remote"
cairn remote add prod "$scratch/small/remote" >/dev/null
used=$(du -sm "$scratch/small" | cut -f1)
mount -o remount,size=$((used + 1))m "$scratch/small"
expect 9 cairn push
message prod "$scratch/small/remote" 'No space left'
[ -z "$(find "$scratch/small/remote/roots" -type f 2>/dev/null)" ] || fail 'a root is visible, its data is not there'
grow
expect 0 cairn push
expect 0 cairn push
says 'already complete'
sound "$scratch/small/store"

# --- the work tree: refused before the first write, as the sizes are known ---
git clone -q . "$scratch/clone"
mkdir "$scratch/clone/data"
cd "$scratch/clone"
mount -t tmpfs -o size=1m none "$scratch/clone/data"
cairn remote add prod "$scratch/small/remote" >/dev/null
expect 9 cairn pull
message 'data' 'space'
[ -z "$(find data -name '.cairn-tmp-*')" ] || fail 'temporary files were left'
expect 0 cairn status
mount -o remount,size=64m "$scratch/clone/data"
expect 0 cairn pull
same_tree data "$scratch/original"
expect 0 cairn status --exit-code
sound

# --- full only while writing (another program takes the room): restore says so and leaves whole files or none ---
cd "$scratch/shop"
mkdir "$scratch/small/out"
used=$(du -sm "$scratch/small" | cut -f1)
mount -o remount,size=$((used + 1))m "$scratch/small"
expect 9 cairn restore HEAD --to "$scratch/small/out"
message "$scratch/small/out" 'space'
[ -z "$(find "$scratch/small/out" -name '.cairn-tmp-*')" ] || fail 'temporary files were left'
grow
expect 0 cairn restore HEAD --to "$scratch/small/out"
same_tree "$scratch/small/out/data" "$scratch/original"
