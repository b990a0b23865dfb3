# A reader that knows only the man pages restores files and folders from a store and from a directory remote.
. "$(dirname "$0")/lib.sh"
reader=$here/../tools/cairn_reader.py

new_repo shop
cd shop
mkdir -p data/d/sub data/d/void
for i in $(seq 1 700); do echo "line $i" >"data/d/sub/$i.txt"; done
seq 1 400000 >data/d/numbers
head -c 2000000 /dev/urandom >data/d/noise
ln -s sub/1.txt data/d/link
: >data/d/none
seq 1 900000 >big.txt
echo small >small.txt
: >empty.txt
cairn add data/d big.txt small.txt empty.txt >/dev/null
git commit -qm v1
cairn remote add prod "$scratch/remote" >/dev/null
cairn push >/dev/null
project=$(git config -f .cairn/config cairn.project)
mkdir "$scratch/store-out" "$scratch/remote-out"
for path in data/d big.txt small.txt empty.txt; do
  name=$(basename "$path")
  python3 "$reader" store .git/cairn "$path.cairn" "$scratch/store-out/$name"
  python3 "$reader" remote "$scratch/remote" "$project" "$path.cairn" "$scratch/remote-out/$name"
  same_tree "$path" "$scratch/store-out/$name"
  same_tree "$path" "$scratch/remote-out/$name"
done
