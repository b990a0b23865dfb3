# Git hooks with real git: what a commit and a push are stopped by, what follows a switch, and living beside other hooks.
. "$(dirname "$0")/lib.sh"
unset CAIRN_SKIP_PUSH CAIRN_SKIP_HOOKS

# The folder of a git that says so of its version: before 2.54 hooks are files, from there on settings.
git_of() {
  mkdir -p "$scratch/git-$1"
  printf '#!/bin/sh\nfor word; do [ "$word" != version ] || { echo git version %s; exit; }; done\nexec "%s" "$@"\n' "$1" "$(command -v git)" >"$scratch/git-$1/git"
  chmod +x "$scratch/git-$1/git" && echo "$scratch/git-$1"
}
own_path=$PATH
PATH=$(git_of 2.53.0):$PATH

write() { mkdir -p "$(dirname "$1")" && printf '%s' "$2" >"$1"; }
add_all() { cairn add -q "$@" && git add -A; }

# ---- set-up -------------------------------------------------------------------------------------------------------------------
git init -q shop
cd shop
expect 0 cairn init && says 'set up 7 git hooks'
[ "$(git config cairn.hooks)" = on ] || fail 'the set-up is not remembered'
expect 0 cairn hooks status && says '.git/hooks/pre-push'
git init -q --bare "$scratch/origin.git" && git remote add origin "$scratch/origin.git" || fail 'set-up'
write data/images/a.txt one && write data/images/b.txt two && write model.bin weights && write code.txt 1 || fail 'set-up'
add_all data/images model.bin
expect 0 git commit -qm one

# ---- a push without a place for its data, then with one -------------------------------------------------------------------------
expect 1 git push -q origin main && says 'cairn remote add NAME URL' && says 'data/images.cairn' && says 'by Tester: one'
expect 1 git -C "$scratch/origin.git" rev-parse -q --verify main
cairn remote add prod "$scratch/remote" >/dev/null
expect 0 git push -q origin main && says 'pushed 2 versions to prod'
expect 0 cairn check --pushed

# ---- several refs at once: the data of each is uploaded --------------------------------------------------------------------------
git switch -qc one && write data/images/one.txt one-one && add_all data/images && git commit -qm 'on one' || fail 'set-up'
git switch -qc two main && write data/images/two.txt two-two && add_all data/images && git commit -qm 'on two' || fail 'set-up'
git tag -am note v2
expect 0 git push -q origin one two v2 && says 'pushed 2 versions to prod'
expect 0 cairn check --pushed one && expect 0 cairn check --pushed two
expect 0 git push -q origin --delete one
git switch -q main

# ---- more than a push of git waits for: counted without what the remote has ------------------------------------------------------
mkdir big && head -c 300000 /dev/urandom >big/a && add_all big && git commit -qm 'big data' && git config cairn.max-push 200K
expect 1 git push -q origin main && says 'kB are not on prod yet: more than cairn.max-push' && says 'hint: cairn push && git push'
expect 1 git push -q origin main:elsewhere && says 'cairn push && git push'
git config cairn.max-push 400K && expect 0 git push -q origin main && says 'pushed 1 version to prod'
head -c 150000 /dev/urandom >big/b && add_all big && git commit -qm 'more of it' && git config cairn.max-push 200K
expect 0 git push -q origin main && says 'pushed 1 version to prod' # 450 kB in all, 150 of them new
head -c 300000 /dev/urandom >big/c && add_all big && git commit -qm 'too much of it'
expect 1 git push -q origin main && expect 0 cairn push && expect 0 git push -q origin main
head -c 300000 /dev/urandom >big/d && add_all big && git commit -qm 'without a limit' && git config cairn.max-push 0
expect 0 git push -q origin main && git config --unset cairn.max-push
cairn rm -q big && git commit -qam 'small again' && expect 0 git push -q origin main

# ---- nothing to do, nothing said --------------------------------------------------------------------------------------------------
quiet() { "$@" >"$scratch/out" 2>&1 && [ ! -s "$scratch/out" ] || { cat "$scratch/out" >&2; fail "not quiet: $*"; }; }
write code.txt 1b && git add code.txt && quiet git commit -qm quiet && quiet git push -q origin main
quiet git switch -qc still && write code.txt 1c && quiet git commit -qam still && quiet git switch -q main && quiet git merge -q still
quiet git push -q origin main && quiet git commit -q --amend --no-edit && quiet git push -q -f origin main && quiet git rebase -q main
quiet git checkout -q HEAD -- code.txt && quiet git push -q origin main:again && quiet git push -q origin --delete again
git branch -qD still

# Code alone asks nobody: the remote may be away.
mv "$scratch/remote" "$scratch/away" && write code.txt 2 && git commit -qam code
expect 0 git push -q origin main
mv "$scratch/away" "$scratch/remote"
# The name of a remote that is somewhere else now: nothing counts as there.
cairn remote set prod "$scratch/elsewhere" >/dev/null
write code.txt 2b && git commit -qam 'code again' || fail 'set-up'
expect 0 git push -q origin main && says 'pushed 2 versions to prod'
cairn remote set prod "$scratch/remote" >/dev/null

# ---- data that is nowhere ------------------------------------------------------------------------------------------------------
git clone -q . "$scratch/blind" && cd "$scratch/blind" || fail 'set-up'
git remote set-url origin "$scratch/origin.git"
expect 0 cairn status && says 'next: cairn init'
expect 0 cairn init && says 'set up 7 git hooks'
cairn status >"$scratch/out" 2>&1 && ! grep -q 'next: cairn init' "$scratch/out" || fail 'said again after init'
cairn remote add prod "$scratch/remote" >/dev/null
(cd ../shop && write lost/x.txt only-here && add_all lost && git commit -qm 'lost data' && git push -q --no-verify origin main:stray)
git fetch -q origin && git switch -q -c stray origin/stray || fail 'set-up'
expect 1 git push -q origin stray:other && says 'lost.cairn' && says 'neither here nor on prod' && says 'by Tester: lost data'
expect 1 git -C "$scratch/origin.git" rev-parse -q --verify other
git config cairn.pre-push check
expect 1 git push -q origin stray:other && says 'not complete on prod'
git config --unset cairn.pre-push
CAIRN_SKIP_PUSH=1 expect 0 git push -q origin stray:other && says 'not checked; recorded'
expect 0 cairn hooks status && says 'refs/heads/other' && says "$(git rev-parse HEAD)"
# What follows on such a commit is stopped again.
write code.txt 3 && git commit -qam 'more code' || fail 'set-up'
expect 1 git push -q origin stray:other && says 'lost.cairn'
git config cairn.pre-push off
expect 0 git push -q origin stray:other
cd ../shop && git config cairn.pre-push check || fail 'set-up'
expect 1 git push -q origin main:main && says 'lost.cairn'
git config --unset cairn.pre-push
expect 0 git push -q origin main && says 'pushed 1 version to prod'

# ---- what a commit is stopped by, all of it at once ------------------------------------------------------------------------------
head -c 6000000 /dev/zero >big.raw
echo 'junk' >bad.cairn
printf '[cairn]\n\tnote = https://me:word@host/x\n' >>.cairn/config
echo more >>data/images/a.txt
git add big.raw bad.cairn .cairn/config
expect 1 git commit -qm bad && says 'stopped by 4 faults'
says 'cairn add --git-rm big.raw' && says 'bad.cairn is not a valid pointer' && says 'a user name or password in a URL'
says 'data/images was changed without `cairn add` (0 added, 1 modified, 0 removed)' && says 'cairn add -u'
! grep -q 'me:word' "$scratch/out" || fail 'the secret is repeated'
git rm -q --cached bad.cairn && rm bad.cairn && expect 0 cairn add --git-rm big.raw
git checkout -q HEAD -- .cairn/config
git config cairn.modified warn
git add -A && expect 0 git commit -qm 'with a warning' && says 'warning: data/images was changed'
git config --unset cairn.modified
cairn add -qu && expect 0 git commit -qam fresh
git config cairn.max-blob 1K && write small.txt "$(printf '%02000d' 7)" && git add small.txt || fail 'set-up'
expect 1 git commit -qm small && says 'small.txt is 2.0 kB'
git config --unset cairn.max-blob
expect 0 git commit -qm small
# What is staged counts, however small the file is now; what HEAD has there may be anything.
git switch -qc large && head -c 300000 /dev/zero >large.cairn && git add large.cairn && cp model.bin.cairn large.cairn
expect 1 git commit -qm large && says 'large.cairn is larger than a pointer may be'
git -c core.hooksPath=/dev/null commit -qm 'past the hook' && write large.bin weights && rm large.cairn && mv large.bin large && cairn add -q large
expect 0 git commit -qam 'a pointer again' && rm large && cairn rm -q large && expect 0 git commit -qam 'without it'
git switch -q main && git branch -qD large
# Data that git is about to track beside its pointer, and a pointer without its ignore line.
git add -f data/images/a.txt && expect 1 git commit -qm twin && says 'is data of `data/images`'
git rm -q --cached data/images/a.txt
cp data/.gitignore "$scratch/ignore" && git rm -q --cached data/.gitignore && rm data/.gitignore || fail 'set-up'
write data/images/c.txt three && cairn add -q data/images && cp "$scratch/ignore" data/.gitignore && git add data && echo >data/.gitignore || fail 'set-up'
expect 1 git commit -qm bare && says 'is not in a .gitignore'
cp "$scratch/ignore" data/.gitignore && git add -A && expect 0 git commit -qm 'with its line'
# Conflict marks, and data that is nowhere.
sed 's/^oid .*/oid sha256:'"$(printf x | sha256sum | cut -d' ' -f1)"'/; /^check/d' model.bin.cairn >ghost
{ cat ghost; echo "check $(sha256sum ghost | cut -c1-32)"; } >ghost.bin.cairn && rm ghost && echo /ghost.bin >>.gitignore || fail 'set-up'
{ echo '<<<<<<< ours'; cat model.bin.cairn; echo =======; cat model.bin.cairn; echo '>>>>>>> theirs'; } >torn.cairn
git add -A && expect 1 git commit -qm ghost && says 'ghost.bin.cairn its data is neither in this clone' && says 'git checkout --merge'
# A commit of some paths is judged by what it takes, not by what stands staged beside it.
write code.txt partial && expect 0 git commit -qm 'code alone' -- code.txt
[ "$(git diff-tree --no-commit-id --name-only -r HEAD)" = code.txt ] || fail 'more than the path was committed'
expect 1 git commit -qm ghost -- ghost.bin.cairn && says 'ghost.bin.cairn its data is neither in this clone' && says 'stopped by 1 fault'
git diff --cached --name-only | grep -q '^torn.cairn$' || fail 'what was staged is not staged any more'
git reset -q --hard && expect 0 cairn status --exit-code

# ---- how much new data a commit brings, and data that runs code --------------------------------------------------------------------
mkdir set && head -c 100000 /dev/urandom >set/a && head -c 100000 /dev/urandom >set/b && add_all set && git config cairn.max-commit 150K || fail 'set-up'
expect 1 git commit -qm much && says 'brings 200.0 kB of new data, more than cairn.max-commit (150.0 kB)' && says 'cairn diff HEAD'
git config cairn.max-commit 200K && expect 0 git commit -qm much && git config cairn.max-commit 150K || fail 'a budget that is met'
head -c 100000 /dev/urandom >set/c && cp set/a set/d && add_all set && expect 0 git commit -qm 'less than it'  # 100 kB of 400
cairn mv -q set moved && cp -a moved twice && add_all twice && expect 0 git commit -qm 'nothing new in 600 kB'
git config --unset cairn.max-commit
printf '\200\004N.' >moved/a.pkl && printf '\200\002}.' >weights.pt && printf 'PK\003\004data' >zip.pth && echo text >other.bin || fail 'set-up'
cairn add -q moved weights.pt zip.pth other.bin && git config cairn.unsafe-models error || fail 'set-up'
expect 1 git commit -qm pickles && says 'stopped by 3 faults' && says 'moved has 1 new file whose reading runs code' && says 'first: moved/a.pkl'
says 'weights.pt runs code of its own' && says 'zip.pth runs code' && says 'safetensors'
git config --unset cairn.unsafe-models && expect 0 git commit -qm pickles && says 'warning: weights.pt runs code'
git config cairn.unsafe-models error && echo x >moved/z && add_all moved && expect 0 git commit -qm 'a known pickle beside new data'
git config --unset cairn.unsafe-models && cairn rm -q moved twice weights.pt zip.pth other.bin && git commit -qam 'small again' || fail 'set-up'

# ---- the data follows ------------------------------------------------------------------------------------------------------------
cp -a data/images "$scratch/on-main"
git switch -q two
[ -f data/images/two.txt ] && [ ! -f data/images/c.txt ] || fail 'the data did not follow to two'
[ ! -e big.raw ] || fail 'data without a pointer stayed'
expect 0 cairn status --exit-code
git switch -q main && same_tree data/images "$scratch/on-main" && [ -f big.raw ] || fail 'the data did not come back'
# To a branch without a commit: git takes its files away there, and the data goes with them.
expect 0 git switch -q --orphan nothing && says 'follows' && [ ! -e data/images ] && expect 0 git switch -q main && same_tree data/images "$scratch/on-main" || fail 'an orphan'
# Changes are kept, whatever git does, and the exit code is git's.
echo mine >>data/images/b.txt && echo mine >data/images/new.txt || fail 'set-up'
expect 0 git switch -q two && says 'local changes are kept in data/images'
grep -q mine data/images/b.txt || fail 'a change was overwritten'
git switch -q main && cp "$scratch/on-main/b.txt" data/images/b.txt && rm data/images/new.txt && expect 0 cairn status --exit-code
# A branch on which git itself has files at that path: they are git's.
git switch -qc plain && git rm -q --cached data/images.cairn data/.gitignore && rm data/images.cairn data/.gitignore && git add data/images || fail 'set-up'
git commit -qm plain --no-verify && git switch -q main && same_tree data/images "$scratch/on-main" && git switch -q plain || fail 'set-up'
[ -z "$(git status --porcelain)" ] && same_tree data/images "$scratch/on-main" || fail "files of git were touched: $(git status --short)"
git switch -q main && expect 0 cairn status --exit-code
# merge, rebase, cherry-pick, revert, commit --amend
git switch -qc side main && write s/side/x.txt side && add_all s/side && git commit -qm side || fail 'set-up'
git switch -q main && [ ! -e s/side ] || fail 'side stayed on main'
git merge -q side && [ -f s/side/x.txt ] || fail 'merge brought no data'
# A merge is a commit, too: what a branch brought past its hooks stops it, and nothing is committed.
git switch -qc past main && head -c 6000000 /dev/zero >past.raw && git add past.raw && git commit -qm past --no-verify || fail 'set-up'
git switch -q main && write code.txt 9 && git commit -qam nine && tip=$(git rev-parse HEAD) || fail 'set-up'
expect 1 git merge -q --no-edit past && says 'pre-merge-commit stopped by 1 fault' && says 'past.raw is 6.0 MB'
[ "$(git rev-parse HEAD)" = "$tip" ] && git merge --abort && git branch -qD past && git reset -q --hard HEAD^ || fail 'merged'
git switch -qc topic HEAD^ && write t/topic.bin topic && add_all t/topic.bin && git commit -qm t1 && write t/topic.bin topic2 && add_all t/topic.bin && git commit -qm t2 || fail 'set-up'
git rebase -q main && [ -f s/side/x.txt ] && [ "$(cat t/topic.bin)" = topic2 ] || fail 'rebase brought no data'
expect 0 cairn status --exit-code
git switch -q main && git branch -q pick || fail 'set-up'
write model.bin heavier && add_all model.bin && git commit -qm m1 && write model.bin heaviest && add_all model.bin && git commit -qm m2 || fail 'set-up'
git switch -q pick && [ "$(cat model.bin)" = weights ] || fail 'model.bin did not go back'
git cherry-pick main^ main >/dev/null && [ "$(cat model.bin)" = heaviest ] || fail "cherry-pick: $(cat model.bin)"
git revert --no-edit HEAD >/dev/null && [ "$(cat model.bin)" = heavier ] || fail "revert: $(cat model.bin)"
# Data that is not in this clone is counted in one line.
git switch -q main && git push -q origin main 2>/dev/null || fail 'set-up'
cd ../blind && git fetch -q origin && git switch -q --detach origin/main && expect 0 cairn pull && same_tree data ../shop/data
(cd ../shop && write data/images/fresh.txt fresh && add_all data/images && git commit -qm fresh2 && git push -q origin main 2>/dev/null)
git fetch -q origin && expect 0 git checkout -q origin/main && says 'the data of 1 path (' && says ') is not here; next: cairn pull'
cd ../shop

# ---- worktree and submodule --------------------------------------------------------------------------------------------------------
git worktree add -q "$scratch/tree" two 2>/dev/null
[ -f "$scratch/tree/data/images/two.txt" ] || fail 'a new worktree got no data'
(cd "$scratch/tree" && expect 0 cairn status --exit-code && head -c 6000000 /dev/zero >huge && git add huge && expect 1 git commit -qm huge && says huge)
git init -q "$scratch/super" && cd "$scratch/super" || fail 'set-up'
git -c protocol.file.allow=always submodule --quiet add "$scratch/shop" sub && cd sub || fail 'set-up'
expect 0 cairn init && says 'set up 7 git hooks' && cairn remote add prod "$scratch/remote" >/dev/null
expect 0 cairn hooks status && says '.git/modules/sub/hooks/pre-commit'
head -c 6000000 /dev/zero >huge && git add huge && expect 1 git commit -qm huge && says huge
cd "$scratch/shop"

# ---- beside other hooks ------------------------------------------------------------------------------------------------------------
git init -q "$scratch/beside" && cd "$scratch/beside" && cairn init >/dev/null && git add -A && git commit -qm start || fail 'set-up'
cairn hooks uninstall >/dev/null && [ "$(git config cairn.hooks)" = off ] && [ -z "$(find .git/hooks ! -name '*.sample' -type f)" ] || fail 'hooks stayed'
expect 0 cairn init && says 'declined here'
printf '#!/bin/sh -e\n# theirs\ncat >>"$(git rev-parse --git-dir)/seen"\nexit 0' >.git/hooks/pre-push && chmod 750 .git/hooks/pre-push || fail 'set-up'
printf '#!/usr/bin/env python3\nprint("theirs")\n' >.git/hooks/pre-commit && chmod +x .git/hooks/pre-commit || fail 'set-up'
printf '#!/bin/sh\nexit 1\n' >.git/hooks/post-merge && chmod -x .git/hooks/post-merge || fail 'set-up'
cp -a .git/hooks "$scratch/hooks-before"
expect 1 cairn hooks install && says 'not installed: pre-commit (a hook of yours that is no shell script)' && says 'cairn hook pre-commit "$@" || exit $?'
says 'not installed: post-merge (a hook of yours that may not run (no x bit))' && says '5 hooks of 7 installed'
cp -a .git/hooks "$scratch/hooks-once" && expect 1 cairn hooks install && same_tree .git/hooks "$scratch/hooks-once"
git init -q --bare "$scratch/beside.git" && git remote add origin "$scratch/beside.git" || fail 'set-up'
write d/x.txt one && add_all d && git commit -qm d || fail 'set-up'
expect 1 git push -q origin main && says 'cairn remote add' && [ ! -f .git/seen ] || fail 'their hook ran after ours had said no'
cairn remote add prod "$scratch/remote3" >/dev/null
expect 0 git push -q origin main && grep -q "refs/heads/main $(git rev-parse HEAD) refs/heads/main" .git/seen || fail 'their hook did not get the refs'
expect 0 cairn hooks uninstall && same_tree .git/hooks "$scratch/hooks-before"
[ "$(stat -c %a .git/hooks/pre-push)" = 750 ] || fail 'mode changed'
# a hooksPath of another tool, and one that leads nowhere
mkdir -p .husky/_ && git config core.hooksPath .husky/_ || fail 'set-up'
expect 1 cairn hooks install && says 'belongs to another tool' && says '.husky/pre-push:  cairn hook pre-push "$@"'
[ -z "$(ls .husky/_)" ] || fail 'something was written there'
# The lines that it asks for are seen once they stand there, and git comes to them; a comment is no such line.
for event in pre-commit pre-merge-commit pre-push post-checkout post-merge post-rewrite post-commit; do
  printf '#!/bin/sh\n. "${0%%/*}/h"\n' >.husky/_/$event && chmod +x .husky/_/$event && printf 'cairn hook %s "$@"\n' $event >.husky/$event
done
expect 0 cairn hooks install && says '7 hooks of 7 installed (by hand)' && expect 0 cairn hooks status && says 'pre-push: .husky/pre-push (by hand)'
expect 0 cairn doctor && says 'all 7 run cairn'
echo '# cairn hook pre-commit' >.husky/pre-commit && rm .husky/_/post-merge && expect 1 cairn hooks install && says '5 hooks of 7 installed'
expect 0 cairn hooks uninstall && says 'note: .husky/pre-push still calls it'
printf 'pre-push:\n  commands:\n    cairn:\n      run: cairn hook pre-push {0}\n' >lefthook.yml && git config --unset core.hooksPath
expect 1 cairn hooks install && cp .git/hooks/pre-push "$scratch/theirs" && printf '#!/bin/sh\ncall_lefthook run pre-push "$@"\n' >.git/hooks/pre-push
# Without what git says on standard input, the push of whatever would go through.
expect 1 cairn hooks install && says '4 hooks of 7 installed (files)' && says 'without `use_stdin: true`' && says '        use_stdin: true'
expect 1 cairn hook pre-push origin url </dev/null && says 'lefthook.yml runs `cairn hook pre-push` without `use_stdin: true`'
CAIRN_SKIP_PUSH=1 expect 0 cairn hook pre-push origin url </dev/null
printf '      use_stdin: true\n' >>lefthook.yml && expect 0 cairn hook pre-push origin url </dev/null
expect 1 cairn hooks install && says '5 hooks of 7 installed (files)' && expect 0 cairn hooks status && says 'pre-push: lefthook.yml (by hand)'
mv "$scratch/theirs" .git/hooks/pre-push && expect 0 cairn hooks uninstall && rm lefthook.yml
touch lefthook.yml && git config core.hooksPath "$scratch" && expect 1 cairn hooks install && says 'lefthook.yml:' && says 'run: cairn hook pre-push {0}'
rm lefthook.yml && expect 1 cairn hooks install && says "$scratch/pre-push:  cairn hook pre-push"
git config core.hooksPath /nowhere/at/all && expect 1 cairn hooks install && says 'which does not exist, so git runs no hook at all'
expect 0 cairn init
git config --unset core.hooksPath
# One for all repositories of a user: what helps is said, which to install once more is not; so for one that leads nowhere.
mkdir "$scratch/everywhere" && git config --global core.hooksPath "$scratch/everywhere" && git init -q "$scratch/under" || fail 'set-up'
(
  cd "$scratch/under" && cairn init -q >/dev/null && own="git config core.hooksPath $(git rev-parse --absolute-git-dir)/hooks"
  expect 0 cairn hooks status && says "$scratch/everywhere/pre-push:  cairn hook pre-push" && says "\`$own && cairn hooks install\`"
  ! grep -q '^next: ' "$scratch/out" || fail 'install is said to help'
  git config --global core.hooksPath /nowhere/at/all && expect 0 cairn hooks status && says "\`$own && cairn hooks install\`"
  ! grep -q '^next: ' "$scratch/out" || fail 'install is said to help'
  rm -r .git/hooks && $own && expect 0 cairn hooks status && says 'next: cairn hooks install'
  expect 0 cairn hooks install && says '7 hooks of 7 installed (files)'
)
git config --global --unset core.hooksPath
# git 2.54 knows hooks by its config; they say so, and files are left alone
new_git=$(git_of 2.54.0)
PATH=$new_git:$PATH expect 0 cairn hooks install && says '7 hooks of 7 installed (git config)'
[ "$(git config hook.cairn-pre-push.event)" = pre-push ] && same_tree .git/hooks "$scratch/hooks-before"
sh -c "$(git config hook.cairn-post-commit.command) \"\$@\"" x || fail 'the setting is not a command'
expect 0 cairn hooks status && says 'this git is too old to run it'
printf 'pre-push:\n  commands:\n    cairn:\n      run: cairn hook pre-push {0}\n' >lefthook.yml
expect 1 cairn hook pre-push origin url </dev/null && PATH=$new_git:$PATH expect 0 cairn hook pre-push origin url </dev/null && rm lefthook.yml
PATH=$new_git:$PATH expect 0 cairn hooks uninstall
! git config --get-regexp '^hook\.' || fail 'settings stayed'

# ---- a git that runs them from its settings ------------------------------------------------------------------------------------------
if PATH=$own_path git version | cut -d' ' -f3 | { read -r have; printf '2.54\n%s\n' "$have" | sort -VC; }; then
  (
    PATH=$own_path && git init -q "$scratch/newest" && cd "$scratch/newest" && expect 0 cairn init && says 'set up 7 git hooks'
    [ -z "$(find .git/hooks ! -name '*.sample' -type f)" ] && expect 0 cairn hooks status && says 'git config hook.cairn-pre-push' || fail 'no settings'
    git init -q --bare "$scratch/newest.git" && git remote add origin "$scratch/newest.git" && cairn remote add prod "$scratch/remote4" >/dev/null
    write d/x.txt one && add_all d && expect 0 git commit -qm one && expect 0 git push -q origin main && says 'pushed 1 version to prod'
    echo junk >bad.cairn && git add bad.cairn && expect 1 git commit -qm bad && says 'is not a valid pointer' && git rm -qf bad.cairn
    git switch -qc side && write d/x.txt two && add_all d && git commit -qm two && git switch -q main && [ "$(cat d/x.txt)" = one ] || fail 'did not follow'
    expect 0 git push -q origin side && says 'pushed 1 version' && expect 0 cairn check --pushed side
  )
fi

# ---- without the program -----------------------------------------------------------------------------------------------------------
rm .git/hooks/pre-push .git/hooks/pre-commit .git/hooks/post-merge
cp "$CAIRN_BIN" "$scratch/cairn-copy" && "$scratch/cairn-copy" hooks install >/dev/null || fail 'set-up'
write code.txt 1 && git add code.txt && env -i HOME="$HOME" PATH=/usr/bin:/bin git commit -qm 'no PATH' || fail 'the absolute path is not used'
rm "$scratch/cairn-copy"
write code.txt 2 && git add code.txt && PATH=/usr/bin:/bin expect 0 git commit -qm gone && says 'the program cairn is not found'
PATH=/usr/bin:/bin expect 1 git push -q origin main && says 'CAIRN_SKIP_PUSH=1'
CAIRN_SKIP_PUSH=1 PATH=/usr/bin:/bin expect 0 git push -q origin main

# ---- the entries of .pre-commit-hooks.yaml, run by hand ---------------------------------------------------------------------------
cairn hooks uninstall >/dev/null
entries=$(sed -n 's/^  entry: cairn //p' "$here/../../.pre-commit-hooks.yaml")
[ "$(printf '%s\n' "$entries" | wc -l)" = 9 ] || fail 'not nine entries'
while read -r entry; do expect 0 cairn $entry </dev/null; done <<<"$entries"
head -c 6000000 /dev/zero >big && git add big || fail 'set-up'
expect 1 cairn hook pre-commit --only large-files && says 'big is 6.0 MB'
expect 0 cairn hook pre-commit --only pointers --only fresh
write e/x.txt lost && add_all e && git commit -qm e --no-verify || fail 'set-up'
git config cairn.pre-push check
export PRE_COMMIT_TO_REF PRE_COMMIT_REMOTE_NAME=origin PRE_COMMIT_LOCAL_BRANCH=refs/heads/main PRE_COMMIT_REMOTE_BRANCH=refs/heads/main
PRE_COMMIT_TO_REF=$(git rev-parse HEAD) && expect 1 cairn hook pre-push </dev/null && says 'e.cairn'
unset PRE_COMMIT_TO_REF && expect 1 cairn hook pre-push </dev/null && says 'e.cairn'
cairn push -q && expect 0 cairn hook pre-push </dev/null
echo ok
