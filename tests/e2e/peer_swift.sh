# OpenStack Swift with its S3 API: real data and a file of 70 MB there and back; push and pull killed at CAIRN_FAULT_POINTS (50) random
# points, CAIRN_FAULT_SEED, each resumed by the same command; stores and remote are whole, bytes equal.
. "$(dirname "$0")/lib_swift.sh"
points=${CAIRN_FAULT_POINTS:-50}
seed=${CAIRN_FAULT_SEED:-11}
RANDOM=$seed
milliseconds() { echo $(($(date +%s%N) / 1000000)); }

# killed DIR MILLISECONDS COMMAND...: ended with SIGKILL after a random part of that time; counts in $killed.
killed=0
killed() {
  local within=$1 got=0 at
  shift
  at=$(((RANDOM * 32768 + RANDOM) % (within + 1)))
  echo "killed after $at of $within ms: $* (seed $seed)" >"$scratch/where"
  { timeout -s KILL "$(printf '%d.%03d' $((at / 1000)) $((at % 1000)))" "$CAIRN_BIN" "$@" >"$scratch/out" 2>&1 || got=$?; } 2>/dev/null
  [ "$got" = 137 ] || [ "$got" = 0 ] || { cat "$scratch/out" >&2; fail "exit $got"; }
  if [ "$got" = 137 ]; then killed=$((killed + 1)); fi
}
clone_of() { rm -rf "$2" && git clone -q "$1" "$2" && on_swift "$2" "$3"; }

# There and back: documents as they are on this machine, and a file larger than a pack.
new_repo "$scratch/large"
cd "$scratch/large"
mkdir data
find /usr/share/doc -type f -size -300k 2>/dev/null | sort | sed -n 1,1500p | while IFS= read -r file; do
  mkdir -p "data/doc${file%/*}" && cp "$file" "data/doc$file"
done
head -c 70000000 /dev/urandom >data/random.bin
expect 0 cairn add data
git commit -qm v1
on_swift . large
start=$(milliseconds)
expect 0 cairn push
pushed=$(($(milliseconds) - start))
clone_of "$scratch/large" "$scratch/large-clone" large
cd "$scratch/large-clone"
start=$(milliseconds)
expect 0 cairn pull
echo "$(du -sm data | cut -f1) MB, $(find data -type f | wc -l) files: push $pushed ms, pull $(($(milliseconds) - start)) ms"
same_tree "$scratch/large/data" data
expect 0 cairn fsck
expect 0 cairn fsck -r swift

# Killed pushes, each to a place of its own.
new_repo "$scratch/small"
cd "$scratch/small"
mkdir data
cp -r "$scratch/large/data/doc" data/doc
head -c 9000000 /dev/urandom >data/random.bin
cairn add data >/dev/null
git commit -qm v1
on_swift . whole
start=$(milliseconds)
expect 0 cairn push
took=$(($(milliseconds) - start))
for i in $(seq $((points / 2))); do
  rm -rf "$scratch/work" && cp -a "$scratch/small" "$scratch/work"
  cd "$scratch/work"
  rm -rf .git/cairn/push* .git/cairn/sync  # nothing is known of `whole` here
  expect 0 cairn remote set swift "s3://acme-data/killed$i"
  killed "$took" push
  clone_of "$scratch/small" "$scratch/reader" "killed$i"
  got=0
  (cd "$scratch/reader" && "$CAIRN_BIN" pull >"$scratch/out" 2>&1) || got=$?
  case $got in  # whatever is visible is whole
    0) same_tree "$scratch/small/data" "$scratch/reader/data" ;;
    6) [ ! -e "$scratch/reader/data" ] || fail 'a failed pull left files' ;;
    *) cat "$scratch/out" >&2; fail "exit $got after a killed push" ;;
  esac
  expect 0 cairn push
  sound
  cd "$scratch/reader"
  expect 0 cairn pull
  same_tree "$scratch/small/data" data
  [ $((i % 10)) != 0 ] || expect 0 cairn fsck -r swift
done

# Killed pulls.
cd "$scratch"
clone_of "$scratch/small" "$scratch/reader" whole
cd "$scratch/reader"
start=$(milliseconds)
expect 0 cairn pull
took=$(($(milliseconds) - start))
for i in $(seq $((points / 2))); do
  cd "$scratch"
  clone_of "$scratch/small" "$scratch/reader" whole
  cd "$scratch/reader"
  killed "$took" pull
  if [ -e data ]; then either "$scratch/small/data" "$scratch/small/data" data; fi
  expect 0 cairn pull
  same_tree "$scratch/small/data" data
  sound
done
echo "$killed of $points commands were killed"
[ "$killed" -ge $((points / 2)) ] || fail "only $killed of $points commands were killed"
