# The ids of .pre-commit-hooks.yaml with the real pre-commit program: a checkout of this project as the hook repository.
# Skipped where there is none: `pip install pre-commit`, 3.2 or later (CAIRN_PRE_COMMIT names it).
. "$(dirname "$0")/lib.sh"
unset CAIRN_SKIP_PUSH CAIRN_SKIP_HOOKS PRE_COMMIT
tool=${CAIRN_PRE_COMMIT:-$(command -v pre-commit || true)}
[ -n "$tool" ] || { echo 'pre-commit is not installed' >&2; exit 77; }
major=$("$tool" --version | sed 's/pre-commit //; s/\.\([0-9]*\).*/ \1/')
awk -v v="$major" 'BEGIN { split(v, n, " "); exit !(n[1] > 3 || (n[1] == 3 && n[2] >= 2)) }' ||
  { echo "pre-commit is older than 3.2: $major" >&2; exit 77; }
mkdir "$scratch/bin" && ln -s "$CAIRN_BIN" "$scratch/bin/cairn" && PATH=$scratch/bin:$PATH
export PRE_COMMIT_HOME=$scratch/pre-commit

git init -q "$scratch/hooks" && cp "$here/../../.pre-commit-hooks.yaml" "$scratch/hooks" && cd "$scratch/hooks"
git add . && git commit -qm hooks
expect 0 "$tool" validate-manifest .pre-commit-hooks.yaml
new_repo "$scratch/shop" && cd "$scratch/shop"
cat >.pre-commit-config.yaml <<Y
default_install_hook_types: [pre-commit, pre-merge-commit, pre-push, post-checkout, post-merge, post-rewrite, post-commit]
repos:
  - repo: $scratch/hooks
    rev: $(git -C "$scratch/hooks" rev-parse HEAD)
    hooks: [{id: cairn-large-files}, {id: cairn-pointers}, {id: cairn-fresh}, {id: cairn-no-secrets},
            {id: cairn-budget}, {id: cairn-safe-models}, {id: cairn-validate}, {id: cairn-pushed}, {id: cairn-checkout}]
Y
"$tool" install >/dev/null
expect 0 cairn hooks install && says '7 hooks of 7 installed' && expect 0 cairn hooks status && says 'pre-push: .pre-commit-config.yaml (by hand)' && says 'the first ref of a push alone'
sed 's/, {id: cairn-pushed}//' .pre-commit-config.yaml >"$scratch/config" && cp .pre-commit-config.yaml "$scratch/whole" && cp "$scratch/config" .pre-commit-config.yaml
expect 1 cairn hooks install && says 'not installed: pre-push (another tool writes this file)' && says '.pre-commit-config.yaml:'
mv "$scratch/whole" .pre-commit-config.yaml
mkdir data && echo one >data/a && cairn add -q data && git add -A && expect 0 git commit -m one && says 'cairn, staged pointers'

# Each id stops its own fault.
head -c 6000000 /dev/zero >big && git add big && expect 1 git commit -m big && says "cairn add --git-rm big" && git rm -q --cached big && rm big
echo junk >bad.cairn && git add bad.cairn && expect 1 git commit -m bad && says 'is not a valid pointer' && git rm -q --cached bad.cairn && rm bad.cairn
echo more >data/a && echo code >code && git add code && expect 1 git commit -m stale && says 'was changed without `cairn add`'
cairn add -qu && git add -A && expect 0 git commit -m fresh
printf '\tnote = https://me:word@host/\n' >>.cairn/config && git add -A && expect 1 git commit -m secret && says 'user name or password in a URL'
git checkout -q HEAD -- .cairn/config
git config cairn.max-commit 1K && echo 2 >code && head -c 5000 /dev/urandom >data/b && cairn add -q data && git add code
expect 1 git commit -m much && says 'more than cairn.max-commit' && git config --unset cairn.max-commit
printf '\200\004N.' >data/c.pkl && cairn add -q data && git config cairn.unsafe-models error
expect 1 git commit -m pickle && says 'first: data/c.pkl' && git config --unset cairn.unsafe-models
expect 0 git commit -m pickle && says 'warning: data has 1 new file whose reading runs code'
expect 0 "$tool" run --hook-stage manual cairn-validate && rm data/b
expect 1 "$tool" run --hook-stage manual cairn-validate && says 'data/b' && cairn checkout -q data

# A push of one branch: blocked without a remote, then uploaded.
git init -q --bare "$scratch/origin.git" && git remote add origin "$scratch/origin.git"
expect 1 git push origin main && says 'cairn remote add NAME URL'
cairn remote add prod "$scratch/remote" >/dev/null
expect 0 git push origin main && expect 0 cairn check --pushed
echo two >data/a && cairn add -qu && git add -A && git commit -qm two && expect 0 git push origin main && expect 0 cairn check --pushed

# The data follows a switch, a merge and a rebase.
git switch -q -c older HEAD^ 2>/dev/null && [ "$(cat data/a)" = more ] || fail 'did not follow a switch'
git switch -q main 2>/dev/null && [ "$(cat data/a)" = two ] || fail 'did not come back'
git switch -q -c side 2>/dev/null && echo three >data/a && cairn add -qu && git add -A && git commit -qm three && git switch -q main 2>/dev/null
git merge -q side >/dev/null 2>&1 && [ "$(cat data/a)" = three ] || fail 'did not follow a merge'
git switch -q older 2>/dev/null && echo x >other && git add other && git commit -qm other >/dev/null 2>&1
git rebase -q main >/dev/null 2>&1 && [ "$(cat data/a)" = three ] || fail 'did not follow a rebase'
echo ok
