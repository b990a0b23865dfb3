# Bad input: one clear error with the right exit code, nothing lost, nothing half-written.
. "$(dirname "$0")/lib.sh"

new_repo shop
cd shop
mkdir -p data
for i in $(seq 1 50); do seq "$i" $((i + 400)) >"data/$i.txt"; done
head -c 2000000 /dev/urandom >model.bin
cairn add data model.bin >/dev/null
git commit -qm v1
cairn remote add prod "$scratch/remote" >/dev/null
cairn push >/dev/null
cp data.cairn "$scratch/good"

# --- pointers ---
damaged() { # NAME CODE WORDS [STATE]: data.cairn, as it stands, is refused by status (reported) and checkout (exit code)
  expect "$2" cairn checkout
  says "$3"
  expect 0 cairn status
  says "${4:-bad pointer}"
  cp "$scratch/good" data.cairn
}
head -c 80 "$scratch/good" >data.cairn && damaged truncated 7 'data.cairn'
sed 's/^size .*/size 1/' "$scratch/good" >data.cairn && damaged changed 7 'data.cairn'
sed 's#cairn-pointer/1#cairn-pointer/9#' "$scratch/good" >data.cairn
expect 3 cairn status --exit-code
! grep -q 'next: git checkout' "$scratch/out" || fail 'an older pointer helps nobody'
cairn status --json | grep -q '"state": *"newer-pointer"' || fail 'the state of a newer pointer'
damaged newer 12 'install a newer cairn to read it' 'pointer of a later format; install a newer cairn to read it'
{ echo '<<<<<<< HEAD'; cat "$scratch/good"; echo '======='; echo '>>>>>>> x'; } >data.cairn && damaged conflict 11 'data.cairn'
head -c 100000 /dev/zero >data.cairn && damaged oversized 7 'data.cairn'
rm data.cairn && ln -s /etc/passwd data.cairn
expect 11 cairn checkout
rm data.cairn && cp "$scratch/good" data.cairn
expect 0 cairn status --exit-code

sed 's/$/\r/' "$scratch/good" >data.cairn # line ends of another system: read, and told once
expect 0 cairn status --exit-code
says 'warning: `data.cairn` has CR LF line ends'
[ "$(grep -c 'CR LF' "$scratch/out")" = 1 ] || fail 'told more than once'
cp "$scratch/good" data.cairn

# --- arguments ---
expect 2 cairn add nowhere
expect 2 cairn add ../outside
expect 2 cairn add .git/config
expect 2 cairn add .
ln -s data link && expect 2 cairn add link && rm link
mkfifo pipe && expect 2 cairn add pipe && rm pipe
mkdir -p odd && mkfifo odd/pipe && expect 2 cairn add odd && rm -r odd
mkdir -p nest/sub && git init -q nest/sub && echo x >nest/sub/f && expect 2 cairn add nest
says '`nest/sub` is a git repository of its own'
for path in nest/sub nest/sub/f; do
  expect 2 cairn add $path
  says '`nest/sub` is a git repository of its own'
done
[ ! -e nest/sub/f.cairn ] || fail 'a pointer in a repository of its own'
rm -rf nest
mkdir -p names && touch names/$'bad\xff' && expect 2 cairn add names
says 'cannot be stored: it is not valid UTF-8' && says 'help bad-name'
rm names/* && mkdir names/.GIT && touch names/.GIT/x && expect 2 cairn add names
says '`names/.GIT/x` cannot be stored'
touch $'bad\xff' && expect 2 cairn add $'bad\xff' && says bad-name
long=$(printf 'x%.0s' $(seq 250)) && touch "$long" && expect 2 cairn add "$long" && says 'no room'
rm -r names $'bad\xff' "$long"
expect 2 cairn remote add other '' && says 'empty URL'
mkdir -p leave && ln -s /etc leave/out && expect 2 cairn add leave
says '--links keep'
expect 0 cairn add --links keep leave
git rm -q --cached leave.cairn .gitignore 2>/dev/null || true
git checkout -q HEAD -- .gitignore
rm -rf leave leave.cairn
mkdir -p parent/child && echo x >parent/child/f && cairn add parent/child >/dev/null
expect 2 cairn add parent
says 'overlaps'
echo x >tracked.txt && git add tracked.txt && expect 2 cairn add tracked.txt
says '`cairn add --git-rm tracked.txt` takes them out'
says '`git rm -r --cached tracked.txt` does that by hand'
expect 0 cairn add --git-rm tracked.txt
printf '# rules\n*.cairn\n' >.git/info/exclude && echo y >hidden.txt && expect 2 cairn add hidden.txt
says '.git/info/exclude:2: *.cairn'
says 'add the line `!*.cairn` below that rule'
[ ! -e hidden.txt.cairn ] || fail 'a pointer that git would ignore'
echo '!*.cairn' >>.git/info/exclude
expect 0 cairn add -n hidden.txt
: >.git/info/exclude
for name in .gitignore .gitattributes names/.gitignore; do
  mkdir -p names && touch names/.gitignore && expect 2 cairn add --git-rm $name && says "\`git add $name\`" && [ ! -e $name.cairn ] || fail $name
done
rm -r names
for verb in rm 'mv -n'; do
  expect 2 cairn $verb . $([ "$verb" = rm ] || echo other) && says '`.` is the whole repository'
done
expect 2 cairn log . && says 'the whole repository has no versions of its own'
expect 2 cairn log -n 0 data && says 'from 1 on'
expect 2 cairn cat parent/child && says 'is a folder'
mkdir parent/child/deep && echo y >parent/child/deep/g && cairn add parent/child >/dev/null
expect 2 cairn cat parent/child/deep && says '`parent/child/deep` is a folder' && says '`cairn ls parent/child/deep` lists its files'
expect 2 cairn cat parent/child/dee && says 'is not in this version'
expect 2 cairn fsck --read-data 10% && says 'the local store is read in full'
for pattern in '--include nothing' '--exclude *'; do
  for command in checkout fetch "restore --to $scratch/none"; do
    (set -f && expect 2 cairn $command $pattern && says 'no file matches') || fail "$command $pattern"
  done
done
expect 0 cairn checkout --include parent/child/deep
expect 10 cairn -C / status
expect 2 cairn frobnicate
expect 2 cairn commit
says 'git commit'

# --- local changes are never overwritten ---
echo mine >data/7.txt
expect 11 cairn checkout
says 'data/7.txt'
says '`cairn add data` keeps them'
[ "$(cat data/7.txt)" = mine ] || fail 'local change lost'
printf 1 | dd of=model.bin bs=1 seek=1000000 conv=notrunc status=none
expect 11 cairn checkout
says '`cairn add -u` keeps them'
expect 0 cairn add -n -u
expect 0 cairn checkout --force model.bin
expect 0 cairn checkout --force
[ "$(head -1 data/7.txt)" = 7 ] || fail 'not brought back'

# --- a damaged store: never served, found by fsck, healed from the remote ---
pack=$(find .git/cairn/packs -type f -size +1000k | head -1)
chmod u+w "$pack"
printf 'XXXX' | dd of="$pack" bs=1 seek=100000 conv=notrunc status=none
rm model.bin
expect 7 cairn checkout model.bin
[ ! -e model.bin ] || fail 'a half-written file'
expect 7 cairn fsck
expect 0 cairn fsck --repair-from prod
expect 0 cairn checkout model.bin
expect 0 cairn status --exit-code

# --- a damaged remote: nothing of it enters a clone ---
git commit -qam more
cp -a "$scratch/remote" "$scratch/bad-remote"
pack=$(find "$scratch/bad-remote/packs" -type f -size +1000k | head -1)
chmod u+w "$pack"
printf 'XXXX' | dd of="$pack" bs=1 seek=100000 conv=notrunc status=none
git clone -q . "$scratch/clone"
cd "$scratch/clone"
cairn remote add prod "$scratch/bad-remote" >/dev/null
expect 7 cairn pull model.bin
says 'cairn fsck -r prod'
[ ! -e model.bin ] || fail 'a damaged file was written'
cairn remote set prod "$scratch/remote" >/dev/null
expect 0 cairn pull model.bin
cmp model.bin ../shop/model.bin
# Found, marked, sent again: the remote is whole, whoever asks.
(
  cd ../shop
  cairn remote add bad "$scratch/bad-remote" >/dev/null
  expect 7 cairn fsck -n -r bad
  says 'next: cairn push -r bad --repair --all, in a clone that has the data'
  expect 0 cairn push -r bad && says 'already complete'
  expect 7 cairn fsck -r bad
  says 'marked as damaged: 1 record; no push relies on them any more'
  expect 7 cairn fsck -r bad
  says 'roots/'
  expect 0 cairn push -r bad --all && says 'pushed: 1 version is complete on bad'
  expect 0 cairn fsck -r bad
  says '1 record marked as damaged before'
  cairn remote rm bad >/dev/null
)
cairn remote set prod "$scratch/bad-remote" >/dev/null
rm -rf .git/cairn/packs .git/cairn/index model.bin
expect 0 cairn pull model.bin
cmp model.bin ../shop/model.bin
sed -i 's/"cairn":1/"cairn":9/' "$scratch/bad-remote/cairn.json"
cairn remote set prod "$scratch/bad-remote" >/dev/null
expect 12 cairn pull
cairn remote set prod "$scratch/nowhere" >/dev/null
expect 6 cairn fetch data

# --- a link swapped in for a tracked folder: nothing is written through it ---
cairn remote set prod "$scratch/remote" >/dev/null
mkdir "$scratch/victim"
ln -s "$scratch/victim" data
expect 11 cairn pull data || true
[ -z "$(ls -A "$scratch/victim")" ] || fail 'wrote through a link'
rm data

# --- a pointer that is not valid stands in the way of its own path alone ---
printf garbage >broken.cairn && git add -f broken.cairn && echo new >new.bin && mkdir folder && echo x >folder/x
expect 0 cairn add new.bin
expect 7 cairn add broken && says 'broken.cairn'
printf garbage >folder/deep.cairn && git add -f folder/deep.cairn && expect 7 cairn add folder && says 'folder/deep.cairn'
expect 7 cairn add -u
