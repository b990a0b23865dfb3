# Hooks under the real lefthook and husky: the lines that `cairn hooks install` prints, written where it says, and then a commit,
# a push and a switch. Skipped where there is neither: `pip install lefthook`, `npm install husky` (CAIRN_LEFTHOOK, CAIRN_HUSKY).
. "$(dirname "$0")/lib.sh"
unset CAIRN_SKIP_PUSH CAIRN_SKIP_HOOKS
lefthook=${CAIRN_LEFTHOOK:-$(command -v lefthook || true)}
husky=${CAIRN_HUSKY:-$(command -v husky || true)}
[ -n "$lefthook$husky" ] || { echo 'neither lefthook nor husky is installed' >&2; exit 77; }
mkdir "$scratch/bin" && ln -s "$CAIRN_BIN" "$scratch/bin/cairn" && PATH=$scratch/bin:$PATH
[ -z "$lefthook" ] || ln -s "$lefthook" "$scratch/bin/lefthook"

set_up() {
  git init -q "$scratch/$1" && git init -q --bare "$scratch/$1.git" && cd "$scratch/$1" && git remote add origin "$scratch/$1.git"
}

# With all hooks in place: data goes with its commit, follows a switch, and what is not right stops.
life() {
  expect 0 cairn hooks install && says '7 hooks of 7 installed' && expect 0 cairn hooks status && says "pre-push: $1 (by hand)"
  cairn init -q && mkdir data && echo one >data/a && cairn add -q data && git add -A && expect 0 git commit -qm one
  echo two >data/b && cairn add -q data && git add -A && expect 0 git commit -qm two
  expect 1 git push -q origin HEAD:main && says 'cairn remote add'
  git -C ../"$(basename "$PWD").git" rev-parse -q --verify main >/dev/null && fail 'pushed without its data'
  cairn remote add prod "$PWD.remote" >/dev/null && expect 0 git push -q origin HEAD:main
  expect 0 cairn check --pushed HEAD && expect 0 git checkout -q HEAD~1
  [ "$(ls data)" = a ] || fail 'the data did not follow'
  git checkout -q - && [ "$(cat data/b)" = two ] || fail 'the data did not come back'
  echo three >data/c && echo code >code && git add code && expect 1 git commit -qm code && says 'was changed without `cairn add`'
}

if [ -n "$lefthook" ]; then
  set_up left && printf 'pre-commit:\n  commands:\n    theirs:\n      run: "true"\npre-push:\n  commands:\n    theirs:\n      run: "true"\n' >lefthook.yml
  expect 0 lefthook install || fail 'lefthook does not install'
  expect 0 cairn init && expect 1 cairn hooks install && says '5 hooks of 7 installed' && says '        use_stdin: true'
  sed -n '/^  lefthook.yml:/,$ s/^    //p' "$scratch/out" >lefthook.yml
  life lefthook.yml
  # Without it the hook is never told what goes out.
  cairn add -q data && git commit -qm three && sed -i '/use_stdin/d' lefthook.yml && expect 1 git push -q origin HEAD:main && says 'use_stdin: true'
fi

if [ -n "$husky" ]; then
  set_up husk && expect 0 "$husky" && expect 0 cairn init && expect 1 cairn hooks install && says '0 hooks of 7 installed'
  sed -n 's/^  \(\.husky\/[a-z-]*\):  \(.*\)/\1 \2/p' "$scratch/out" >"$scratch/lines"
  while read -r file line; do printf '%s\n' "$line" >"$file"; done <"$scratch/lines"
  life .husky/pre-push
fi
