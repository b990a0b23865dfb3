#!/usr/bin/env bash
# What a hook costs that has nothing to do: with 100,000 files tracked by git and 100,000 in a tracked folder, the median time in
# milliseconds of each event as git runs it, beside `git status` of the same tree. Usage: bench/hooks/noop.sh CAIRN [FILES]
set -euo pipefail
cairn=$(realpath "$1") files=${2:-100000} runs=15
scratch=$(mktemp -d "${TMPDIR:-/tmp}/cairn-bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
export HOME=$scratch GIT_CONFIG_NOSYSTEM=1
git config --global user.name Bench && git config --global user.email bench@example.org
cd "$scratch" && git init -q shop && cd shop
python3 - "$files" <<'PY'
import os, sys
count = int(sys.argv[1])
for folder, each in (("src", 100), ("data/images", 1000)):
    for i in range(count):
        place = f"{folder}/{i // each:05}"
        if i % each == 0:
            os.makedirs(place)
        with open(f"{place}/{i}.txt", "w") as file:
            file.write(f"{folder} {i}\n")
PY
"$cairn" init -q && "$cairn" remote add prod "$scratch/remote" >/dev/null && "$cairn" add -q data/images
git add -A && git commit -qm one --no-verify
git init -q --bare "$scratch/origin.git" && git remote add origin "$scratch/origin.git" && git push -q origin HEAD:main
first=$(git rev-parse HEAD)
echo more >src/more.txt && git add src/more.txt && git commit -qm two --no-verify
second=$(git rev-parse HEAD)
echo again >>src/more.txt && git add src/more.txt

# measure NAME COMMAND...: the median of its wall times.
measure() {
  local name=$1 i start
  shift
  for i in $(seq $runs); do
    start=$(date +%s%N)
    "$@" >/dev/null 2>&1 </dev/null || { echo "$name failed" >&2; exit 1; }
    echo $((($(date +%s%N) - start) / 10000))
  done | sort -n | sed -n "$((runs / 2 + 1))p" | awk -v name="$name" '{ printf "%-40s %7.2f ms\n", name, $1 / 100 }'
}
pushed() { echo "refs/heads/main $second refs/heads/main $first" | "$cairn" hook pre-push origin "$scratch/origin.git"; }
back_and_forth() {
  local at
  if [ -e .at-first ]; then rm .at-first && at="$first $second"; else : >.at-first && at="$second $first"; fi
  "$cairn" hook post-checkout $at 1
}
measure "pre-commit, code alone" "$cairn" hook pre-commit
measure "pre-push, code alone" pushed
measure "post-checkout, same pointers" back_and_forth
measure "post-checkout of single files" "$cairn" hook post-checkout "$first" "$first" 0
measure "post-commit, same pointers" "$cairn" hook post-commit
measure "git rev-parse HEAD" git rev-parse HEAD
measure "git diff-index --cached HEAD" git diff-index --cached --quiet HEAD~0 -- nothing
measure "git status" git status --porcelain
