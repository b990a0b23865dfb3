# The lists of a folder and of a large file are stored as patches of those before, here and on remotes: a small change costs little,
# every version comes back from anywhere, and what a list is based on stays as long as it is needed.
. "$(dirname "$0")/lib.sh"
reader=$here/../tools/cairn_reader.py

cat >"$scratch/make.py" <<'PY'
import os, random, sys
random.seed(3)
os.makedirs("data/many", exist_ok=True)
for i in range(1200): open("data/many/%05d.txt" % i, "w").write("file %d\n" % i)
open("data/large.bin", "wb").write(random.randbytes(9_000_000))
PY
cat >"$scratch/edit.py" <<'PY'
import random, sys
random.seed(int(sys.argv[1]))
for i in random.sample(range(1200), 8): open("data/many/%05d.txt" % i, "a").write("changed %s\n" % sys.argv[1])
with open("data/large.bin", "r+b") as file:
    for _ in range(3): file.seek(random.randrange(8_000_000)); file.write(b"edited " + sys.argv[1].encode())
PY
# sizes DIRECTORY: stored bytes of lists, and how many of them are patches.
cat >"$scratch/sizes.py" <<'PY'
import glob, struct, sys
size = patches = 0
for path in glob.glob(sys.argv[1] + "/packs/*/*"):
    data, at = open(path, "rb").read(), 64
    while data[11] == 2 and data[at:at + 4] == b"CRNR":
        codec, bases, n, payload = data[at + 4], data[at + 6], *struct.unpack_from("<II", data, at + 8)
        at += 24 + 4 * n + 32 * bases + payload
        patches += codec == 4
    size += at - 64
print(size, patches)
PY
sizes() { python3 "$scratch/sizes.py" "$1"; }

new_repo shop
cd shop
mkdir data
python3 "$scratch/make.py"
cp -r data "$scratch/v1"
cairn add data >/dev/null
git add -A && git commit -qm v1 && git tag v1
first=$(sizes .git/cairn)
[ "${first#* }" = 0 ] || fail "patches of nothing"
for v in 2 3; do
  python3 "$scratch/edit.py" "$v"
  cp -r data "$scratch/v$v"
  before=$(sizes .git/cairn)
  cairn add data >/dev/null
  git add -A && git commit -qm "v$v" && git tag "v$v"
  after=$(sizes .git/cairn)
  [ $((${after% *} - ${before% *})) -lt $((${first% *} / 10)) ] || fail "the lists of v$v take $before to $after"
  [ "${after#* }" -gt "${before#* }" ] || fail "no list of v$v is a patch"
done
cairn -q fsck >/dev/null || fail "fsck"

# One version after the other, all at once, the last alone (in full), and nothing as a patch.
cairn remote add steps "$scratch/steps" >/dev/null 2>&1
cairn push --rev v1 -r steps >/dev/null
kind() { od -An -tu1 -j11 -N1 "$1" | tr -d ' '; }
lists=$(for pack in "$scratch"/steps/packs/*/*; do [ "$(kind "$pack")" = 1 ] || echo "$pack"; done)
for v in 2 3; do cairn push --rev "v$v" -r steps >/dev/null; done
for r in all last flat; do cairn remote add "$r" "$scratch/$r" >/dev/null 2>&1; done
cairn push --all -r all >/dev/null
git checkout -q --orphan fresh && git commit -qm v3 && git tag alone
cairn push -r last --rev alone >/dev/null
git checkout -q main
cairn push --all --flatten -r flat >/dev/null
for r in steps all; do
  on=$(sizes "$scratch/$r")
  [ "${on#* }" -gt 5 ] || fail "lists go to $r in full: $on"
done
for r in last flat; do
  on=$(sizes "$scratch/$r")
  [ "${on#* }" = 0 ] || fail "lists go to $r as patches: $on"
done

project=$(git config -f .cairn/config cairn.project)
from_remote() { # REMOTE VERSIONS...: in a clone that has nothing else
  local r=$1
  shift
  rm -rf "$scratch/clone"
  git clone -q "$scratch/shop" "$scratch/clone"
  (
    cd "$scratch/clone"
    cairn remote add "$r" "$scratch/$r" >/dev/null 2>&1
    for v in "$@"; do
      cairn -q restore "$v" data -r "$r" --to out --strip data >/dev/null || fail "restore $v from $r"
      same_tree "$scratch/${v/alone/v3}" out
      rm -rf out
    done
    cairn -q fsck >/dev/null || fail "fsck after $r"
  )
}
rm -r "$scratch"/*/index # roots and their tables alone tell where everything is
from_remote steps v3 v1
from_remote all v3 v2
from_remote last alone
from_remote flat v2
python3 "$reader" store .git/cairn data.cairn "$scratch/read"
same_tree "$scratch/v3" "$scratch/read"
python3 "$reader" remote "$scratch/all" "$project" data.cairn "$scratch/read2"
same_tree "$scratch/v3" "$scratch/read2"

# Without the pack that has the lists of v1, v3 is not called complete, and a push makes it so.
rm $lists
expect 3 cairn check --pushed v3 -r steps
cairn push -r steps --rev v3 >/dev/null || fail "push what is gone"
rm -rf "$scratch"/steps/index
from_remote steps v3

# Dropping the versions before keeps what the lists of the last one are based on.
git checkout -q fresh
git tag -d v1 v2 v3 >/dev/null
git branch -qD main
git reflog expire --expire=now --all
git gc -q --prune=now
cairn gc --yes --grace 0 --allow-unpushed >/dev/null || fail "gc"
cairn -q fsck >/dev/null || fail "fsck after gc"
cairn -q restore HEAD data --to "$scratch/kept" --strip data
same_tree "$scratch/v3" "$scratch/kept"
