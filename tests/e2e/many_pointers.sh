# Many paths, each with a pointer of its own: how often git is called and how often the file system has to sync does not grow with them.
. "$(dirname "$0")/lib.sh"

git init -q shop && cd shop && cairn init >/dev/null && cairn remote add --default prod "$scratch/remote" >/dev/null
git add -A && git commit -qm start && git branch bare
mkdir "$scratch/counted"
printf '#!/bin/sh\necho $# >>"%s"\nexec "%s" "$@"\n' "$scratch/calls" "$(command -v git)" >"$scratch/counted/git"
chmod +x "$scratch/counted/git"

# few CODE COMMAND...: as expect, with few calls of git: at most $most, where it is set.
few() {
  : >"$scratch/calls"
  PATH=$scratch/counted:$PATH expect "$@"
  [ "$(wc -l <"$scratch/calls")" -le "${most:-29}" ] || fail "$(wc -l <"$scratch/calls") calls of git: ${*:2}"
  [ "$(sort -n "$scratch/calls" | tail -1)" -lt 150 ] || fail "a command line for git that grows: ${*:2}"
}
# follows BRANCH: as git checkout does; git puts its own folder in front of PATH for hooks.
follows() {
  local before
  before=$(git rev-parse HEAD)
  git -c core.hooksPath=/dev/null checkout -q "$1"
  few 0 cairn hook post-checkout "$before" "$(git rev-parse HEAD)" 1
}
# synced_rarely MOST COMMAND...: only where strace can be used.
synced_rarely() {
  local most=$1
  shift
  strace -o /dev/null true 2>/dev/null || { expect 0 "$@" && return; }
  expect 0 strace -f -qq -e trace=fsync,fdatasync,syncfs -o "$scratch/syncs" "$@"
  [ "$(grep -c 'sync.*(' "$scratch/syncs")" -le "$most" ] || fail "$(grep -c 'sync.*(' "$scratch/syncs") syncs: $*"
}

for folder in $(seq 10); do
  mkdir "f$folder"
  for i in $(seq 20); do echo "$folder $i" >"f$folder/$i.bin"; done
done
synced_rarely 300 "$CAIRN_BIN" add f*/*.bin # one for each pointer, and few for each folder
few 0 cairn hook pre-commit
git commit -qm many
few 0 cairn push
few 0 cairn status --exit-code
few 0 cairn add f*/*.bin
few 0 cairn du --history f2/2.bin f1 && says "$(git rev-parse --short=12 HEAD)  " && ! grep -q 'in no commit' "$scratch/out" || fail 'du --history'
few 0 cairn du --history && [ "$(grep -c ' many$' "$scratch/out")" = 200 ] || fail 'du --history of all'

# --- the usual commit of a new version, here and already followed ---
echo '1 1 more' >f1/1.bin && expect 0 cairn add f1/1.bin
most=7 few 0 cairn hook pre-commit
git -c core.hooksPath=/dev/null commit -qm usual && most=5 few 0 cairn hook post-commit
git -c core.hooksPath=/dev/null reset -q --hard HEAD^ && expect 0 cairn checkout f1/1.bin && [ "$(cat f1/1.bin)" = '1 1' ] || fail 'not as before'

# --- a commit of code alone looks at the data of few paths, and is spared that of thousands ---
echo behind >>f1/1.bin
few 1 cairn hook pre-commit && says 'f1/1.bin was changed'
seq 2000 | sed "s|.*|100644 $(git rev-parse :f1/1.bin.cairn)\twide/&.bin.cairn|" | git update-index --index-info && git -c core.hooksPath=/dev/null commit -qm wide
few 0 cairn hook pre-commit
git reset -q HEAD^ && expect 1 cairn hook pre-commit && echo '1 1' >f1/1.bin && expect 0 cairn hook pre-commit

# --- git takes all of them away, and brings them again ---
follows bare
[ ! -e f1/1.bin ] && [ ! -e f10/20.bin ] || fail 'data without a pointer'
follows main
[ "$(cat f*/*.bin | wc -l)" = 200 ] || fail 'not all came back'
few 0 cairn status --exit-code

# --- the same by hand; what cannot follow keeps nobody else from it ---
rm -r f*/*.bin
synced_rarely 10 "$CAIRN_BIN" checkout
few 0 cairn status --exit-code
follows bare && mkdir -p f3 && echo mine >f3/7.bin && follows main
[ "$(cat f3/7.bin)" = mine ] && [ "$(cat f*/*.bin | wc -l)" = 200 ] || fail 'one in the way'
rm f3/7.bin && few 0 cairn checkout && follows bare && chmod -R u+w .git/cairn && rm -r .git/cairn/packs .git/cairn/index
follows main
says 'cairn pull'
synced_rarely 40 "$CAIRN_BIN" pull
[ "$(cat f*/*.bin | wc -l)" = 200 ] || fail 'not all came back'

# --- names that stand for everything, and for one place too many ---
few 0 cairn status --exit-code f*/*.bin.cairn
few 2 cairn status f*/*.bin nowhere
says '`nowhere` is not tracked'
few 0 cairn checkout f*/*.bin

# --- rm: one change of the index, whatever folders are about it ---
echo more >>f2/2.bin
few 11 cairn rm f*/*.bin
says 'f2/2.bin'
[ -e f1/1.bin.cairn ] || fail 'a refused rm'
few 0 cairn rm --force f*/*.bin
[ -z "$(git ls-files f1 f10)" ] && [ ! -e f1/1.bin ] && [ ! -e f1/.gitignore ] || fail 'something stayed'

# --- a push that is stopped names the commit of each ---
git init -q --bare "$scratch/far.git" && git remote add origin "$scratch/far.git" && rm -rf .git/cairn/packs .git/cairn/index .git/cairn/pushed* "$scratch/remote/packs"
zero=$(printf '0%.0s' $(seq 40))
echo "refs/heads/main $(git rev-parse main) refs/heads/main $zero" >"$scratch/refs"
few 1 cairn hook pre-push origin "$scratch/far.git" <"$scratch/refs"
says "in commit $(git rev-parse --short=10 main) by"
