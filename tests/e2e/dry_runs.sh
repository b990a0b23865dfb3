# -n of commands that set things up: each says what would be done, and nothing is different afterwards.
. "$(dirname "$0")/lib.sh"

# Every file below the scratch directory with its bytes, git's index as entries: `git status` refreshes its stamps.
state() {
  (cd "$scratch" && find . ! -path './out' ! -path './*/index' ! -type d -exec sha256sum {} + | sort && find . -type d | sort)
  git ls-files --stage
}
unchanged_by() { # WORDS-SAID COMMAND...
  local words=$1 before
  shift
  before=$(state)
  expect "${code:-0}" "$@"
  says "$words"
  [ "$before" = "$(state)" ] || fail "changed something: $*: $(diff <(echo "$before") <(state))"
}

git init -q shop && cd shop
unchanged_by 'would initialise .cairn/ (format 1), stage .cairn/config, .gitattributes' cairn init -n
says 'would write .git/hooks/pre-commit'
unchanged_by 'would initialise' cairn init -n --no-hooks
expect 0 cairn init --no-hooks
unchanged_by 'cairn is already set up here' cairn init -n

unchanged_by 'would add remote prod' cairn remote add -n prod "$scratch/remote"
unchanged_by 'would add remote far' cairn remote add -n far s3://bucket/data --endpoint https://s3.example.org --region x
code=2 unchanged_by 'is not a remote name' cairn remote add -n ../x "$scratch/remote"
expect 0 cairn remote add prod "$scratch/remote"
expect 0 cairn remote add far s3://bucket/data --endpoint https://s3.example.org --region x
unchanged_by "remote prod would be $scratch/other" cairn remote set -n prod "$scratch/other"
unchanged_by 'remote far would be s3://bucket/more' cairn remote set -n far s3://bucket/more
code=2 unchanged_by 'there is no remote' cairn remote set -n near s3://bucket/more
for name in prod far; do unchanged_by "would remove remote $name" cairn remote rm -n $name; done
unchanged_by 'far would no longer be trusted' cairn trust -n --remove far
expect 0 cairn trust --remove far
unchanged_by 'far would be trusted from this machine: s3://bucket at https://s3.example.org' cairn trust -n far
expect 0 cairn --json trust -n far
says '"dry_run": true'

unchanged_by 'cairn.link would be reflink' cairn config -n cairn.link reflink
code=2 unchanged_by 'nothing was changed' cairn config -n cairn.link nonsense
expect 0 cairn config cairn.link copy
unchanged_by 'cairn.link would no longer be set' cairn config -n --unset cairn.link
unchanged_by 'would write .git/hooks/pre-commit' cairn hooks install -n

# --- add: which paths and how many bytes, and nothing of it is stored ---
mkdir data && seq 2000 >data/numbers && echo one >data/one && head -c 5000 /dev/urandom >lone.bin
echo first >first.txt
expect 0 cairn add first.txt
git commit -qm first
unchanged_by 'would add data: 2 files (2 new, 0 changed, 0 removed), read 8.9 kB' cairn add -n data lone.bin
says 'would add lone.bin: 5.0 kB'
unchanged_by '"staged": []' cairn --json add -n data lone.bin
says '"new_chunks": 0'
expect 0 cairn add data
echo two >data/two
unchanged_by 'would add data: 3 files (1 new, 0 changed, 0 removed), read 4 B' cairn add -n -u
expect 0 cairn add -u
rm -rf lone.bin
git commit -qm data

# --- a repair: what it would bring, without a mark of what was found ---
head -c 300000 /dev/urandom >model.bin
expect 0 cairn add model.bin
git commit -qm model
unchanged_by '"state": "would push"' cairn --json push -n -r prod
expect 0 cairn push -r prod
pack=$(find .git/cairn/packs -type f -size +200k)
chmod u+w "$pack"
printf 'damage' | dd of="$pack" bs=1 seek=5000 conv=notrunc status=none
code=7 unchanged_by 'would repair' cairn fsck -n --repair-from prod
expect 0 cairn fsck --repair-from prod
says 'repaired'
expect 0 cairn fsck
