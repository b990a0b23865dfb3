# One store for several projects: each is registered before its first add, and a collection in one never takes from another.
. "$(dirname "$0")/lib.sh"
umask 077
store=$scratch/store
git config --global cairn.store "$store"
git config --global cairn.shared group

new_repo a
new_repo b
[ "$(ls "$store/projects" | grep -c '^[0-9a-f]\{32\}$')" = 2 ] || fail 'not registered before the first add'
[ ! -e a/.git/cairn/packs ] || fail 'a store of its own'
head -c 500000 /dev/urandom >common.bin
for repo in a b; do
  head -c 600000 /dev/urandom >$repo/own.bin
  cp common.bin $repo/common.bin
  (cd $repo && cairn add own.bin common.bin >/dev/null && git commit -qm v1)
done
[ "$(du -sb "$store/packs" | cut -f1)" -lt 1900000 ] || fail 'common data was stored twice'

# --- the group's modes, whatever the umask ---
[ -z "$(find "$store" -type d ! -path "$store/links*" ! -perm 2770)" ] || fail "a folder: $(find "$store" -type d ! -perm 2770)"
[ -z "$(find "$store/packs" "$store/index" "$store/format" -type f ! -perm 0440)" ] || fail 'a file'
[ -z "$(find "$store/projects" -type f ! -perm 0660)" ] || fail 'a project file'
[ "$(stat -c %a "$store/LOCK")" = 660 ] || fail LOCK
[ "$(stat -c %a a/own.bin.cairn)" = 600 ] || fail 'the work tree follows the umask'

# --- b drops a version; what a still has stays, what nobody has goes ---
collect() { expect 0 cairn -C "$1" gc --yes --grace 0 "${@:2}"; }
whole() { # REPO FILE: its bytes are in the store
  cairn -C "$1" cat "$2" | cmp - "$3" || fail "$2 of $1 is gone"
}
cp a/own.bin a.bin && cp b/own.bin b.bin
forget() { # REPO: git forgets its versions
  (cd "$1" && git checkout -q --orphan empty && git rm -qr --cached . && rm -f ./*.cairn && git commit -q --allow-empty -m none &&
    git branch -qD main && git reflog expire --expire=now --all && git gc -q --prune=now)
}
forget b
collect a --allow-unpushed
whole a own.bin a.bin
collect b --allow-unpushed
says 'of other projects that share this store'
whole a own.bin a.bin
whole a common.bin common.bin
[ "$(du -sb "$store/packs" | cut -f1)" -lt 1300000 ] || fail 'what nobody needs stayed'
[ -z "$(find "$store/packs" "$store/index" -type f ! -perm 0440)" ] || fail 'a file after the collection'

# --- c was moved away: what it was last known to need stays, whatever its paths look like ---
new_repo c
head -c 700000 /dev/urandom >"c/only; one.bin"
cp "c/only; one.bin" c.bin
(cd c && cairn add "only; one.bin" >/dev/null && git commit -qm v1)
mv c gone
collect a --allow-unpushed
says 'it cannot be reached'
collect a --allow-unpushed
cairn -C gone cat "only; one.bin" | cmp - c.bin || fail 'what only the moved project uses was removed'
# Found again at its new place, registered there, it still counts once.
(cd gone && echo more >more.txt && cairn add more.txt >/dev/null && git commit -qm more)
[ "$(grep -l "^git $scratch/gone" "$store"/projects/* | wc -l)" = 1 ] || fail 'not registered at its new place'
collect a --allow-unpushed
if grep -q 'cannot be reached' "$scratch/out"; then fail 'it can be reached'; fi
rm -rf gone
collect a --allow-unpushed
[ "$(du -sb "$store/packs" | cut -f1)" -gt 1700000 ] || fail 'a deleted project is unreachable, not unused'

# --- a copied clone is a project of its own; a worktree is not ---
cp -a a copy
before=$(ls "$store/projects" | wc -l)
(cd copy && head -c 300000 /dev/urandom >extra.bin && cairn add extra.bin >/dev/null && git commit -qm extra && cp extra.bin ../extra.bin)
[ "$(ls "$store/projects" | wc -l)" = $((before + 1)) ] || fail 'the copy shares the file of its original'
(cd a && git worktree add -q ../tree HEAD && cd ../tree && cairn checkout >/dev/null && echo x >x.txt && cairn add x.txt >/dev/null)
[ "$(ls "$store/projects" | wc -l)" = $((before + 1)) ] || fail 'a worktree was registered'
collect a --allow-unpushed
whole copy extra.bin extra.bin

# --- a clone that fetched nothing, because its data was here already, is known as well ---
cairn -C a remote add prod "$scratch/remote" >/dev/null
(cd a && git commit -qm x --allow-empty && cairn push >/dev/null)
git clone -q a d && cd d && cairn remote add prod "$scratch/remote" >/dev/null
expect 0 cairn pull
cd ..
mv d moved
forget a
collect a --allow-unpushed
whole moved own.bin a.bin

# --- a pointer of a later cairn: what it holds more is kept, whatever signs are in it ---
python3 - copy/extra.bin.cairn <<'PY'
import hashlib, sys
lines = open(sys.argv[1]).read().splitlines()[:-1] + ["note one; two;three"]
body = "".join(line + "\n" for line in lines)
open(sys.argv[1], "w").write(body + "check " + hashlib.sha256(body.encode()).hexdigest()[:32] + "\n")
PY
(cd copy && echo more >>extra.bin && cairn add extra.bin >/dev/null && grep -q '^note one; two;three$' extra.bin.cairn) || fail 'what a later cairn wrote'
expect 0 cairn -C copy gc --allow-unpushed
(cd copy && git checkout -q HEAD -- extra.bin.cairn && cairn checkout --force >/dev/null)

# --- what cannot be read stops a collection; nothing is removed ---
file=$(grep -laF "git $scratch/d/" "$store"/projects/*)  # it holds versions, and is not that of the clone that collects
cp "$file" saved && chmod u+w "$file"
packs=$(find "$store/packs" -type f | sort)
for harm in 'echo garbage' 'head -c 20 saved' 'sed s/size/sise/ saved'; do
  $harm >"$file"
  expect 7 cairn -C copy gc --yes --grace 0 --allow-unpushed
  [ "$packs" = "$(find "$store/packs" -type f | sort)" ] || fail 'removed'
done
