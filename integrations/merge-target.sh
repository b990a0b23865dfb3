#!/bin/sh
# Merges the target branch into the branch at hand with cairn's merge driver, which no hosting site runs, and pushes the
# result: afterwards the site's merge button works. For a job of a pull request, in a full clone on the branch's tip:
#   merge-target.sh TARGET [BRANCH]        TARGET: the branch to merge into, BRANCH: the one to push; default: the one checked out
# Needs git's name and mail, a right to push, and the data remote (CAIRN_TRUST=HOST where .cairn/config names it).
# No data is downloaded: lists of files are enough. Exit 1 with the list of conflicts when there are real ones.
set -eu
target=${1:?the target branch}
branch=${2:-$(git symbolic-ref --short HEAD)}
cairn=${CAIRN_BIN:-cairn}

"$cairn" init >/dev/null
git fetch -q origin "$target"
if ! git merge -q -m "Merge $target into $branch" FETCH_HEAD; then
  "$cairn" merge || true
  git merge --abort
  exit 1
fi
"$cairn" push    # the merged lists are new: their version must be complete before the commit is public
git push -q origin "HEAD:refs/heads/$branch"
