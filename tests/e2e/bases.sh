# A version that is stored as differences from another one, through everything but add: restored, checked, pushed, fetched, lost and
# mended, collected, pruned, killed.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || exit 77
tools=$here/../tools

python3 - "$scratch" <<'PY'
import os, random, sys
random.seed(5)
os.mkdir(sys.argv[1] + "/old")
os.mkdir(sys.argv[1] + "/new")
for i in range(8):
    words = bytearray(random.randbytes(40000))
    words[0::4] = bytes(10000)
    open("%s/old/f%d" % (sys.argv[1], i), "wb").write(words)
    words[0::4] = bytes(random.randrange(128) for _ in range(10000))
    open("%s/new/f%d" % (sys.argv[1], i), "wb").write(words)
PY

# The lists of the second version come from a clone that added it; its data is written as differences.
new_repo elsewhere
(cd elsewhere && cp -r "$scratch/new" data && cairn add data >/dev/null)
of_kind() { for pack in "$2"/packs/*/*; do [ "$(od -An -tu1 -j11 -N1 "$pack" | tr -d ' ')" != "$1" ] || echo "$pack"; done; }
# Stores the old version as it is, and the new one as differences, whose pack is $delta.
make_versions() {
  rm -rf .git/cairn/packs/* .git/cairn/index/* .git/cairn/quarantine/* data
  cp -r "$scratch/old" data
  cairn add data >/dev/null
  plain=$(of_kind 1 .git/cairn)
  for pack in $(of_kind 2 "$scratch/elsewhere/.git/cairn"); do
    mkdir -p ".git/cairn/packs/$(basename "$(dirname "$pack")")"
    cp "$pack" ".git/cairn/packs/$(basename "$(dirname "$pack")")/"
  done
  delta=$(python3 "$tools/delta_pack.py" .git/cairn "$scratch/old" "$scratch/new")
  cp "$scratch/elsewhere/data.cairn" .
}
is_new() {
  rm -rf data
  expect 0 cairn checkout
  same_tree data "$scratch/new"
}
flip_byte() {
  chmod u+w "$1"
  python3 -c 'import sys; f = open(sys.argv[1], "r+b"); f.seek(int(sys.argv[2])); b = f.read(1)[0]; f.seek(-1, 1); f.write(bytes([b ^ 1]))' \
    "$1" "$2"
}
# The codecs of all records of a store or remote.
codecs() {
  python3 - "$1" <<'PY'
import glob, sys
found = set()
for path in glob.glob(sys.argv[1] + "/packs/*/*"):
    data = open(path, "rb").read()
    at, end = 64, len(data) - 16 - int.from_bytes(data[-16:-12], "little")
    while at < end:
        found.add(data[at + 4])
        at += 24 + 4 * int.from_bytes(data[at + 8:at + 12], "little") + 32 * data[at + 6] + int.from_bytes(data[at + 12:at + 16], "little")
print(" ".join(map(str, sorted(found))))
PY
}

new_repo shop
cd shop
cp -r "$scratch/old" data
cairn add data >/dev/null
git commit -qm v1
git tag v1
make_versions
git commit -qam v2
is_new
expect 0 cairn fsck
says 'no fault'
expect 0 cairn du
says 'difference '
python3 "$tools/cairn_reader.py" store .git/cairn data.cairn "$scratch/read"
same_tree "$scratch/read" "$scratch/new"

# Sent as they are, or in full.
for remote in prod flat; do cairn remote add "$remote" "$scratch/$remote" >/dev/null; done
expect 0 cairn push -r prod --rev v1
bases=$(of_kind 1 "$scratch/prod")
expect 0 cairn push -r prod --all
case " $(codecs "$scratch/prod") " in *' 3 '*) ;; *) fail "no difference was sent: $(codecs "$scratch/prod")" ;; esac
expect 0 cairn push -r flat --all --flatten
case " $(codecs "$scratch/flat") " in *' 3 '* | *' 4 '*) fail 'a difference was sent' ;; esac
for remote in prod flat; do
  expect 0 cairn check --pushed -r "$remote"
  expect 0 cairn fsck -r "$remote"
  git clone -q . "$scratch/clone-$remote"
  (
    cd "$scratch/clone-$remote"
    cairn init --no-hooks >/dev/null
    cairn remote add "$remote" "$scratch/$remote" >/dev/null
    cairn pull -r "$remote" >/dev/null
  )
  same_tree "$scratch/clone-$remote/data" "$scratch/new"
done

# A pack that lost its table, and no index: all is named again, and mended.
rm -f .git/cairn/index/*
chmod u+w "$delta"
truncate -s -7 "$delta"
is_new
expect 7 cairn fsck
says ', 0 chunks without a good copy'
expect 0 cairn fsck --repair-from prod
expect 0 cairn fsck
is_new

# A base that is damaged: it and its users are named, and all is mended.
make_versions
is_new
flip_byte "$plain" 20000
expect 7 cairn fsck
says 'that it is based on is in the store'
grep -q '^lost: chunk .* of data/f' "$scratch/out" || fail 'no user is named by its path'
expect 0 cairn fsck --repair-from prod
expect 0 cairn fsck
is_new

# A remote that lost the pack of the bases: not pushed, whatever was said before, and fsck -r says so.
cp -r "$scratch/prod" "$scratch/holed"
cairn remote add holed "$scratch/holed" >/dev/null
expect 0 cairn check --pushed -r holed
rm -f "$scratch/holed${bases#"$scratch/prod"}"
expect 3 cairn check --pushed -r holed
expect 7 cairn fsck -r holed
if grep -q 'good copy' "$scratch/out"; then fail 'tells of chunks it did not look for'; fi

# What only the new version needs stays, bases too, when the old one is gone.
make_versions
is_new
git checkout -q --orphan fresh
git commit -qm 'v2 alone'
git branch -qD main
git tag -d v1 >/dev/null
git reflog expire --expire=now --all
git gc -q --prune=now
packs=$(ls .git/cairn/packs/*)
expect 0 cairn gc -n --yes --grace 0 --allow-unpushed
[ "$packs" = "$(ls .git/cairn/packs/*)" ] || fail 'gc -n changed the store'
expect 0 cairn gc --yes --grace 0 --allow-unpushed
expect 0 cairn fsck
is_new

# Killed in the middle of a push, and again: complete in the end.
for point in 2 5; do
  rm -rf "$scratch/killed"
  cairn remote rm killed >/dev/null 2>&1 || true
  cairn remote add killed "$scratch/killed" >/dev/null
  if command -v strace >/dev/null; then
    strace -f -qq -o /dev/null -e trace=rename,renameat,renameat2 -e "inject=rename,renameat,renameat2:signal=KILL:when=$point" \
      "$CAIRN_BIN" push -r killed >/dev/null 2>&1 || true
  fi
  expect 0 cairn push -r killed
  expect 0 cairn check --pushed -r killed
  expect 0 cairn fsck -r killed
done
