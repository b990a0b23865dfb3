# What `cairn doctor` says of git: hooks, merge driver, ignore rules; and that it asks git a fixed number of times.
. "$(dirname "$0")/lib.sh"

git init -q shop && cd shop
expect 0 cairn init --no-hooks
for i in $(seq 30); do echo "$i" >"f$i"; done
expect 0 cairn add f*[0-9]
git add -A && git commit -qm one

# ---- hooks: declined, missing, there, gone past, kept away ---------------------------------------------------------------------
expect 0 cairn doctor && says 'ok: git hooks were declined in this clone'
git config --unset cairn.hooks
expect 0 cairn doctor && says 'warning: no git hook runs cairn here' && says 'hint: `cairn hooks install`'
expect 0 cairn hooks install
expect 0 cairn doctor && says 'ok: git hooks: all 7 run cairn'
git init -q --bare "$scratch/origin.git" && git remote add origin "$scratch/origin.git"
CAIRN_SKIP_PUSH=1 expect 0 git push -q origin main
expect 0 cairn doctor && says 'pushes that went without the check of their data: 1'
git config core.hooksPath "$scratch/nowhere"
expect 0 cairn doctor && says 'git hooks that do not run cairn: pre-commit (core.hooksPath leads elsewhere)'
says 'so git runs no hook at all'
git config --unset core.hooksPath
chmod -x .git/hooks/pre-push
expect 0 cairn doctor && says 'git hooks that do not run cairn: pre-push'

# ---- driver, and data that git would take ---------------------------------------------------------------------------------------
git config --unset merge.cairn.driver
expect 0 cairn doctor && says 'git knows no merge driver and no diff for pointers in this clone'
expect 0 cairn init --no-hooks
! grep -q . <(cairn doctor | grep 'merge driver') || fail 'init did not set up the driver'
sed -i '/^\/f7$/d' .gitignore
expect 0 cairn doctor && says 'git does not ignore the data of `f7`' && says 'cairn add f7'
[ "$(grep -c 'does not ignore' "$scratch/out")" = 1 ] || fail 'one path alone lost its rule'

# ---- git is asked as often for 30 paths as for one --------------------------------------------------------------------------------
mkdir "$scratch/bin" && real=$(command -v git)
printf '#!/bin/sh\necho "$*" >>"%s"\nexec "%s" "$@"\n' "$scratch/calls" "$real" >"$scratch/bin/git" && chmod +x "$scratch/bin/git"
PATH=$scratch/bin:$PATH expect 0 cairn doctor
[ "$(grep -c check-ignore "$scratch/calls")" = 1 ] || fail "check-ignore ran more than once: $(cat "$scratch/calls")"

# ---- a bare repository has neither data nor hooks of a work tree -------------------------------------------------------------------
git clone -q --bare . "$scratch/bare.git"
expect 0 cairn -C "$scratch/bare.git" doctor && ! grep -q hook "$scratch/out" || fail 'hooks of a bare repository'
echo ok
