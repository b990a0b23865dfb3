# git-lfs and the hooks of cairn in one clone, set up in either order: a push sends what both keep. Skipped without git-lfs.
. "$(dirname "$0")/lib.sh"
git lfs version >/dev/null 2>&1 || { echo 'git-lfs is not installed' >&2; exit 77; }
unset CAIRN_SKIP_PUSH CAIRN_SKIP_HOOKS

commit_both() { # commit_both NAME: a file of git-lfs and data of cairn
  head -c 50000 /dev/urandom >"$1.bin" && sha256sum <"$1.bin" >"$scratch/id-$1"
  mkdir -p data && echo "$1" >"data/$1" && cairn add -q data && git add -A && git commit -qm "$1"
}
arrived() { # arrived BARE NAME...: git-lfs has the bytes of these files there
  local name id
  for name in "${@:2}"; do
    id=$(cut -c1-64 "$scratch/id-$name")
    [ -f "$1/lfs/objects/${id:0:2}/${id:2:2}/$id" ] || { cat "$scratch/out" >&2; fail "git-lfs did not send $name to $1"; }
  done
}

for order in lfs-first cairn-first; do
  bare=$scratch/$order.git
  git init -q --bare "$bare" && git init -q "$scratch/$order" && cd "$scratch/$order"
  git remote add origin "$bare"
  if [ $order = lfs-first ]; then
    git lfs install --local >/dev/null && expect 0 cairn init && says 'set up 7 git hooks'
  else
    expect 0 cairn init
    expect 2 git lfs install --local && says 'Hook already exists' # its filter is set up all the same
  fi
  cairn remote add prod "$scratch/$order-far" >/dev/null && git lfs track '*.bin' >/dev/null
  commit_both one && expect 0 git push -q origin main
  arrived "$bare" one && expect 0 cairn check --pushed
  # Several refs of one push reach both.
  git switch -q -c side && commit_both two && git switch -q main && commit_both three
  expect 0 git push -q origin main side && arrived "$bare" two three
  expect 0 cairn check --pushed side && expect 0 cairn check --pushed main
  expect 0 git push -q origin --delete side
  expect 0 cairn hooks status && says 'pre-push: .git/hooks/pre-push (' && expect 0 cairn doctor
  (git clone -q "$bare" "$scratch/$order-copy" && cd "$scratch/$order-copy" && git lfs install --local >/dev/null && git lfs pull && cmp three.bin "$scratch/$order/three.bin")
done

# A hook that does not know of git-lfs is told, and written anew.
says 'all 7 run cairn' && cairn hooks status >"$scratch/out" && says '(with git-lfs)'
sed -i '/lfs" \]/,/^fi$/d' .git/hooks/pre-push && expect 0 cairn hooks status && says 'git-lfs keeps files here and pre-push does not run it'
expect 0 cairn doctor && says 'git-lfs keeps files here' && expect 0 cairn hooks install && expect 0 cairn hooks status && says '(with git-lfs)'
# Beside a hook of somebody else that is no hook of git-lfs.
printf '#!/bin/sh\ncat >"$(git rev-parse --git-dir)/seen"\n' >.git/hooks/pre-push && expect 0 cairn hooks install
commit_both four && expect 0 git push -q origin main && arrived "$bare" four && grep -q refs/heads/main .git/seen || fail 'their hook got no refs'
# A clone without files of git-lfs does not run it, although the filter is set up for all.
git lfs install --skip-repo >/dev/null && git init -q "$scratch/plain" && cd "$scratch/plain" && cairn init >/dev/null && git add -A && git commit -qm plain
git init -q --bare "$scratch/plain.git" && GIT_TRACE=1 expect 0 git push -q "$scratch/plain.git" main && ! grep -q 'git-lfs pre-push' "$scratch/out" || fail 'ran git-lfs'
echo ok
