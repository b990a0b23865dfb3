# import lfs with a repository made by the real git-lfs; skipped without.
. "$(dirname "$0")/lib.sh"
git lfs version >/dev/null 2>&1 || { echo 'git-lfs is not installed' >&2; exit 77; }

git init -q --bare origin.git && git init -q repo && cd repo && git lfs install --local >/dev/null && git lfs track '*.bin' 'data/**' >/dev/null
mkdir -p data/deep && head -c 3000000 /dev/urandom >big.bin && for i in $(seq 50); do head -c $((i * 977)) /dev/urandom >"data/deep/f$i"; done
echo code >code.txt && git add -A && git commit -qm v1 && git tag v1 && mkdir "$scratch/v1" && cp -r big.bin data "$scratch/v1"
echo changed >data/deep/f1 && git rm -q data/deep/f2 && git add -A && git commit -qm v2 && git tag v2 && mkdir "$scratch/v2" && cp -r big.bin data "$scratch/v2"
git remote add origin "$scratch/origin.git" && git push -q origin main --tags 2>/dev/null

# In a fresh clone with pointers alone, then with all objects.
cd .. && GIT_LFS_SKIP_SMUDGE=1 git clone -q origin.git moved && cd moved && git lfs install --local >/dev/null && cairn init --no-hooks >/dev/null
expect 11 cairn import lfs && says lfs-takes-pointers
expect 6 cairn import lfs --untrack && says 'git lfs fetch --all' && git lfs fetch --all >/dev/null 2>&1
expect 0 cairn import lfs --untrack --all-commits && says 'older commits: 2 of 2 versions' && git add -A && git commit -qm moved
[ -z "$(git lfs ls-files)" ] || fail 'git-lfs still keeps files'
for v in v1 v2 HEAD; do expect 0 cairn restore "$v" --to "$scratch/out-$v"; done
same_tree "$scratch/v1" "$scratch/out-v1" && same_tree "$scratch/v2" "$scratch/out-v2" && same_tree "$scratch/v2" "$scratch/out-HEAD"
expect 0 cairn checkout --force && diff -r -x '*.cairn' -x .gitignore data "$scratch/v2/data" && [ -z "$(git status --porcelain)" ] || fail 'not clean'
echo ok
