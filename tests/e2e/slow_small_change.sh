# A folder of a million entries of which ten changed: the second push costs few requests, and little beside the data. Of one
# that changed, add writes less than 300 KB.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || exit 77
entries=${CAIRN_SLOW_ENTRIES:-1000000}
new_repo shop
cd shop
small_files "$entries" data
cairn -q add data
git commit -qm v1
cairn remote add prod "$scratch/far" >/dev/null
cairn -q push
git init -q --bare "$scratch/code.git" && git remote add origin "$scratch/code.git"
git push -q origin HEAD:main  # so that v1 is known to be elsewhere, and asked for no more
git fetch -q
for i in 0 1 2 3 4 5 6 7 8 9; do echo "changed $i" >"data/$(printf '%04d/%07d.json' $((entries / 10000 * i)) $((entries / 10 * i)))"; done
cairn -q add data
git commit -qam v2
cairn push --json >../pushed
cat ../pushed
python3 -c '
import json, sys
report = json.load(open(sys.argv[1]))
assert report["requests"] <= 30, report["requests"]
assert report["uploaded_bytes"] <= 1_000_000, report["uploaded_bytes"]' ../pushed || fail 'a small change is not a small push'
stored() { du -sb --apparent-size .git/cairn/packs .git/cairn/index .git/objects | awk '{ sum += $1 } END { print sum }'; }
before=$(stored)
echo 'changed alone' >"data/0000/0000001.json"
cairn -q add data
written=$(($(stored) - before))
echo "one file of $entries: $written bytes"
[ "$written" -lt 300000 ] || fail "$written bytes for one changed file"
echo ok
