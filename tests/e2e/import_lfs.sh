# import lfs against pointers and objects written by hand; peer_lfs.sh does it with the real program.
. "$(dirname "$0")/lib.sh"

sha() { sha256sum "$1" | cut -d' ' -f1; }
# lfs FILE: as git-lfs leaves it: an object, and a pointer in git.
lfs() {
  local id blob; id=$(sha "$1")
  mkdir -p ".git/lfs/objects/${id:0:2}/${id:2:2}" && cp "$1" ".git/lfs/objects/${id:0:2}/${id:2:2}/$id"
  blob=$(printf 'version https://git-lfs.github.com/spec/v1\noid sha256:%s\nsize %s\n' "$id" "$(stat -c %s "$1")" | git hash-object -w --stdin)
  git update-index --add --cacheinfo "100644,$blob,$1"
}
new_repo repo && cd repo && git config filter.lfs.clean cat && git config filter.lfs.smudge cat
printf '*.bin filter=lfs diff=lfs merge=lfs -text\n*.txt text\n' >>.gitattributes
mkdir sub && head -c 200000 /dev/urandom >a.bin && echo small >sub/b.bin && echo text >note.txt
lfs a.bin && lfs sub/b.bin && git add note.txt .gitattributes .cairn && git commit -qm v1 && git tag v1 && mkdir "$scratch/v1" && cp -r a.bin sub "$scratch/v1"
echo two >sub/b.bin && lfs sub/b.bin && git commit -qm v2 && git tag v2

before=$(git ls-files -s | md5sum)
expect 0 cairn import lfs -n && says 'would import a.bin' && [ "$(git ls-files -s | md5sum)" = "$before" ] || fail 'a dry run changed the index'
objects=$(find .git/lfs -type f | sort | md5sum)
expect 0 cairn import lfs --untrack --all-commits && says 'older commits: 1 of 1 version' && says 'took the lines of git-lfs out of .gitattributes'
! grep -q lfs .gitattributes && grep -q '^\*.txt text' .gitattributes && [ "$(find .git/lfs -type f | sort | md5sum)" = "$objects" ] || fail 'attributes or objects'
expect 0 cairn status && git commit -qm moved && [ -z "$(git status --porcelain)" ] || { git status; fail 'not clean'; }
[ -z "$(git ls-files a.bin sub/b.bin)" ] && [ -e a.bin ] && grep -q "oid = *sha256:$(sha a.bin)\|$(sha a.bin)" a.bin.cairn || fail 'not the same id'
expect 2 cairn import lfs && says nothing-to-import

# Every commit, from what was pushed.
cairn remote add store "$scratch/store" >/dev/null && expect 0 cairn push && git clone -q . ../clone 2>/dev/null && cd ../clone && cairn init --no-hooks >/dev/null
cairn remote add store "$scratch/store" >/dev/null 2>&1 || true
expect 0 cairn restore v1 --to "$scratch/old" && same_tree "$scratch/v1" "$scratch/old"
# In a bare repository the aliases of HEAD count.
git clone -q --bare ../repo ../bare.git && git -C ../bare.git config cairn-remote.store.url "$scratch/store"
expect 0 cairn -C ../bare.git restore v1 --to "$scratch/old-bare" && same_tree "$scratch/v1" "$scratch/old-bare"
expect 0 cairn pull && cmp a.bin "$scratch/v1/a.bin" && [ "$(cat sub/b.bin)" = two ] || fail 'checkout'
cd ../repo

# A file that was changed here stays, and its pointer names what git has.
git switch -qfc again v2 && rm -rf a.bin.cairn && echo mine >sub/b.bin && expect 0 cairn import lfs sub && git commit -qm sub && [ "$(cat sub/b.bin)" = mine ] || fail 'lost a change'
expect 0 cairn status && says sub/b.bin
# A version of another commit whose object is gone is named; the rest comes.
git switch -qfc gone v2 && id=$(git show v1:sub/b.bin | sed -n 's/oid sha256://p') && mv ".git/lfs/objects/${id:0:2}/${id:2:2}/$id" "$scratch/gone"
expect 6 cairn import lfs --all-commits && says "not had: sub/b.bin (sha256-$id)" && says 'git lfs fetch --all' && git commit -qm some && [ -e a.bin.cairn ] || fail 'the rest'
mv "$scratch/gone" ".git/lfs/objects/${id:0:2}/${id:2:2}/$id"
# Missing and damaged objects, and attributes that would take the pointers.
git switch -qfc bad v2 && rm -f a.bin && id=$(git show :a.bin | sed -n 's/oid sha256://p') && mv ".git/lfs/objects/${id:0:2}/${id:2:2}/$id" "$scratch/object"
expect 6 cairn import lfs a.bin && says 'git lfs fetch --all' && [ ! -e a.bin.cairn ] || fail 'published without its data'
head -c 200000 /dev/zero >".git/lfs/objects/${id:0:2}/${id:2:2}/$id" && expect 7 cairn import lfs a.bin && [ ! -e a.bin.cairn ] || fail 'published damage'
cp "$scratch/object" ".git/lfs/objects/${id:0:2}/${id:2:2}/$id" && printf '* filter=lfs\n' >>.gitattributes
expect 11 cairn import lfs && says lfs-takes-pointers && expect 0 cairn import lfs --untrack
echo ok
