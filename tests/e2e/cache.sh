# cache prune: shrinks the store, drops only what the remote confirms in the same run, and everything comes back.
. "$(dirname "$0")/lib.sh"

new_repo shop
cd shop
noise() { head -c "$1" /dev/urandom; } # what no codec shrinks
packs() { find .git/cairn/packs -type f -printf '%s\n' | awk '{sum += $1} END {print sum}'; }
field() { cairn --json cache "${@:2}" | python3 -c "import json,sys; print(json.load(sys.stdin)['$1'])"; }

mkdir -p data
noise 3000000 >data/old.bin
for i in $(seq 1 40); do seq "$i" $((i + 300)) >"data/$i.txt"; done
cairn add data >/dev/null
git commit -qm v1
git tag v1
cp data/old.bin "$scratch/old.bin"
noise 3000000 >data/new.bin
rm data/old.bin
cairn add data >/dev/null
git commit -qm v2
expect 2 cairn cache prune --max-size 1M
says 'no remote is set up'
cairn remote add prod "$scratch/remote" >/dev/null
expect 3 cairn cache prune --max-size 1M
says 'the remote is empty'
expect 0 cairn cache
says 'never pushed'

# Nothing is pushed: nothing goes.
cairn remote add other "$scratch/other" >/dev/null
noise 10 >tiny.bin && cairn add tiny.bin >/dev/null && git commit -qm tiny && cairn push -r other >/dev/null
before=$(find .git/cairn/packs -type f | sort)
cp -a "$scratch/other" "$scratch/remote"
rm -r "$scratch/remote/roots"
expect 3 cairn cache prune --max-size 1M
says 'not confirmed: data'
says 'no root'
[ "$before" = "$(find .git/cairn/packs -type f | sort)" ] || fail 'dropped what was never pushed'
rm -r "$scratch/remote"

# Words.
expect 2 cairn cache prune
says '--max-size'
expect 2 cairn cache prune --max-size 5X
expect 2 cairn cache everything

# Pushed, then new data that is only added, and some that is only committed.
cairn push --all -r prod >/dev/null
noise 1000000 >added.bin
noise 1000000 >committed.bin
noise 1000000 >forgotten.bin
cairn add committed.bin >/dev/null && git commit -qm committed
cairn add added.bin forgotten.bin >/dev/null
cairn rm --force forgotten.bin >/dev/null # no commit, no pointer, no data: only the store has it
noise 500000 >>added.bin                  # the tree goes on; the pointer's version is only in the store
expect 0 cairn cache
says 'of older versions'
[ "$(field droppable_bytes)" -gt 5000000 ] || fail 'droppable'

# A dry run changes nothing; the real one drops the older version before the one in use.
before=$(find .git/cairn/packs -type f | sort)
expect 0 cairn cache prune -n --max-size 7M
says 'would drop'
[ "$before" = "$(find .git/cairn/packs -type f | sort)" ] || fail 'a dry run dropped something'
expect 0 cairn cache prune --max-size 7M
says 'confirmed on prod just now'
[ "$(packs)" -le 7000000 ] || fail "the store takes $(packs)"
expect 0 cairn --offline cat --rev HEAD data/new.bin
expect 6 cairn --offline cat --rev v1 data/old.bin
expect 0 cairn ls --rev v1 data
expect 0 cairn diff v1 HEAD
expect 0 cairn fsck
expect 0 cairn cache prune --max-size 7M
says 'nothing to do'

# Down to what may not go: exit 3, and says why.
expect 3 cairn cache prune --max-size 100K
says 'not confirmed: committed.bin'
says 'not confirmed: added.bin'
says 'not confirmed: forgotten.bin'
for path in committed.bin added.bin; do cairn --offline cat "$path" >"$scratch/$path" || fail "$path was dropped"; done
cmp committed.bin "$scratch/committed.bin"
[ "$(packs)" -ge 3000000 ] || fail "only $(packs) are left"
expect 6 cairn --offline cat data/new.bin
expect 0 cairn status data
expect 0 cairn fsck

# Everything comes back, and an unchanged tree is still unchanged.
expect 0 cairn pull data
expect 0 cairn restore v1 --to "$scratch/v1"
cmp "$scratch/v1/data/old.bin" "$scratch/old.bin"
expect 0 cairn add data
says 'unchanged data'
cairn push >/dev/null

# A pack that went from the remote behind our back: no version that needs it loses anything here.
cairn push --all >/dev/null
cp -a "$scratch/remote" "$scratch/whole"
victim=$(find "$scratch/remote/packs" -type f -size +2000k | head -1)
rm "$victim"
expect 3 cairn cache prune --max-size 0
says 'is missing'
for rev in v1 HEAD; do
  for path in data/old.bin data/new.bin; do
    cairn --offline cat --rev $rev "$path" >/dev/null 2>&1 && echo "$rev $path" >>"$scratch/readable" || true
  done
done
[ -s "$scratch/readable" ] || fail 'what the remote lost was dropped here'

# Truncated, or another size: the same.
rm -r "$scratch/remote" && cp -a "$scratch/whole" "$scratch/remote"
cairn pull data >/dev/null && cairn fetch --rev v1 >/dev/null
for pack in "$scratch"/remote/packs/*/*; do chmod u+w "$pack" && truncate -s 100 "$pack"; done
before=$(find .git/cairn/packs -type f | sort)
expect 3 cairn cache prune --max-size 0
[ "$before" = "$(find .git/cairn/packs -type f | sort)" ] || fail 'dropped what the remote has no longer'
rm -r "$scratch/remote"
expect 3 cairn cache prune --max-size 0
[ "$before" = "$(find .git/cairn/packs -type f | sort)" ] || fail 'dropped without a remote'
rm -rf "$scratch/remote" && cp -a "$scratch/whole" "$scratch/remote"
expect 3 cairn cache prune --max-size 0
expect 6 cairn --offline cat --rev v1 data/old.bin
expect 6 cairn --offline cat data/new.bin
expect 0 cairn pull data
expect 0 cairn verify data
