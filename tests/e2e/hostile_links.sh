# Hostile clones: what stands beside the data there (settings, rules, sources, other tools' files) may be links that lead out, or pipes.
# Each is refused in one error that names it, nothing outside is read or written, and nothing of the clone was changed.
. "$(dirname "$0")/lib.sh"

watch=$scratch/watch
mkdir -p "$watch/folder"
for file in attributes ignore sources dvc; do echo "secret of $file" >"$watch/$file"; done

git init -q --bare "$scratch/data.git"
new_repo good
cd good
mkdir d data && echo x >f && echo y >d/g && echo z >data/z
cairn add f d/g data >/dev/null && git add -A && git commit -qm one
echo xx >f && cairn add f >/dev/null && git commit -qm two
printf '[source "f"]\n\turl = "%s"\n\tpath = "f"\n\tcommit = "x"\n' "$scratch/data.git" >.cairn/sources
git add -A && git commit -qm sources
cd ..

# Everything that a refused command could have changed, without the locks.
state() {
  (cd victim && git ls-files -s && git status --porcelain && find . -name .git -prune -o -printf '%p %y %l\n' | sort)
  find victim/.git/cairn -name '*.lock' -o -type f -print | grep -e packs -e index | sort
  find "$watch" -type f -exec md5sum {} + && find "$watch" | sort
}

# refused FILE COMMAND...: in the clone that `plant` made.
refused() {
  local file=$1
  shift
  state >before
  cd victim
  echo new >new && echo changed >f
  expect 11 timeout 20 "$CAIRN_BIN" "$@"
  says "\`$file\`"
  says 'hint: ls -l'
  grep -q secret "$scratch/out" && fail 'the file outside was read'
  rm new && echo xx >f
  cd ..
  state >after
  diff before after || fail "$file: cairn $* changed something"
}
plant() { # plant FILE TARGET: FILE of the clone is a link, and committed
  rm -rf victim && cp -a good victim
  (cd victim && rm -rf "$1" && ln -s "$2" "$1" && git add -A && git commit -qm link)
}

# --- rules of git ---
plant .gitattributes "$watch/attributes"
refused .gitattributes init --no-hooks
plant .gitattributes f # also one that stays inside: git follows none
refused .gitattributes init --no-hooks
plant .gitignore "$watch/ignore"
for command in 'add new' 'add f' 'add -u' 'rm -f f' 'mv f d/f' 'mv d/g g' 'checkout HEAD~2 -- f' "add --from $scratch/good/data from"; do
  refused .gitignore $command
done
plant d/.gitignore "$watch/ignore"
for command in 'add d/g' 'rm -f d/g' 'mv f d/f' "add --from $scratch/good/data d/from"; do
  refused d/.gitignore $command
done

# --- .cairn, and the files in it ---
for target in "$watch/folder" "$watch/nowhere" d; do
  plant .cairn "$target"
  for command in 'init --no-hooks' 'status' 'add new' 'remote add far s3://bucket/x' 'config' 'update'; do
    refused .cairn/config $command
  done
done
plant .cairn/config "$watch/nowhere"
refused .cairn/config init --no-hooks
refused .cairn/config remote add far s3://bucket/x
plant .cairn/sources "$watch/sources"
refused .cairn/sources update
refused .cairn/sources trust --source f
refused .cairn/sources import git "$scratch/data.git" data into
plant .cairn/sources /dev/zero
refused .cairn/sources update
rm -rf victim && cp -a good victim
(cd victim && rm .cairn/sources && mkfifo .cairn/sources)
refused .cairn/sources update

# --- settings of DVC ---
plant_dvc() {
  rm -rf victim && cp -a good victim
  mkdir victim/.dvc
  printf 'outs:\n- md5: %032d\n  size: 1\n  hash: md5\n  path: theirs\n' 1 >victim/theirs.dvc
}
plant_dvc
(cd victim && ln -s "$watch/dvc" .dvc/config && git add -A && git commit -qm link)
refused .dvc/config import dvc
# A file that DVC keeps for one clone is not this clone's own when it was committed.
plant_dvc
evil='[core]\n    remote = evil\n['"'"'remote "evil"'"'"']\n    url = http://127.0.0.1:9/x\n'
printf "$evil" >victim/.dvc/config.local
(cd victim && git add -Af && git commit -qm local && expect 13 cairn import dvc && says 'CAIRN_TRUST=127.0.0.1')
(cd victim && git rm -q --cached .dvc/config.local && git commit -qm own && expect 5 cairn import dvc)

# --- a bare repository among the files: its config, which names programs, is obeyed by nobody ---
# plant_bare NAME: outside of it, the clone works as before.
plant_bare() {
  git init -q --bare "$1" && echo x >"$1/objects/x" && echo x >"$1/refs/x"
  git -C "$1" config core.fsmonitor "touch $watch/ran" && git -C "$1" config cairn.store "$watch/store"
  git -C "$1" config core.bare false && git -C "$1" config core.worktree "$PWD"
}
not_entered() { # not_entered DIRECTORY
  for command in 'status' 'ls' 'add .' 'init --no-hooks' 'doctor' 'pull'; do
    expect 10 cairn -C "$1" $command
    says 'is not entered' && says 'hint: `cairn -C'
  done
  [ ! -e "$watch/ran" ] && [ ! -e "$watch/store" ] || fail 'the repository of the clone was entered'
}
rm -rf victim && cp -a good victim && cd victim
plant_bare inner 2>/dev/null && mkdir -p inner/deep/er && plant_bare inner/deep/er 2>/dev/null && git add -A && git commit -qm inner
not_entered inner && not_entered inner/objects && not_entered inner/deep/er
expect 0 cairn status && expect 0 cairn add f && expect 0 cairn doctor
cd data && plant_bare inner 2>/dev/null && cd .. && expect 0 cairn add data && git commit -qm 'as data'
not_entered data/inner
[ ! -e "$watch/ran" ] || fail 'something of it was run from outside'
# One's own, that git ignores or does not track, is a repository like any other.
git init -q --bare own.git && git -C own.git config core.fsmonitor false && expect 2 cairn -C own.git ls && says 'bare repository'
echo done
