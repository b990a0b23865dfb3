# push --repair: what tells where the data is, damaged or deleted on the remote behind our back, is written again; fsck -r tells
# what is left of it as a note, and another clone gets every byte.
. "$(dirname "$0")/lib.sh"

new_repo shop
cd shop
small_files 6000 data  # so many that this machine keeps the pages of their table
head -c 3000000 /dev/urandom >data/model.bin
expect 0 cairn add data
git commit -qm v1
expect 0 cairn remote add prod "$scratch/remote"
expect 0 cairn push
cp -a "$scratch/remote" "$scratch/whole"

root=$(cd "$scratch/remote" && find roots -type f)
# The pack that holds the table of that root, and where (cairn-remote(7), ROOT).
table_pack=$(od -An -v -tx1 -j152 -N32 "$scratch/remote/$root" | tr -d ' \n')
table_at=$(od -An -v -tu4 -j184 -N4 "$scratch/remote/$root" | tr -d ' ')
table_pack=packs/${table_pack:0:2}/$table_pack
data_pack=$(cd "$scratch/remote" && find packs -type f -size +2000k)
index=$(cd "$scratch/remote" && find index -type f)

damage() { # FILE OFFSET
  chmod u+w "$1"
  printf 'XXXX' | dd of="$1" bs=1 seek="$2" conv=notrunc status=none
}
again() { rm -rf "$scratch/remote" && cp -a "$scratch/whole" "$scratch/remote"; }
restored() { # in a clone that has nothing
  rm -rf "$scratch/clone"
  git clone -q "$scratch/shop" "$scratch/clone"
  (
    cd "$scratch/clone"
    expect 0 cairn remote add prod "$scratch/remote"
    expect 0 cairn pull
    same_tree data "$scratch/shop/data"
  )
}

# --- the table of a root: this machine keeps the page, and misses nothing ---
damage "$scratch/remote/$table_pack" $((table_at + 30))
expect 7 cairn fsck -n -r prod
says 'next: cairn push -r prod --repair --all, in a clone that has the data'
before=$(cd "$scratch/remote" && find . -type f -exec sha256sum {} + | sort)
expect 0 cairn push -n --repair
says 'would push 1 version: 0 B of new data'
[ "$before" = "$(cd "$scratch/remote" && find . -type f -exec sha256sum {} + | sort)" ] || fail 'a dry run wrote'
rm "$scratch/remote/$index"  # which has served others in its place
expect 0 cairn push
says 'already complete on prod: 1 version'
git clone -q . "$scratch/reader"
(cd "$scratch/reader" && expect 0 cairn remote add prod "$scratch/remote" && expect 6 cairn pull && says '`cairn push --repair` looks closer')
expect 0 cairn push --repair
says 'named again in the index: 3 packs'
says 'pushed: 1 version is complete on prod'
expect 7 cairn fsck -r prod  # the page with the wrong bytes is still there, and unmarked until now
says 'marked as damaged: 1 record'
expect 0 cairn fsck -r prod
says 'note: 1 record marked as damaged before'
restored

# --- a pack deleted ---
again
rm "$scratch/remote/$data_pack"
expect 7 cairn fsck -r prod
says 'which is not there'
says 'next: cairn push -r prod --repair --all'
expect 0 cairn --json push --repair --all
says '"repair": true'
says '"packs_named_again": 0'
expect 0 cairn fsck -r prod
says "note: superseded, nothing to do: \`$index\`: names pack"
restored

# --- a footer: marked, sent again, told ---
again
damage "$scratch/remote/$data_pack" $(($(stat -c %s "$scratch/remote/$data_pack") - 40))
expect 7 cairn fsck -r prod
says "fault: \`$data_pack\`: a footer with another checksum"
says 'marked as damaged: 1 pack; no push relies on them any more'
expect 7 cairn fsck -r prod
says 'roots/'
expect 0 cairn push --repair --all
says 'complete on prod'
expect 0 cairn fsck -r prod
says "note: superseded, nothing to do: \`$data_pack\`: a footer with another checksum"
restored
rm "$scratch/remote/$data_pack"  # nothing needs it
restored

# --- an index object, damaged or gone: its packs are named by a new one ---
again
damage "$scratch/remote/$index" 500
expect 7 cairn fsck -r prod
says "fault: \`$index\`"
says 'fault: `index/`: 3 packs that versions need, named by no index object that can be read'
expect 0 cairn push -n --repair
says 'would name again in the index: 3 packs'
! grep -q 'at most' "$scratch/out" || fail 'says more than there is to say'
expect 0 cairn push --repair
says 'named again in the index: 3 packs'
expect 0 cairn fsck -r prod
# Where the packs come in the order of before, the new one has the same name, and stands in its place.
cmp -s "$scratch/remote/$index" "$scratch/whole/$index" || says "note: superseded, nothing to do: \`$index\`"
restored
# Looked into more than once, and told once.
again
damage "$scratch/remote/$index" 500 && rm "$scratch/remote/$root"
expect 0 cairn push -n --repair
[ "$(grep -c "$index" "$scratch/out")" = 1 ] || fail "told more than once: $(cat "$scratch/out")"
says 'would push 1 version: 3.7 MB of new data' && says 'at most: '
again
rm "$scratch/remote/$index"
expect 7 cairn fsck -r prod
expect 0 cairn push --repair
expect 0 cairn fsck -r prod
says ': no fault'
restored
