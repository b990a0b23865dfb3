# Wrong bytes in every kind of file of store, remote and work tree: exact or refused, never written to the tree, found by fsck, and
# healed from the other copy.
. "$(dirname "$0")/lib_faults.sh"
shop_of_two_versions
cd shop
cairn add -u >/dev/null && git commit -qm v2 && git tag v2 && cairn push >/dev/null
cd ..
rm -rf shop/data shop/model.bin

flip() { # FILE OFFSET: other bytes there (from the end when negative)
  chmod u+w "$1"
  local at=$2
  [ "$at" -ge 0 ] || at=$(($(stat -c %s "$1") + at))
  head -c 3 <(dd if="$1" bs=1 skip="$at" count=3 status=none | tr '\000-\377' '\001-\377\000') |
    dd of="$1" bs=1 seek="$at" conv=notrunc status=none
}
cut_to() { chmod u+w "$1"; truncate -s "$2" "$1"; }
biggest_pack() { find "$1/packs" -type f -printf '%s %p\n' | sort -n | tail -1 | cut -d' ' -f2; }
meta_pack() { find "$1/packs" -type f -printf '%s %p\n' | sort -n | head -1 | cut -d' ' -f2; }
half() { echo $(($(stat -c %s "$1") / 2)); }
damages='flip $pack 0
flip $pack 20
flip $pack 66
flip $pack $(half $pack)
flip $pack -200
flip $pack -10
cut_to $pack -1
cut_to $pack -40
cut_to $pack $(half $pack)
cut_to $pack 64
cut_to $pack 0
rm -f $pack'

# --- packs of the store, with the index and without ---
exact_or_refused() { # COMMAND...: right bytes with exit 0, else 6 or 7 and nothing written
  local got=0
  cairn "$@" >"$scratch/out" 2>&1 || got=$?
  if [ $got = 0 ]; then same_version v2 .; return; fi
  [ $got = 6 ] || [ $got = 7 ] || { cat "$scratch/out" >&2; fail "exit $got"; }
  message
  if [ -e data ]; then either "$scratch/v2/data" "$scratch/v2/data" data; fi
  [ ! -e model.bin ] || cmp model.bin ../v2/model.bin || fail 'model.bin is wrong'
}
healed() {
  expect 0 cairn fsck --repair-from prod
  expect 0 cairn pull  # chunks that no index knows any more are not damaged but absent
  same_version v2 .
  expect 0 cairn status --exit-code
  sound
}
while read -r damage; do
  for index in kept gone; do
    for which in biggest_pack meta_pack; do
      rm -rf work && cp -a shop work && cd work
      pack=$($which .git/cairn)
      eval "$damage"
      [ $index = kept ] || rm .git/cairn/index/*
      echo "$damage ($which, index $index)" >"$scratch/where"
      exact_or_refused checkout
      got=0
      cairn fsck >"$scratch/out" 2>&1 || got=$?
      # What neither an index nor a readable pack names is absent, which fsck cannot tell from never fetched.
      [ $got = 7 ] || { [ $got = 0 ] && [[ $index = gone || $damage = rm* ]]; } || fail "fsck exits $got"
      healed
      cd ..
    done
  done
done <<<"$damages"

# --- the index: only a cache ---
for damage in 'rm $index' 'cut_to $index 0' 'cut_to $index 100' 'flip $index 0' 'flip $index 200' 'flip $index -5'; do
  rm -rf work && cp -a shop work && cd work
  for index in .git/cairn/index/*; do eval "$damage"; done
  echo "index: $damage" >"$scratch/where"
  exact_or_refused checkout  # a wrong byte may hide a chunk until fsck writes the index again
  expect 0 cairn fsck
  expect 0 cairn checkout
  same_version v2 .
  expect 0 cairn add -u
  sound
  cd ..
done

# --- newer formats: refused with 12 by everything that reads them, and left alone ---
cp -a shop work2 && cd work2
sed -i 's/"cairn":1/"cairn":9/' .git/cairn/format
expect 12 cairn checkout
message '.git/cairn/format'
expect 12 cairn add -u
expect 12 cairn fsck
grep -q '"cairn":9' .git/cairn/format || fail 'the newer store was touched'
cp ../shop/.git/cairn/format .git/cairn/format
sed -i 's#cairn-pointer/1#cairn-pointer/9#' model.bin.cairn
expect 12 cairn checkout
message 'model.bin.cairn'
git checkout -q model.bin.cairn
cd ..
newer_pack() { chmod u+w "$1"; printf '\011' | dd of="$1" bs=1 seek="$version_at" conv=notrunc status=none; }

# --- the remote: each wrong byte is refused, nothing of it enters store or tree; whole again, the same command converges ---
cp -a remote remote-whole
while read -r damage; do
  for which in biggest_pack meta_pack; do
    rm -rf clone remote && cp -a remote-whole remote && git clone -q shop clone && cd clone
    cairn remote add prod "$scratch/remote" >/dev/null
    pack=$($which ../remote)
    eval "$damage"
    echo "remote: $damage ($which)" >"$scratch/where"
    exact_or_refused pull
    [ ! -d .git/cairn/packs ] || expect 0 cairn fsck
    rm -rf ../remote && cp -a ../remote-whole ../remote
    expect 0 cairn pull
    same_version v2 .
    sound
    cd ..
  done
done <<<"$damages"
rm -rf clone && git clone -q shop clone && cd clone
cairn remote add prod "$scratch/remote" >/dev/null
for damage in 's/"cairn":1/"cairn":9/ 12' 's/.*/{/ 7' 's/sha-\?256/md5/I 12'; do
  sed -i "${damage% *}" ../remote/cairn.json
  expect "${damage##* }" cairn pull
  message prod 'cairn.json'
  [ ! -e data ] || fail 'something was written'
  cp ../remote-whole/cairn.json ../remote/
done
find ../remote/roots -type f | while read -r root; do flip "$root" 30; done
exact_or_refused pull
rm -rf ../remote/roots && cp -a ../remote-whole/roots ../remote/
expect 0 cairn pull
same_version v2 .

# --- the work tree: links where folders are, and pointers merged by hand ---
mkdir "$scratch/victim"
echo precious >"$scratch/victim/1.txt"
rm -rf data/deep && ln -s "$scratch/victim" data/deep
expect 11 cairn checkout
message 'data/deep'
expect 11 cairn checkout --force || true
[ "$(ls "$scratch/victim")" = 1.txt ] && [ "$(cat "$scratch/victim/1.txt")" = precious ] || fail 'written through a link'
rm -f data/deep
expect 0 cairn checkout
cp model.bin.cairn "$scratch/pointer"
size=$(sed -n 's/^size //p' model.bin.cairn)
sed -i "s/^size .*/size $((size + 1))/" model.bin.cairn
expect 7 cairn checkout
message 'model.bin.cairn' 'git checkout'
expect 7 cairn add model.bin
git checkout -q model.bin.cairn
expect 0 cairn status --exit-code
same_version v2 .
sound
