# Everything works in a memory cgroup of 512 MiB: a file of CAIRN_SLOW_MB (2,048) of noise and CAIRN_SLOW_FILES (100,000) small files.
# Skipped where no cgroup can be made (no root) or the scratch directory is memory itself, which would count.
. "$(dirname "$0")/lib.sh"
[ "$(stat -f -c %T "$scratch")" != tmpfs ] || { echo 'the scratch directory is on tmpfs: set TMPDIR'; exit 77; }
limit=$((512 << 20))
group=cairn-e2e.$$
if mkdir "/sys/fs/cgroup/memory/$group" 2>/dev/null; then
  group=/sys/fs/cgroup/memory/$group peak=memory.max_usage_in_bytes
  echo $limit >"$group/memory.limit_in_bytes"
elif grep -qw memory /sys/fs/cgroup/cgroup.subtree_control 2>/dev/null && mkdir "/sys/fs/cgroup/$group" 2>/dev/null; then
  group=/sys/fs/cgroup/$group peak=memory.peak
  echo $limit >"$group/memory.max"
else
  echo 'no memory cgroup can be made here'
  exit 77
fi
trap 'got=$?; rmdir "$group" || true; leave $got' EXIT

# Its own counter: cgroups count cached files too, which the kernel drops first.
within() { # COMMAND...: exit code 0 inside the group
  (echo $BASHPID >"$group/cgroup.procs"; exec "$@") >"$scratch/out" 2>&1 || { tail -5 "$scratch/out" >&2; fail "$* within 512 MiB"; }
}

new_repo shop
cd shop
mkdir data
head -c "${CAIRN_SLOW_MB:-2048}M" /dev/urandom >data/noise.bin
small_files "${CAIRN_SLOW_FILES:-100000}" data/small
within "$CAIRN_BIN" add data
git commit -qm v1
cairn remote add prod "$scratch/far" >/dev/null
within "$CAIRN_BIN" status
within "$CAIRN_BIN" push
git clone -q "$scratch/shop" "$scratch/clone"
cd "$scratch/clone"
cairn remote add prod "$scratch/far" >/dev/null
within "$CAIRN_BIN" pull
same_tree "$scratch/shop/data" data
rm -rf data
within "$CAIRN_BIN" pull --no-store
same_tree "$scratch/shop/data" data
rm -rf data
within "$CAIRN_BIN" checkout
same_tree "$scratch/shop/data" data
within "$CAIRN_BIN" verify
within "$CAIRN_BIN" fsck
echo "ok; the cgroup's peak, with cached files: $(($(cat "$group/$peak") >> 20)) MiB"
