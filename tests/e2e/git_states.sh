# What git does around pointers, with real git: moves, sparse trees, worktrees, submodules, shallow and partial clones,
# archives, bare repositories, detached heads, and the other object format. As cairn-git(7) says.
. "$(dirname "$0")/lib.sh"

commit_add() { cairn add "${@:2}" >/dev/null && git commit -qm "$1"; }
make_shop() { # DIR [git init options]: two versions on main, a branch that adds, all pushed to $scratch/remote
  git init -q "${@:2}" "$1" && cd "$1" && cairn init >/dev/null
  mkdir -p data other/deep
  for i in 1 2 3; do echo "$i v1" >data/$i; done
  echo deep >other/deep/file
  commit_add v1 data other/deep && git tag v1
  echo '1 v2' >data/1 && commit_add v2 data && git tag v2
  git switch -qc branch v1 && cairn checkout >/dev/null && echo branch >data/branch && commit_add branch data && git tag b1
  git switch -q main && cairn checkout >/dev/null
  cairn remote add prod "$scratch/remote" >/dev/null
  cairn push --all >/dev/null && git switch -q branch && cairn push >/dev/null && git switch -q main
}

(make_shop shop)
cd shop

# --- git mv of a pointer: the pointer alone moves, and cairn says so; cairn mv moves all three ---
git mv data.cairn moved.cairn
expect 0 cairn status
says 'moved'
[ -e data/1 ] && [ ! -e moved ] || fail 'git mv touched data'
expect 1 git commit -qm 'git mv' && says 'hint: cairn checkout moved && cairn add moved'
expect 0 cairn checkout moved
[ "$(cat moved/1)" = '1 v2' ] || fail 'the data of a moved pointer'
git reset -q --hard && rm -rf moved
# git mv of the folder around it moves the data too; what is known of it goes along with the commit.
git mv other elsewhere && git commit -qm 'git mv of a folder' && expect 0 cairn status
! grep -q partly "$scratch/out" || fail 'a moved folder counts as partly here'
rm elsewhere/deep/file && echo new >elsewhere/deep/new && expect 0 cairn status && says '1 added, 0 modified, 1 removed'
git reset -q --hard HEAD^ && rm -rf elsewhere && expect 0 cairn checkout other/deep
# So it does where no hook follows.
cairn hooks uninstall >/dev/null && echo two >other/deep/two && commit_add two other/deep
git mv other elsewhere && git commit -qm 'without hooks'
rm elsewhere/deep/file && expect 0 cairn status && says '0 added, 0 modified, 1 removed'
expect 0 cairn add elsewhere/deep && expect 0 cairn status && [ ! -e elsewhere/deep/file ]
[ "$(cairn ls elsewhere/deep | grep -c file)" = 0 ] || fail 'what was removed came back'
git reset -q --hard HEAD~2 && rm -rf elsewhere && cairn hooks install >/dev/null && expect 0 cairn checkout other/deep
expect 0 cairn mv data photos
[ -e photos/1 ] && [ ! -e data ] && [ -e photos.cairn ] || fail 'cairn mv'
git reset -q --hard && rm -rf photos
expect 0 cairn checkout data

# --- sparse checkout: what is outside is not seen, and stays in every commit ---
cd "$scratch" && git clone -q shop sparse && cd sparse && cairn init >/dev/null
cairn remote add prod "$scratch/remote" >/dev/null
git sparse-checkout set --no-cone '/*' '!/other/' 2>/dev/null
expect 0 cairn pull
[ -e data/1 ] && [ ! -e other ] || fail 'sparse: data outside of the cone'
expect 0 cairn status --exit-code
echo more >data/more && commit_add more data
expect 0 git merge -m sparse b1
expect 0 cairn pull
[ -e data/branch ] && [ -e data/more ] && git cat-file -e HEAD:other/deep.cairn || fail 'sparse: a merge'

# --- a second worktree: one store, its own state; a merge in conflict there ---
cd "$scratch/shop"
git worktree add -q ../tree branch
cd ../tree
expect 0 cairn checkout
[ -e data/branch ] && [ ! -e .git/cairn ] || fail 'worktree: checkout from the shared store'
echo 'of the tree' >data/1 && commit_add tree data
expect 1 git merge -m tree main
expect 11 cairn merge
says 'both changed    data/1'
expect 0 cairn merge --pick all=theirs
git commit -qm tree && expect 0 cairn checkout data && [ "$(cat data/1)" = '1 v2' ] || fail 'worktree: picked'
cd "$scratch/shop" && expect 0 cairn status --exit-code && git worktree remove --force ../tree

# --- a submodule is a repository of its own ---
cd "$scratch" && git init -q super && cd super
git -c protocol.file.allow=always submodule --quiet add ../shop sub && git commit -qm sub
expect 0 cairn -C sub init
expect 0 cairn -C sub remote add prod "$scratch/remote"
expect 0 cairn -C sub pull
[ "$(cat sub/data/1)" = '1 v2' ] || fail 'submodule: pull'
cd sub && git checkout -q --detach HEAD && echo s >data/s && commit_add s data
expect 0 git merge -m sub b1
expect 0 cairn pull && [ -e data/branch ] && [ -e data/s ] || fail 'submodule: merge'
git --no-pager diff HEAD~1 -- data.cairn | grep -q '^+f .* branch$' || fail 'submodule: textconv'

# --- shallow, blobless, detached ---
cd "$scratch"
git clone -q --depth 1 "file://$scratch/shop" shallow && cd shallow
cairn remote add prod "$scratch/remote" >/dev/null
expect 0 cairn pull
expect 2 cairn ls --rev v1
says 'git fetch'
expect 0 cairn log data
expect 0 cairn check --pushed
git -C "$scratch/shop" config uploadpack.allowFilter true
cd "$scratch" && git clone -q --filter=blob:none "file://$scratch/shop" blobless && cd blobless && cairn init >/dev/null
cairn remote add prod "$scratch/remote" >/dev/null
expect 0 cairn pull
expect 0 cairn fetch --lists --rev v1
expect 0 cairn diff v1 v2
says '+0 -0 ~1'
expect 0 cairn log data
expect 0 git merge -m blobless b1
expect 0 cairn pull && [ "$(cat data/1 data/branch | tr '\n' ,)" = '1 v2,branch,' ] || fail 'blobless: merge'
git checkout -q --detach v1
expect 0 cairn pull && [ "$(cat data/1)" = "1 v1" ] || fail detached
echo detached >data/detached && commit_add detached data && expect 0 cairn push
expect 0 cairn check --pushed HEAD

# --- archives hold pointers; restore gives the data ---
cd "$scratch/shop"
mkdir "$scratch/archive" && git archive v1 | tar -x -C "$scratch/archive"
[ -e "$scratch/archive/data.cairn" ] && [ ! -e "$scratch/archive/data" ] || fail archive
expect 0 cairn restore v1 --to "$scratch/restored"
[ "$(cat "$scratch/restored/data/1")" = '1 v1' ] || fail 'restore beside an archive'

# --- bare: revisions can be read and restored elsewhere; what needs a work tree says so ---
cd "$scratch" && git clone -q --bare shop bare.git && cd bare.git
expect 2 cairn init
says 'bare'
for words in 'status' 'add data' 'checkout' 'checkout v1 -- data' 'merge' 'mv data b' 'rm data' 'pull' 'verify' 'ls'; do
  expect 2 cairn $words
  says 'this is a bare repository'
done
expect 0 cairn log data
expect 6 cairn ls --rev v1 && says '`cairn fetch --rev REV` brings the data of a commit' && ! grep -q 'cairn pull' "$scratch/out" || fail 'bare: a hint that cannot help'
export CAIRN_STORE=$scratch/shop/.git/cairn
expect 0 cairn ls --rev v1 data
expect 0 cairn diff v1 v2
expect 0 cairn restore v1 --to "$scratch/from-bare"
same_tree "$scratch/restored" "$scratch/from-bare"
# A server that merges without a work tree, for those who run one: the driver and the attribute stand in its own settings.
git config merge.cairn.driver "$(git -C ../shop config merge.cairn.driver)"
echo '*.cairn merge=cairn' >info/attributes
if git merge-tree --write-tree main b1 >"$scratch/out" 2>&1; then
  git ls-tree "$(head -1 "$scratch/out")" >"$scratch/tree"
  git show "$(head -1 "$scratch/out")":data.cairn >"$scratch/pointer"
  grep -q '^files 4$' "$scratch/pointer" || fail 'bare: merge-tree'
else
  git merge-tree -h 2>&1 | grep -q write-tree && fail "bare: merge-tree: $(cat "$scratch/out")"
fi
unset CAIRN_STORE

# --- the other object format ---
cd "$scratch"
(make_shop shop256 --object-format=sha256)
cd "$scratch/shop256"
expect 0 git merge -m sha256 b1
expect 0 cairn checkout
[ "$(cat data/1 data/branch | tr '\n' ,)" = '1 v2,branch,' ] || fail 'sha256: merge'
echo ours >data/3 && commit_add ours data
git switch -qc theirs HEAD~1 && cairn checkout >/dev/null && echo theirs >data/3 && commit_add theirs data
expect 1 git merge -m sha256 main
expect 0 cairn merge --pick data/3=theirs
git commit -qm picked && [ "$(cairn cat data/3)" = ours ] || fail 'sha256: picked'
expect 0 cairn log data/3
expect 0 git --no-pager log -p -1 -m --first-parent -- data.cairn
says '+f            5'
