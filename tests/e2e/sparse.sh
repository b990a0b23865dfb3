# Sparse checkouts, as `git clone --filter=blob:none --sparse` makes them: what the cone leaves out stays as it is in git,
# cairn's own settings count all the same, and jobs take the data of the pointers that are here.
. "$(dirname "$0")/lib.sh"

new_repo shop
cd shop
mkdir -p data/set other/deep
echo one >data/set/1 && echo two >top.bin && echo deep >other/deep/file
echo '*.psd binary' >>.gitattributes && echo '*.tmp' >other/.gitignore && git add .gitattributes other/.gitignore
cairn add data/set top.bin other/deep/file >/dev/null && git commit -qm v1
cairn remote add prod "$scratch/far" >/dev/null && cairn push >/dev/null
git config uploadpack.allowFilter true
project=$(cairn config cairn.project)
clone() { cd "$scratch" && git clone -q --filter=blob:none --sparse "file://$scratch/shop" "$1" && cd "$1"; }
remote() { cairn remote add prod "$scratch/far" >/dev/null; }

# The cone has the files of the top alone, and no .cairn/config in the tree: it is the project all the same.
clone cone
[ ! -e .cairn ] || fail 'the settings are in the cone: this tests nothing'
expect 0 cairn init && says 'already set up'
[ -z "$(git status --porcelain)" ] && [ "$(cairn config cairn.project)" = "$project" ] || fail "init changed: $(git status --short)"
remote && expect 0 cairn pull && [ "$(cat top.bin)" = two ] && [ ! -e data ] || fail 'pull in a cone'
expect 0 cairn status --exit-code
echo three >top.bin && expect 0 cairn add top.bin && git commit -qm v2 && expect 0 cairn push && expect 0 cairn check --pushed
# A remote for all is written into the settings that git has, not into new ones.
expect 0 cairn remote add cloud s3://acme-data/shop
[ "$(git show :.cairn/config | grep -c -e "project = $project" -e 's3://acme-data/shop')" = 2 ] || fail 'the settings were replaced'
git commit -qm cloud && expect 0 cairn remote rm cloud && git commit -qm 'no cloud'
! git show HEAD:.cairn/config | grep -q acme || fail 'the remote was not removed'
# What is outside is not staged in secret; the line that helps does.
mkdir -p other/new && echo x >other/new/x
expect 2 cairn add other/new && says 'outside of this sparse checkout' && says "git sparse-checkout add 'other'"
git sparse-checkout add other && expect 0 cairn add other/new && git commit -qm outside
[ "$(git show HEAD:other/.gitignore | head -1)" = '*.tmp' ] && git show HEAD:other/.gitignore | grep -qx /new || fail 'the rules of others are lost'

# Patterns that leave out the attributes too: they are not written anew.
clone patterns
git sparse-checkout set --no-cone /data/ 2>/dev/null && [ ! -e .gitattributes ] || fail set-up
expect 0 cairn init && remote && expect 0 cairn pull && [ "$(cat data/set/1)" = one ] && [ ! -e top.bin ] || fail 'pull by patterns'
[ -z "$(git status --porcelain)" ] && [ ! -e .gitattributes ] || fail "init by patterns changed: $(git status --short)"
expect 0 git merge -q --no-ff -m nothing HEAD
echo more >data/set/2 && expect 0 cairn add data/set && git commit -qm more
[ "$(git show --format= --name-only HEAD)" = data/set.cairn ] || fail "more than the pointer changed: $(git show --stat HEAD)"

# A job: the pointers that are here, or those that are named.
clone job
remote && expect 0 cairn ci && says 'restored 1 file' && [ "$(cat top.bin)" = two ] && [ ! -e data ] && [ ! -e other/deep ] || fail 'ci in a cone'
expect 0 cairn ci --no-store
expect 6 cairn --offline restore HEAD other/deep --to "$scratch/none"
expect 11 cairn ci data/set && says 'git sparse-checkout'
expect 0 cairn ci --to "$scratch/whole" && [ "$(cat "$scratch/whole/other/deep/file")" = deep ] || fail 'ci --to'
git sparse-checkout set data && expect 0 cairn ci && [ "$(cat data/set/1)" = one ] && [ ! -e other/deep ] || fail 'ci in another cone'
