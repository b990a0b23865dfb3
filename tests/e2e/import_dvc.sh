# import dvc against fixtures written by hand as DVC 2 and 3 write them; peer_dvc.sh does it with the real program.
. "$(dirname "$0")/lib.sh"

md5() { md5sum "$1" | cut -d' ' -f1; }
# put CACHE FILE: into a cache of DVC 3; put2: into one of DVC 2, under the MD5 of the text without CR.
put() { local m; m=$(md5 "$2"); mkdir -p "$1/files/md5/${m:0:2}"; cp "$2" "$1/files/md5/${m:0:2}/${m:2}"; echo "$m"; }
put2() { local m; m=$(tr -d '\r' <"$2" | md5sum | cut -d' ' -f1); mkdir -p "$1/${m:0:2}"; cp "$2" "$1/${m:0:2}/${m:2}"; echo "$m"; }
# The object of a folder with two files.
folder_list() { printf '[{"md5": "%s", "relpath": "a.txt"}, {"md5": "%s", "relpath": "sub/b.bin"}]' "$1" "$2"; }
as_dir() { mv "$1/${2:0:2}/${2:2}" "$1/${2:0:2}/${2:2}.dir"; }

new_repo repo && cd repo
mkdir -p .dvc data/sub && printf '[core]\n    remote = near\n[%sremote "near"%s]\n    url = ../../near\n' "'" "'" >.dvc/config
printf '/cache\n/tmp\n' >.dvc/.gitignore && printf '/data\n/model.bin\n/old.txt\n' >.gitignore
cache=.dvc/cache

# One commit with a folder and a file of DVC 3, and a text of DVC 2 with CRLF.
version() { # version WORD
  printf '%s\r\n' "$1" >data/a.txt && head -c 70000 /dev/urandom >data/sub/b.bin && echo "model $1" >model.bin
  folder_list "$(put "$cache" data/a.txt)" "$(put "$cache" data/sub/b.bin)" >list
  local m; m=$(put "$cache" list) && rm list && as_dir "$cache/files/md5" "$m"
  printf 'outs:\n- md5: %s.dir\n  size: 70005\n  nfiles: 2\n  hash: md5\n  path: data\n' "$m" >data.dvc
  printf 'outs:\n- md5: %s\n  hash: md5\n  path: model.bin\n' "$(put "$cache" model.bin)" >model.bin.dvc
  printf 'old %s\r\ntext\r\n' "$1" >old.txt
  printf 'outs:\n- md5: %s\n  path: old.txt\n' "$(put2 "$cache" old.txt)" >old.txt.dvc
  git add -A && git commit -qm "$1" && git tag "$1" && mkdir -p "$scratch/$1" && cp -r data model.bin old.txt "$scratch/$1"
}
version v1
version v2
before=$(git status --porcelain --ignored | sort | md5sum)

# The plan changes nothing; the import takes all from the tree, byte for byte, and leaves DVC alone.
expect 0 cairn import dvc -n && says 'would import data: 2 files' && says '2 from the tree'
[ "$(git status --porcelain --ignored | sort | md5sum)" = "$before" ] || fail 'a dry run changed something'
dvc_before=$(find .dvc ./*.dvc -type f | sort | xargs md5sum | md5sum)
expect 0 cairn import dvc --all-commits && says 'older commits: 3 of 3 versions could be had' && says 'next: git commit'
[ "$(find .dvc ./*.dvc -type f | sort | xargs md5sum | md5sum)" = "$dvc_before" ] || fail 'something of DVC was changed'
expect 0 cairn status && git commit -qm moved && expect 0 cairn status && [ -z "$(git status --porcelain)" ] || fail 'not clean after the import'
expect 0 cairn import dvc && says 'unchanged data'
cairn ls --rev HEAD | grep -q aliases && fail 'aliases are listed as data'

# Every version by its commit, from a clone that has only what was pushed.
expect 0 cairn remote add store "$scratch/store" && expect 0 cairn push
cd .. && git clone -q repo clone && cd clone && cairn init --no-hooks >/dev/null && cairn remote add store "$scratch/store" >/dev/null
for v in v1 v2 HEAD; do
  expect 0 cairn restore "$v" --to "$scratch/out-$v"
done
same_tree "$scratch/v1" "$scratch/out-v1" && same_tree "$scratch/v2" "$scratch/out-v2" && same_tree "$scratch/v2" "$scratch/out-HEAD"
git clone -q --bare . "$scratch/bare.git" && git -C "$scratch/bare.git" config cairn.store "$(git rev-parse --absolute-git-dir)/cairn"
expect 0 cairn -C "$scratch/bare.git" restore v1 --to "$scratch/out-bare" && same_tree "$scratch/v1" "$scratch/out-bare"
expect 0 cairn restore v1 data/sub --to "$scratch/part" && cmp "$scratch/v1/data/sub/b.bin" "$scratch/part/data/sub/b.bin"
expect 0 cairn checkout && same_tree data "$scratch/v2/data" && [ -z "$(find .cairn/aliases -type f ! -name '*.cairn')" ] || fail 'an alias was checked out'
expect 0 cairn gc && expect 0 cairn check --pushed && cd ../repo

# From the cache, then from the remote, when the tree has something else: that stays, as a change.
rm -rf "$scratch/fresh" && cd .. && git clone -q repo fresh && cd fresh && git switch -qc again v2 && cairn init --no-hooks >/dev/null
cp -r ../repo/.dvc/cache .dvc/cache && echo mine >model.bin
expect 0 cairn import dvc data model.bin && says '2 from DVC' && git add -A && git commit -qm imported
[ "$(cat model.bin)" = mine ] || fail 'a changed file was lost'
expect 0 cairn status && says 'modified' && expect 0 cairn checkout --force && same_tree data "$scratch/v2/data" && cmp model.bin "$scratch/v2/model.bin"
git switch -qfc far v2 && rm -rf data model.bin old.txt && mkdir ../near && cp -r .dvc/cache/. ../near && rm -rf .dvc/cache .git/cairn
printf '[remote "near"]\n    url = %s\n' "$scratch/near" >.dvc/config.local
expect 0 cairn import dvc && says "from DVC's remote" && expect 0 cairn checkout && same_tree data "$scratch/v2/data" && cmp old.txt "$scratch/v2/old.txt"

# Missing or damaged: nothing is published.
git reset -q --hard v2 && rm -rf data model.bin .git/cairn "$scratch/near/files/md5"
expect 6 cairn import dvc && says 'hint: ' && [ ! -e data.cairn ] || fail 'published without its data'
expect 6 cairn --offline import dvc && says 'dvc fetch'
cp -r ../repo/.dvc/cache .dvc/cache && for f in .dvc/cache/files/md5/*/*; do case $f in *.dir) ;; *) chmod u+w "$f" && echo x >>"$f" ;; esac; done
expect 6 cairn import dvc && [ ! -e data.cairn ] && [ ! -e model.bin.cairn ] || fail 'published damaged data'

# Hostile files: nothing is written anywhere.
bad() { printf 'outs:\n- md5: d41d8cd98f00b204e9800998ecf8427e\n  hash: md5\n  path: %s\n' "$1" >bad.dvc; }
for path in ../outside /etc/passwd .git/hooks/pre-commit a/../../b; do
  bad "$path" && expect 11 cairn import dvc && says foreign-path
done
ln -s /tmp linked && bad linked/x && mkdir -p .dvc/cache/files/md5/d4 && : >.dvc/cache/files/md5/d4/1d8cd98f00b204e9800998ecf8427e
expect 11 cairn import dvc linked/x && [ ! -e /tmp/x.cairn ] && rm linked bad.dvc || fail 'wrote through a link'
ln -s /etc/hostname evil.dvc && expect 11 cairn import dvc && rm evil.dvc
printf 'a: [%s' "$(printf '[%.0s' $(seq 100))" >bad.dvc && expect 7 cairn import dvc && rm bad.dvc

# A place that only the committed file names is not asked.
git reset -q --hard v2 && rm -rf data model.bin .dvc/cache .dvc/config.local
printf '[core]\n    remote = s\n[remote "s"]\n    url = s3://bucket/x\n    endpointurl = http://127.0.0.1:9\n' >.dvc/config
expect 13 cairn import dvc && says 'CAIRN_TRUST=127.0.0.1'
printf '[core]\n    remote = s\n[remote "s"]\n    url = gs://bucket/x\n' >.dvc/config && expect 2 cairn import dvc && says 'dvc fetch'

# Older lists of files are patches of the next ones; what was read for a version that cannot be had is not taken for stored.
cd "$scratch" && new_repo many && cd many && mkdir .dvc && : >.dvc/config && echo /data >.gitignore && printf '/cache\n/tmp\n' >.dvc/.gitignore
python3 - <<'PY'
import hashlib, json, os, subprocess
def put(octets, suffix=""):
    name = hashlib.md5(octets).hexdigest()
    path = f".dvc/cache/files/md5/{name[:2]}/{name[2:]}{suffix}"
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "wb") as stream:
        stream.write(octets)
    return name, path
files = {f"{i % 30:02}/{i:04}": put(b"row %d\n" % i)[0] for i in range(3000)}
shared = put(bytes(range(256)) * 12_000)[0]
for commit, extra in enumerate(({"!a": shared}, {"!a": shared, "z": put(b"lost")[0]}, {}, {})):
    files.update({f"{i:02}/{i:04}": put(b"row %d of %d\n" % (i, commit))[0] for i in range(10)})
    listing = [{"md5": md5, "relpath": path} for path, md5 in sorted({**files, **extra}.items())]
    md5, _ = put(json.dumps(listing).encode(), ".dir")
    with open("data.dvc", "w") as stream:
        stream.write(f"outs:\n- md5: {md5}.dir\n  nfiles: {len(listing)}\n  hash: md5\n  path: data\n")
    for words in (["add", "-A"], ["commit", "-qm", str(commit)], ["tag", f"c{commit}"]):
        subprocess.run(["git", *words], check=True)
with open(put(b"lost")[1], "ab") as stream:
    stream.write(b"damaged")
PY
page_bytes() { python3 -c 'import glob,sys; print(sum(len(b) for b in (open(p,"rb").read() for p in glob.glob(sys.argv[1]+"/.git/cairn/packs/*/*")) if b[11]==2))' "$1"; }
cp -a . ../one && expect 0 cairn -C ../one import dvc && expect 6 cairn import dvc --all-commits && says '2 of 3 versions could be had' && says 'staged'
says "not had: data of commit $(git rev-parse c1 | cut -c1-12) (md5-" && says '.dir)'
[ "$(page_bytes .)" -lt $(($(page_bytes ../one) * 3 / 2)) ] || fail "pages: $(page_bytes .) bytes, of one version $(page_bytes ../one)"
expect 0 cairn restore c0 --to ../c0 && [ "$(cat ../c0/data/09/0009)" = 'row 9 of 0' ] && [ "$(stat -c %s ../c0/data/!a)" = 3072000 ] || fail 'not the first version'
expect 0 cairn restore c2 --to ../c2 && [ "$(cat ../c2/data/09/0009)" = 'row 9 of 2' ] && expect 0 cairn fsck
echo ok
