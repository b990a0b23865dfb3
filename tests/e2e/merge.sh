# Merging: two people who add images merge without a word; what both changed differently is listed, decided file by file, and
# never taken for merged; also where only lists of files are here, and in rebase, cherry-pick, revert and stash.
. "$(dirname "$0")/lib.sh"

commit_add() { cairn add "${@:2}" >/dev/null && git commit -qm "$1"; }
is_marked() { grep -q '^<<<<<<< ours$' "$1" && grep -q '^||||||| base$' "$1" || fail "$1 has no conflict marks"; }

new_repo shop
cd shop
mkdir -p data/images
for i in $(seq 1 300); do echo "image $i" >data/images/$i.png; done
echo 'a,b' >data/labels.csv
head -c 100000 /dev/urandom >model.bin
commit_add base data model.bin
git branch ada && git branch ben
base=$(git rev-parse HEAD)

# --- both add, change and remove different files: no conflict, everything of both ---
git switch -q ada && cairn checkout >/dev/null
echo 'of ada' >data/images/ada.png && echo 'ada was here' >data/images/7.png && rm data/images/8.png
commit_add ada data
git switch -q ben && cairn checkout >/dev/null
mkdir data/new && echo 'of ben' >data/new/ben.png && chmod +x data/images/9.png && ln -s labels.csv data/link
commit_add ben data
expect 0 git merge -m 'ada and ben' ada
if grep -qi 'conflict\|warning\|error' "$scratch/out"; then fail "the merge said something: $(cat "$scratch/out")"; fi
expect 0 cairn checkout
[ "$(cat data/images/ada.png data/new/ben.png data/images/7.png | tr '\n' ,)" = 'of ada,of ben,ada was here,' ] || fail 'merged content'
[ ! -e data/images/8.png ] && [ -x data/images/9.png ] && [ "$(readlink data/link)" = labels.csv ] || fail 'merged shape'
expect 0 cairn status --exit-code
# The same from the other side gives the same pointer.
git switch -q ada
expect 0 git merge -m 'ben and ada' 'ben^'
git diff --quiet ben HEAD -- data.cairn || fail 'the merge is not symmetric'
[ "$(git log -1 --format=%P | wc -w)" = 2 ] || fail 'no merge commit'
git reset -q --hard ada~1

# --- an octopus: git's own script, which runs no driver; cairn merge does what is left of it ---
git switch -q -c octopus "$base" && git commit -q --allow-empty -m own
expect 1 git merge -m octopus ada ben^
[ "$(git ls-files -u | wc -l)" = 3 ] || fail 'an octopus merged pointers as text'
expect 0 cairn merge && says 'staged data.cairn'
git commit -qm octopus && [ "$(git log -1 --format=%P | wc -w)" = 3 ] || fail 'no octopus'
cairn ls data >"$scratch/list"
grep -q ' data/images/ada.png$' "$scratch/list" && grep -q ' data/new/ben.png$' "$scratch/list" && ! grep -q ' data/images/8.png$' "$scratch/list" || fail octopus

# --- both add a tracked folder of the same name: joined, equal files once ---
git switch -q -c left "$base" && mkdir extra && echo same >extra/same && echo l >extra/l && commit_add left extra
git switch -q -c right "$base" && rm -rf extra && mkdir extra && echo same >extra/same && echo r >extra/r && commit_add right extra
expect 0 git merge -m joined left
cairn checkout >/dev/null
[ "$(ls extra | tr '\n' ,)" = l,r,same, ] || fail 'add/add was not joined'

# --- each tracks a new path: the rules of both stand in .gitignore ---
git switch -q -c path-one "$base" && echo 1 >one.bin && commit_add one one.bin
git switch -q -c path-two "$base" && echo 2 >two.bin && commit_add two two.bin
expect 0 git merge -m paths path-one
[ "$(git check-ignore one.bin two.bin model.bin | wc -l)" = 3 ] || fail 'the rules of both'

# --- both change the same things ---
git switch -q -c one "$base" && cairn checkout >/dev/null
echo 'one' >data/labels.csv && echo 'one' >data/images/1.png && rm data/images/2.png && echo one >data/both.txt
rm data/images/5.png && mkdir data/images/5.png && echo 'a folder now' >data/images/5.png/part
echo 'only one' >data/images/3.png
commit_add one data
git switch -q -c two "$base" && cairn checkout >/dev/null
echo 'two' >data/labels.csv && rm data/images/1.png && echo 'two' >data/images/2.png && echo two >data/both.txt
echo 'still a file' >data/images/5.png
echo 'only two' >data/images/4.png
commit_add two data
git tag two0
expect 1 git merge -m conflict one
says '5 conflicts in data'
says 'CONFLICT (content): Merge conflict in data.cairn'
is_marked data.cairn
[ "$(git ls-files -u | wc -l)" = 3 ] || fail 'git does not know of the conflict'
expect 3 cairn status --exit-code
says "next: cairn merge data"
expect 11 cairn merge
for line in 'both changed    data/labels.csv' 'both added      data/both.txt' 'deleted by us   data/images/1.png' \
  'deleted by them data/images/2.png' 'file and folder data/images/5.png'; do says "$line"; done
expect 11 cairn merge --json data
python3 - "$scratch/out" <<'PY'
import json, sys
path = json.load(open(sys.argv[1]))["paths"][0]
assert path["open"] == 5 and not path["finished"], path
first = {row["path"]: row for row in path["conflicts"]}
assert first["images/1.png"]["ours"] is None and first["images/1.png"]["theirs"]["size"] == 4, first
assert first["labels.csv"]["pick"] is None, first
PY
# A pointer with marks is never a version.
git add data.cairn
expect 11 cairn add data
expect 11 cairn checkout
git checkout -q --merge -- data.cairn 2>/dev/null
# Decided in steps; what is decided is kept until the last one.
expect 2 cairn merge --pick nothing.txt=ours
says 'no conflict is at `nothing.txt`'
expect 2 cairn merge --pick data/labels.csv=mine
expect 11 cairn merge data --pick data/labels.csv=theirs
says '5 conflicts, 1 decided'
expect 11 cairn merge --dry-run --pick 'images/[12].png=ours'
expect 11 cairn merge
says '1 decided'
expect 0 cairn merge data --abort
expect 11 cairn merge data
if grep -q decided "$scratch/out"; then fail 'the picks were not forgotten'; fi
expect 11 cairn merge data --pick data/labels.csv=theirs
expect 11 cairn merge data --pick 'images/1.png=theirs' --pick 'data/images/2.png=base'
is_marked data.cairn
expect 0 cairn merge data --pick data/both.txt=ours --pick data/images/5.png=theirs
says 'staged data.cairn'
[ -z "$(git ls-files -u)" ] || fail 'still in conflict for git'
expect 2 cairn merge data
says 'is not in conflict'
git commit -qm decided
expect 0 cairn checkout
[ "$(cat data/labels.csv data/images/1.png data/images/2.png data/both.txt data/images/5.png/part data/images/3.png data/images/4.png | tr '\n' ,)" \
  = 'one,one,image 2,two,a folder now,only one,only two,' ] || fail 'the picks were not carried out'
expect 0 cairn status --exit-code
# One side in all; and taken up again after it was decided.
for side in ours theirs base; do
  git reset -q --hard two0 && expect 1 git merge -m again one
  expect 0 cairn merge --pick all=$side
  case $side in ours) want=two ;; theirs) want=one ;; base) want='a,b' ;; esac
  [ "$(cairn cat data/labels.csv)" = "$want" ] || fail "--pick all=$side"
  [ "$(cairn cat data/images/3.png),$(cairn cat data/images/4.png)" = 'only one,only two' ] || fail "--pick all=$side lost a change"
done
expect 0 cairn merge --abort data
is_marked data.cairn
expect 0 cairn merge data --pick all=ours
git reset -q --hard two0

# --- a file tracked on its own: one side or the other, unless only one changed it ---
git switch -q -c file-one "$base" && cairn checkout >/dev/null && echo one >model.bin && commit_add one model.bin
git switch -q -c file-two "$base" && cairn checkout >/dev/null && echo two >model.bin && commit_add two model.bin
expect 1 git merge -m file file-one
expect 11 cairn merge
says 'both changed    model.bin'
expect 0 cairn merge --pick model.bin=theirs
git commit -qm file && expect 0 cairn checkout model.bin && [ "$(cat model.bin)" = one ] || fail 'a picked file'
git switch -q -c bit "$base" && cairn checkout >/dev/null && chmod +x model.bin && commit_add bit model.bin
expect 0 git merge -m 'bit and content' file-one
cairn checkout >/dev/null && [ -x model.bin ] && [ "$(cat model.bin)" = one ] || fail 'bit and content'

# --- a pointer that one side removed: git tells, cairn decides ---
git switch -q -c gone "$base" && cairn checkout >/dev/null && cairn rm model.bin >/dev/null && git commit -qm gone
expect 1 git merge -m gone file-one
says 'CONFLICT (modify/delete)'
expect 11 cairn merge
says 'deleted by us   model.bin'
expect 0 cairn merge --pick model.bin=theirs
[ "$(cairn ls model.bin | wc -l)" = 1 ] || fail 'kept'
git reset -q --hard gone && expect 1 git merge -m gone file-one
expect 0 cairn merge --pick all=ours
says 'removed the pointer of model.bin'
[ ! -e model.bin.cairn ] && [ -z "$(git ls-files -u)" ] || fail 'removed'
git commit -qm 'stays removed'

# --- rebase, cherry-pick, revert, stash pop call the driver too ---
git switch -q -c work ben && expect 0 git rebase ada
cairn checkout >/dev/null
[ -e data/images/ada.png ] && [ -e data/new/ben.png ] || fail rebase
git switch -q -c pick ada && expect 0 git cherry-pick ben~1
cairn ls data | grep -q new/ben.png || fail cherry-pick
cairn checkout >/dev/null && echo more >data/more.txt && commit_add more data
expect 0 git revert --no-edit HEAD~1
cairn ls data >"$scratch/list"
grep -q more.txt "$scratch/list" && ! grep -q ben.png "$scratch/list" || fail revert
cairn checkout >/dev/null && echo stashed >data/stashed.txt && cairn add data >/dev/null && git stash -q
cairn checkout >/dev/null && echo other >data/other.txt && commit_add other data
expect 0 git stash pop
cairn ls data >"$scratch/list"
grep -q stashed.txt "$scratch/list" && grep -q other.txt "$scratch/list" || fail 'stash pop'
git reset -q --hard && cairn checkout >/dev/null
git switch -q -c rebased two && expect 1 git rebase one
expect 0 cairn merge --pick all=theirs
GIT_EDITOR=true expect 0 git rebase --continue
[ "$(cairn cat data/labels.csv)" = two ] || fail 'rebase with a conflict'

# --- several merge bases: what they agree in is no conflict ---
git switch -q -c x "$base" && cairn checkout >/dev/null && echo x >data/x && commit_add x data && git tag x1
git switch -q -c y "$base" && cairn checkout >/dev/null && echo y >data/y && commit_add y data && git tag y1
git switch -q x && git merge -q -m xy y1 && git switch -q y && git merge -q -m yx x1
git switch -q x && cairn checkout >/dev/null && rm data/y && commit_add 'without y' data
git switch -q y && cairn checkout >/dev/null && echo y2 >data/y2 && commit_add y2 data
expect 0 git merge -m criss x
cairn ls data >"$scratch/list"
grep -q ' data/y2$' "$scratch/list" && grep -q ' data/x$' "$scratch/list" && ! grep -q ' data/y$' "$scratch/list" || fail 'criss-cross'

# --- a clone with lists of files only, and one with nothing at all ---
cd "$scratch/shop" && cairn remote add prod "$scratch/remote" >/dev/null && git switch -q main
for branch in ada ben one two; do git switch -q $branch && cairn push --all >/dev/null; done
git switch -q main
clone() { cd "$scratch" && rm -rf "$1" && git clone -q shop "$1" && cd "$1" && git fetch -q origin '+refs/heads/*:refs/remotes/origin/*'; }
clone bare-lists && cairn init >/dev/null && cairn remote add prod "$scratch/remote" >/dev/null
git switch -q two
expect 1 git merge -m far origin/one
expect 11 cairn merge
says '5 conflicts'
expect 0 cairn merge --pick all=theirs
git commit -qm far
find .git/cairn/packs -type f -print0 | xargs -0 cat | wc -c >"$scratch/bytes"
[ "$(cat "$scratch/bytes")" -lt 200000 ] || fail 'a merge fetched data'
[ ! -e data ] || fail 'a merge wrote data'
expect 0 cairn push
expect 0 cairn check --pushed
expect 0 cairn pull data
[ "$(cat data/labels.csv)" = one ] && [ "$(cat data/images/4.png)" = 'only two' ] || fail 'data of a merge without data'
# The remote is away: a conflict that says what to do, and that cairn merge ends later.
clone away && cairn init >/dev/null && cairn remote add prod "$scratch/remote" >/dev/null
git switch -q ben~0 2>/dev/null || git switch -q --detach origin/ben~1
mv "$scratch/remote" "$scratch/remote.away"
expect 1 git merge -m away origin/ada
says '`cairn merge` merges once that is mended'
is_marked data.cairn
mv "$scratch/remote.away" "$scratch/remote"
expect 0 cairn merge data
says 'staged data.cairn'
git commit -qm away
cairn ls data | grep -q images/ada.png || fail 'merged later'

# A merge brings lists, not data: status names what does.
clone behind && cairn init --no-hooks >/dev/null && cairn remote add prod "$scratch/remote" >/dev/null
git switch -q --detach origin/ben~1
expect 0 cairn pull data
expect 0 git merge -m behind origin/ada
expect 3 cairn status --exit-code data
says 'data not in the store'
says 'next: cairn pull data'
expect 6 cairn checkout data
expect 0 cairn fetch data
expect 3 cairn status --exit-code data
says 'next: cairn checkout data'
rm -rf data
expect 3 cairn status --exit-code data
says 'next: cairn checkout data'
expect 0 cairn checkout data
expect 0 cairn status --exit-code data

# --- a clone without the set-up: git merges text, which is never a third version; cairn merge does it right ---
clone plain
git switch -q --detach origin/ben~1
expect 1 git merge -m plain origin/ada
expect 11 git -c alias.x="!\"$CAIRN_BIN\" checkout" x
cairn remote add prod "$scratch/remote" >/dev/null
expect 0 cairn merge
git commit -qm plain
cairn ls data | grep -q images/ada.png || fail 'merged without a driver'
# Neither the program of the settings nor one in PATH: a conflict, no silent choice; a diff shows text.
clone without && cairn init >/dev/null
git config merge.cairn.driver "$(git config merge.cairn.driver | sed "s|$CAIRN_BIN|/nowhere/cairn|")"
git config diff.cairn.textconv "$(git config diff.cairn.textconv | sed "s|$CAIRN_BIN|/nowhere/cairn|")"
git switch -q --detach origin/ben~1
expect 1 env PATH=/usr/bin:/bin git merge -m without origin/ada
says 'cairn is not installed'
grep -q '^<<<<<<< ours' data.cairn || fail 'no marks without the program'
git reset -q --hard
expect 0 env PATH=/usr/bin:/bin git --no-pager diff HEAD~1 -- data.cairn
says '+check '

# --- the job that merges the target branch where a hosting site cannot ---
cd "$scratch" && git clone -q --bare shop hosted.git && git clone -q hosted.git job && cd job
cairn remote add prod "$scratch/remote" >/dev/null
git switch -q -c feature origin/ben~1
expect 0 env CAIRN_BIN="$CAIRN_BIN" sh "$here/../../integrations/merge-target.sh" ada
[ "$(git -C ../hosted.git log -1 --format=%s feature)" = 'Merge ada into feature' ] || fail 'the job pushed nothing'
expect 0 cairn check --pushed
cairn ls data | grep -q images/ada.png || fail 'the job merged nothing'
git switch -q -c clash origin/two
expect 1 env CAIRN_BIN="$CAIRN_BIN" sh "$here/../../integrations/merge-target.sh" one
says 'both changed    data/labels.csv'
git diff --quiet HEAD || fail 'the job left a merge behind'

# --- which commit brought a file, and what each version changed ---
cd "$scratch/shop" && git switch -q ada
expect 0 cairn log data
says '+1 -1 ~1  ada'
says '+301 -0 ~0  base'
expect 0 cairn log data/images/7.png
[ "$(wc -l <"$scratch/out")" = 2 ] || fail 'log of a file'
says 'changed'
expect 0 cairn log data/images/8.png
says 'removed'
expect 0 cairn log data/images/ada.png
[ "$(cut -c1-12 "$scratch/out")" = "$(git rev-parse ada | cut -c1-12)" ] || fail 'the commit that brought a file'
expect 0 cairn log -n 1 data/images
says '+1 -1 ~1'
expect 0 cairn log --json data/images/7.png
python3 - "$scratch/out" <<'PY'
import json, sys
report = json.load(open(sys.argv[1]))
assert report["path"] == "data" and report["inside"] == "images/7.png" and len(report["versions"]) == 2, report
assert report["versions"][0]["files_changed"] == 1 and report["versions"][1]["files_added"] == 1, report
PY
expect 2 cairn log data/nothing.png
says 'no commit has `nothing.png` in `data`'
cd "$scratch/away" && rm -rf .git/cairn/packs .git/cairn/index
expect 0 cairn log data
expect 6 cairn log data/images/7.png
says 'cairn fetch --lists --rev $rev data; done'
