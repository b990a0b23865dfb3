# Sourced by the fault scripts: lib.sh, and what must hold after any fault.
: "${TMPDIR:=$([ -w /dev/shm ] && echo /dev/shm || echo /tmp)}"
export TMPDIR
. "$(dirname "$0")/lib.sh"

# A script says in $scratch/where what it is about to try; shown when it fails.
trap 'got=$?; [ $got = 0 ] || [ $got = 77 ] || [ ! -e "$scratch/where" ] || cat "$scratch/where" >&2; leave $got' EXIT
skip() { echo "SKIPPED: $*" >&2; exit 77; }
need() { command -v "$1" >/dev/null || skip "needs $1"; }

# message WORDS...: the last output is one error with its cause, the next command and a slug; it names each of the words.
message() {
  says 'error: '
  says 'help: cairn help '
  grep -q 'hint: ' "$scratch/out" || { cat "$scratch/out" >&2; fail 'no hint with the next command'; }
  local word
  for word; do says "$word"; done
}

# sound [STORE]: nothing half-written is left in the work tree, nor in the store after the next writer, and fsck finds it whole.
sound() {
  local store=${1:-.git/cairn} left
  expect 0 cairn fsck
  [ "$store" != .git/cairn ] || expect 0 cairn gc --yes  # a shared store is collected by hand
  left=$(find "$store/tmp" -mindepth 1 ! -name LOCK 2>/dev/null) || true
  [ -z "$left" ] || fail "left in the store: $left"
  left=$(find . -path ./.git -prune -o -name '.cairn-tmp-*' -print)
  [ -z "$left" ] || fail "left in the work tree: $left"
}

# either OLD NEW TREE: each file in TREE is the one of OLD or the one of NEW, never something between.
either() {
  local file
  while IFS= read -r -d '' file; do
    cmp -s "$1/$file" "$3/$file" || cmp -s "$2/$file" "$3/$file" || fail "$3/$file is neither old nor new"
  done < <(cd "$3" && find . -type f ! -name '.cairn-tmp-*' -print0)
}

# A shop with v1 and v2 committed and the bytes of both beside it: shop, v1/{data,model.bin}, v2/..., remote (of v1).
shop_of_two_versions() {
  new_repo "$scratch/shop"
  cd "$scratch/shop"
  mkdir -p data/deep
  local i
  for i in $(seq 1 60); do seq "$i" $((i + 400)) >"data/deep/$i.txt"; done
  head -c 2500000 /dev/urandom >data/big.bin
  head -c 3000000 /dev/urandom >model.bin
  cairn add data model.bin >/dev/null
  git commit -qm v1 && git tag v1
  mkdir "$scratch/v1" "$scratch/v2"
  cp -a data model.bin "$scratch/v1"
  cairn remote add prod "$scratch/remote" >/dev/null
  cairn push >/dev/null
  for i in $(seq 1 10); do seq "$i" $((i + 500)) >"data/deep/$i.txt"; done
  rm data/deep/2?.txt
  echo new >data/deep/new.txt
  head -c 1500000 /dev/urandom >>data/big.bin
  printf changed | dd of=model.bin bs=1 seek=1500000 conv=notrunc status=none
  cp -a data model.bin "$scratch/v2"
  cd "$scratch"
}
same_version() { # VERSION DIR
  same_tree "$scratch/$1/data" "$2/data"
  cmp "$scratch/$1/model.bin" "$2/model.bin" || fail "$2/model.bin"
}
