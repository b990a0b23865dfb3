# Little rights: another user's repository, a file that may not be read, a directory remote that may not be written. Root becomes
# somebody else for that.
. "$(dirname "$0")/lib_faults.sh"
if [ "$(id -u)" = 0 ]; then
  need setpriv
  as_other() { setpriv --reuid=54321 --regid=54321 --clear-groups env HOME="${other_home-$HOME}" "$@"; }
  as_other true 2>/dev/null || skip 'may not become another user'
else
  as_other() { "$@"; }
fi
shop_of_two_versions
chmod 755 "$scratch" "$HOME"
as_other test -x "$CAIRN_BIN" || skip 'another user may not run this program'

# --- one's own repository: what may not be read or written is named, and the same command converges ---
cp -a shop own
cd own
[ "$(id -u)" != 0 ] || chown -R 54321:54321 .
echo secret >data/deep/locked.txt
chmod 000 data/deep/locked.txt
[ "$(id -u)" != 0 ] || chown 54321:54321 data/deep/locked.txt
pointer=$(cat data.cairn)
expect 9 as_other "$CAIRN_BIN" add data
message 'data/deep/locked.txt' 'Permission denied'
[ "$pointer" = "$(cat data.cairn)" ] || fail 'a pointer to what could not be read'
chmod 644 data/deep/locked.txt
expect 0 as_other "$CAIRN_BIN" add -u
as_other git commit -qm v2
chmod -R a-w "$scratch/remote"
expect 9 as_other "$CAIRN_BIN" push
message "$scratch/remote" 'Permission denied'
chmod -R u+w "$scratch/remote"
[ "$(id -u)" != 0 ] || chown -R 54321:54321 "$scratch/remote"
expect 0 as_other "$CAIRN_BIN" push
expect 0 as_other "$CAIRN_BIN" fsck
cd ..

# --- somebody else's: no right to write anywhere, an id without a name ---
[ "$(id -u)" = 0 ] || { echo 'SKIPPED: a repository of another user needs root' >&2; exit 77; }
cd shop
cairn add -u >/dev/null
git commit -qm v2 && git tag v2
other_home=/nowhere
expect 10 as_other "$CAIRN_BIN" status
message "$PWD" 'safe.directory'
as_trusted() { as_other env GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*' "$@"; }
for words in 'status' 'ls data' 'diff v1 v2' 'cat data/deep/1.txt' 'log model.bin' 'fsck'; do
  expect 0 as_trusted "$CAIRN_BIN" $words
done
mkdir -m 777 ../theirs
expect 0 as_trusted "$CAIRN_BIN" restore v1 --to "$scratch/theirs"
same_version v1 ../theirs
# What is missing comes into a store of one's own, or into none; nothing is written in the clone of another user.
cairn push -q --all && git clone -q . ../cold && git -C ../cold config cairn-remote.store.url "$scratch/remote" && chmod -R a+rX "$scratch/remote"
find ../cold | sort >"$scratch/cold-before" && mkdir -m 777 ../cold-ci ../cold-restore ../store-of-mine && cd ../cold
expect 9 as_trusted "$CAIRN_BIN" ci --to "$scratch/cold-ci"
message 'CAIRN_STORE=DIR'
expect 0 as_trusted env CAIRN_STORE="$scratch/store-of-mine/store" "$CAIRN_BIN" ci --to "$scratch/cold-ci"
expect 0 as_trusted "$CAIRN_BIN" restore v1 --no-store --to "$scratch/cold-restore" && cd ../shop
same_version v1 ../cold-restore && same_version v2 ../cold-ci
find ../cold | sort | cmp - "$scratch/cold-before" || fail 'something was written'
echo more >>data/deep/1.txt
expect 9 as_trusted "$CAIRN_BIN" add data
message 'Permission denied'
expect 9 as_trusted "$CAIRN_BIN" checkout --force
message 'Permission denied'
git checkout -q . && cairn checkout --force >/dev/null
