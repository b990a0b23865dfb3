# check: staged and committed pointers are here or pushed; --pushed believes the remote alone, also after a pack was deleted there.
. "$(dirname "$0")/lib.sh"

new_repo shop
cd shop
expect 0 cairn check
mkdir -p data/set
for i in $(seq 1 50); do head -c 3000 /dev/urandom >"data/set/$i"; done
head -c 2000000 /dev/urandom >model.bin
cairn add data/set model.bin >/dev/null
expect 0 cairn check
says 'checked 2 versions of 0 commits'
expect 2 cairn check --pushed
says 'there is no commit yet'
git commit -qm 'first version'
expect 0 cairn check
expect 2 cairn check --pushed
says 'cairn remote add'
expect 2 cairn check HEAD
says 'cairn check --pushed HEAD'
cairn remote add prod "$scratch/far" >/dev/null
expect 3 cairn check --pushed
says 'missing: model.bin'
says 'the remote is empty'
says "in $(git rev-parse HEAD | cut -c1-10) by Tester: first version"
says 'next: cairn push -r prod'
expect 0 cairn push
expect 0 cairn check --pushed
says 'checked 2 versions of 1 commit on prod: complete there'
expect 2 cairn check --pushed no-such-revision
expect 2 cairn check --pushed -- -x

# a budget: what the newest commit names, or what is staged
expect 0 cairn check --pushed --max-bytes 3M
expect 3 cairn check --pushed --max-bytes 2M
says 'over budget: 2.2 MB of data are named, more than 2.0 MB (--max-bytes)'
says 'model.bin  2.0 MB'
expect 3 cairn check --max-bytes 100K --junit ../budget.xml
grep -q 'name="size budget"><failure' ../budget.xml || fail 'no case for the budget'
expect 3 cairn check --json --max-bytes 100K
says '"over_budget": true'
expect 2 cairn check --max-bytes much

# a range: every commit of it counts, one revision stands for itself
base=$(git rev-parse HEAD)
for n in 2 3; do
  printf "$n" | dd of=model.bin bs=1 seek=100000 conv=notrunc status=none
  cairn add model.bin >/dev/null
  git commit -qm "version $n"
done
expect 3 cairn check --pushed "$base..HEAD"
says 'checked 3 versions of 2 commits'
says 'by Tester: version 2'
says 'by Tester: version 3'
grep -q 'data/set' "$scratch/out" && fail 'names what is complete'
says "next: cairn push -r prod --rev $base..HEAD"
expect 0 cairn push --rev HEAD^!
expect 0 cairn check --pushed
expect 3 cairn check --pushed HEAD^
says 'version 2'
expect 3 cairn check --pushed "$base..HEAD"
expect 0 cairn push --rev "$base..HEAD"
expect 0 cairn check --pushed "$base..HEAD"

# depth 1, nothing but git objects and the remote; no data comes
git clone -q --depth 1 "file://$scratch/shop" "$scratch/ci"
cd "$scratch/ci"
cairn remote add prod "$scratch/far" >/dev/null
expect 0 cairn check --pushed
expect 0 cairn check
says 'on prod'
[ ! -e .git/cairn/packs ] || fail 'something was stored'

# a pointer that is not valid, staged and committed
sed -i 's/^size .*/size 7/' model.bin.cairn
git add model.bin.cairn
expect 3 cairn check
says 'not valid: model.bin'
git commit -qm 'broken by hand'
expect 3 cairn check --pushed
says 'by Tester: broken by hand'
# the same as JUnit: a case for each path, failed where a version is not complete
expect 3 cairn check --pushed --junit result.xml
cat >"$scratch/junit.py" <<'PY'
import sys, xml.etree.ElementTree as tree
suite = tree.parse(sys.argv[1]).getroot().find("testsuite")
cases = {case.get("name"): case.find("failure") for case in suite.findall("testcase")}
failed = [name for name, failure in cases.items() if failure is not None]
assert (suite.get("tests"), suite.get("failures")) == (str(len(cases)), str(len(failed))), suite.attrib
print(" ".join(sorted(cases)), "|", " ".join(failed), "|", cases[failed[0]].text if failed else "")
PY
python3 "$scratch/junit.py" result.xml >"$scratch/out" && says '| model.bin | not valid: model.bin' && says 'by Tester: broken by hand'

# any pack deleted behind our back makes something missing, whatever was noted here; put back, all is well
cd "$scratch/shop"
lost=0
for pack in $(cd "$scratch/far" && find packs -type f); do
  mv "$scratch/far/$pack" "$scratch/aside"
  cairn check --pushed "$base" >"$scratch/a" 2>&1 && one=0 || one=$?
  cairn check --pushed "$base..HEAD" >"$scratch/b" 2>&1 && two=0 || two=$?
  case $one$two in 03 | 30 | 33) ;; *) fail "pack $pack is gone: exit $one and $two" ;; esac
  if [ $one = 3 ]; then lost=$((lost + 1)); fi
  mv "$scratch/aside" "$scratch/far/$pack"
done
[ $lost -gt 0 ] || fail 'no pack of the first push was missed'
expect 0 cairn check --pushed --junit "$scratch/result.xml" "$base..HEAD"
python3 "$scratch/junit.py" "$scratch/result.xml" >"$scratch/out" && says 'model.bin |  | '
# cut short is as bad as gone
pack=$(cd "$scratch/far" && find packs -type f -size +1000k | head -1)
chmod u+w "$scratch/far/$pack"
truncate -s 1000 "$scratch/far/$pack"
expect 3 cairn check --pushed "$base"
says truncated
echo ok
