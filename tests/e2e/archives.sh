# export to plain files and tar, and import archive.
. "$(dirname "$0")/lib.sh"

new_repo repo && cd repo && mkdir -p data/sub data/empty && echo a >data/a && head -c 3000000 /dev/urandom >data/sub/big && echo run >data/run && chmod +x data/run
ln -s sub/big data/link && printf 'ü\n' >'data/ü mlaut' && : >data/nothing && long=data/$(printf 'd%.0s' $(seq 150))/$(printf 'e%.0s' $(seq 150)) && mkdir -p "$long" && echo deep >"$long/f"
echo model >model.bin && cairn add -q data model.bin --links keep && git add -A && GIT_COMMITTER_DATE='2020-02-02T00:00:00Z' git commit -qm v1 && git tag v1

# tar: what tar itself unpacks is the version; the same bytes each time, and by standard output.
expect 0 cairn export --to tar v1 -o "$scratch/a.tar" && mkdir "$scratch/unpacked" && tar -C "$scratch/unpacked" -xpf "$scratch/a.tar"
same_tree data "$scratch/unpacked/data" && cmp model.bin "$scratch/unpacked/model.bin" && [ -x "$scratch/unpacked/data/run" ] || fail 'tar differs'
cairn export --to tar v1 -o - >"$scratch/b.tar" && cmp "$scratch/a.tar" "$scratch/b.tar" && touch data/a && [ "$(stat -c %Y "$scratch/unpacked/data/a")" = 1580601600 ] || fail 'not the same bytes or time'
tar --numeric-owner -tvf "$scratch/a.tar" | grep -v ' 0/0 ' && fail 'an owner is in it'
expect 11 cairn export --to tar v1 -o "$scratch/a.tar" && expect 0 cairn export --to tar v1 data/sub -f -o "$scratch/c.tar" && [ "$(tar -tf "$scratch/c.tar")" = data/sub/big ] || fail 'part'
expect 0 cairn export --to tar v1 --include 'data/sub/**' --strip data -o "$scratch/d.tar" && [ "$(tar -tf "$scratch/d.tar")" = sub/big ] || fail 'strip'
expect 0 cairn export --to plain v1 -o "$scratch/plain" && same_tree data "$scratch/plain/data"
expect 2 cairn export --to zip v1 -o x && expect 2 cairn export --to tar v1 && expect 2 cairn export --to tar nope -o x && [ ! -e x ] || fail 'wrong words'
mv .git/cairn/packs "$scratch/packs" && expect 6 cairn export --to tar v1 -o "$scratch/e.tar" && [ -z "$(ls "$scratch"/e.tar* 2>/dev/null)" ] || fail 'half an archive'
mv "$scratch/packs" .git/cairn/packs

# import archive: the same folder comes back, by every form.
cd data && tar --sort=name -cf "$scratch/in.tar" . && tar -czf "$scratch/in.tgz" * && cd .. && forms='in.tar in.tgz'
for tool in xz bzip2 zstd; do
  if command -v $tool >/dev/null; then $tool -cq <"$scratch/in.tar" >"$scratch/in.tar.$tool" && forms+=" in.tar.$tool"; fi
done
for form in $forms; do
  expect 0 cairn import archive "$scratch/$form" "back-$form" && says 'next: git commit' && [ ! -e "back-$form" ] || fail 'written to the tree'
  expect 0 cairn checkout "back-$form" && same_tree data "back-$form"
  cmp <(grep -v '^check' data.cairn) <(grep -v '^check' "back-$form.cairn") || fail 'another version than add makes'
done
(cd data && python3 -c 'import zipfile, sys
z = zipfile.ZipFile(sys.argv[1], "w", zipfile.ZIP_DEFLATED)
for p in ("a", "sub/big", "nothing"): z.write(p)
z.close()' "$scratch/in.zip") && expect 0 cairn import archive "$scratch/in.zip" zipped -n && [ ! -e zipped.cairn ] && expect 0 cairn import archive "$scratch/in.zip" zipped
expect 0 cairn checkout zipped && cmp zipped/sub/big data/sub/big && expect 0 cairn status && git add -A && git commit -qm imported
expect 11 cairn import archive "$scratch/in.zip" data && expect 2 cairn import archive nothing.tar x

# Members stand in memory until they are stored, one that is too large for that in one file without a name.
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
  unnamed() { strace -f -qq -e trace=openat,open -o "$scratch/trace" "$CAIRN_BIN" import archive "$1" "$2" >/dev/null && grep -c O_TMPFILE "$scratch/trace" || true; }
  [ "$(unnamed "$scratch/in.tar" memory)" = 0 ] || fail 'small members went to the disk'
  head -c 20000000 /dev/urandom >large && tar -cf "$scratch/large.tar" data large && [ "$(unnamed "$scratch/large.tar" disk)" = 1 ] || fail 'not one file for the large member'
  expect 0 cairn checkout disk && cmp disk/large large && same_tree data disk/data && rm large
  git add -A && git commit -qm 'without the disk'
fi

# 7zip, as libarchive writes it: two files, "a" and "sub/b".
base64 -d >"$scratch/in.7z" <<'B'
N3q8ryccAAPspb1AVwAAAAAAAAAgAAAAAAAAAKrTv2orTi1LzeOqyiwgCgMAAACBMweuD86xsaEJKq65XDgDCiUKNcrfC2sxXD25H9f3cHfgbwKrqSU9qaDNPbZ165kO
AwVdh5yRP7R3kzYXiLP6636g/+LjQAAXBg0BCUoABwsBAAEjAwEBBV0AAIAADEgKATQagMAAAA==
B
expect 0 cairn import archive "$scratch/in.7z" seven && expect 0 cairn checkout seven && [ "$(cat seven/a) $(sort -u seven/sub/b)" = 'seven zip' ] || fail 'another 7zip'

# Hostile ones: nothing is published.
evil() { # evil NAME PYTHON: an archive whose members the lines add to t
  python3 -c 'import io, sys, tarfile
t = tarfile.open(sys.argv[1], "w")
def add(name, **more):
    i = tarfile.TarInfo(name)
    for k, v in more.items(): setattr(i, k, v)
    i.size = 1 if i.type == tarfile.REGTYPE else 0
    t.addfile(i, io.BytesIO(b"x"))
exec(sys.argv[2])
t.close()' "$scratch/evil.tar" "$1"
}
while read -r code line; do
  evil "$line" && expect "$code" cairn import archive "$scratch/evil.tar" evil && [ ! -e evil.cairn ] || fail "took $line"
done <<'L'
11 add("../x")
11 add("/etc/x")
11 add("a/../../x")
11 add(".git/hooks/post-checkout")
11 add("a/.GIT/x")
11 add("ok"); add("l", type=tarfile.SYMTYPE, linkname="../../x")
11 add("l", type=tarfile.SYMTYPE, linkname="/etc/passwd")
11 add("l", type=tarfile.SYMTYPE, linkname="sub"); add("l/x")
11 add("a"); add("a")
11 add("a"); add("a/b")
11 add("h", type=tarfile.LNKTYPE, linkname="../../../etc/passwd")
11 add("h", type=tarfile.LNKTYPE, linkname="nothing")
7 add("d", type=tarfile.CHRTYPE)
7 add("p", type=tarfile.FIFOTYPE)
L
evil 'add("a"); add("h", type=tarfile.LNKTYPE, linkname="a")' && expect 0 cairn import archive "$scratch/evil.tar" hard && expect 0 cairn checkout hard && cmp hard/a hard/h
head -c 30000000 /dev/zero >zeros && tar -czf "$scratch/bomb.tgz" zeros && rm zeros
expect 11 cairn import archive "$scratch/bomb.tgz" bomb --max-bytes 1M && says archive-too-large && [ ! -e bomb.cairn ] || fail 'a bomb'
python3 - "$scratch/bomb.gz" <<'PY' # a tar of 1.1 GB of zeros, twice through gzip: more than 1 GiB, and than a thousand times itself
import gzip, sys, tarfile
member = tarfile.TarInfo("zeros")
member.size = 1_100_000_000
inner = gzip.compress(member.tobuf()) + gzip.compress(bytes(10_000_000), 1) * 110 + gzip.compress(bytes(10_240))
open(sys.argv[1], "wb").write(gzip.compress(inner))
PY
expect 11 cairn import archive "$scratch/bomb.gz" bomb && says archive-too-large && [ ! -e bomb.cairn ] || fail 'a bomb, without a limit given'
head -c 1000 "$scratch/in.tgz" >"$scratch/cut.tgz" && expect 7 cairn import archive "$scratch/cut.tgz" cut && expect 7 cairn import archive .git/config cut && [ ! -e cut.cairn ] || fail 'a cut archive'
echo ok
