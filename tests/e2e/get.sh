# get, import git and update: data of another repository, by its pointer alone.
. "$(dirname "$0")/lib.sh"

new_repo shop && cd shop && mkdir -p data/sub && echo a >data/a && echo b >data/sub/b && echo model >model.bin && head -c 300000 /dev/urandom >big
cairn add -q data model.bin big && git add -A && git commit -qm v1 && git tag v1
cairn remote add store "$scratch/store" >/dev/null && cairn push -q
echo a2 >data/a && cairn add -qu && git commit -qam v2 && cairn push -q && mkdir "$scratch/v2" && cp -r data model.bin "$scratch/v2"
head -c 5000000 /dev/urandom >code && git add code && git commit -qm code && cd ..
get() { cairn get ./shop "$@" --remote-url store; }

# Outside of any repository: a folder, a place inside, a file, a revision; nothing else is left.
mkdir place && cd place && get() { cairn get ../shop "$@" --remote-url ../store; }
expect 0 get data && same_tree data "$scratch/v2/data"
expect 0 get data --rev v1 -o old && [ "$(cat old/a)" = a ] && mkdir sub || fail 'wrong data'
expect 0 get model.bin && [ "$(cat model.bin)" = model ] && expect 0 get data/sub/b -o renamed && [ "$(cat renamed)" = b ] || fail 'wrong file'
expect 0 get model.bin -o sub && [ "$(cat sub/model.bin)" = model ] || fail 'not below the folder'
expect 0 get data --include 'data/sub/**' -o some && [ ! -e some/a ] && [ -e some/sub/b ] || fail 'include'
expect 0 get data --rev "main~2" -o before && [ "$(cat before/a)" = a ] || fail "an older commit"
[ -z "$(find . -name '.cairn*')" ] && [ ! -e code ] || fail "something is left: $(ls -A)"
# It keeps what is there, says what is wrong, and takes no option for a name.
expect 11 get model.bin --rev v1 -o renamed && [ "$(cat renamed)" = b ] && expect 0 get model.bin -f -o renamed
expect 11 get data --rev v1 -o data && [ "$(cat data/a)" = a2 ] || fail 'overwritten'
expect 2 get data --rev nope && says unknown-revision && expect 2 get nothing && says 'not tracked' && expect 3 get big --max-bytes 1000
expect 2 get data --rev=--upload-pack=touch && expect 2 cairn get -- '--upload-pack=touch x' data
expect 0 get data -n -o dry && [ ! -e dry ] || fail 'a dry run wrote'
[ -z "$(find . -name '.cairn*')" ] || fail 'something is left after a failure'
# Without a place for the data, and where git itself comes to nothing: the codes and the next step.
expect 2 cairn get ../shop data -o none && says 'commits no remote' && says '--remote-url'
expect 2 cairn get ../nothing data && says 'git ls-remote' && expect 5 cairn get http://127.0.0.1:9/x.git data && says 'git ls-remote'
expect 1 cairn clone ../nothing && says 'has to work first'
# A place that only the other repository names is not asked.
git -C ../shop config --file .cairn/config cairn-remote.far.url http://127.0.0.1:9/x && git -C ../shop config --file .cairn/config cairn.default-remote far
git -C ../shop commit -qam far
expect 13 cairn get ../shop data -o far && says 'CAIRN_TRUST=' && [ ! -e far ] || fail 'asked a stranger'

# Tracked here, with its source; then moved.
new_repo here && cd here
imported() { cairn "$@" --remote-url "$scratch/store"; }
expect 0 imported import git ../../shop data things/data --rev v1 -n && [ -z "$(git status --porcelain | grep things)" ] || fail 'a dry run wrote'
expect 0 imported import git "$scratch/shop" data things/data --rev v1 && [ "$(cat things/data/a)" = a ] && expect 0 cairn status
git commit -qm imported && grep -q '^\[source "things/data"\]' .cairn/sources && grep -q 'rev = "v1"' .cairn/sources || fail 'no source'
expect 11 imported import git "$scratch/shop" data things/data && says 'cairn update'
expect 0 imported update && says 'up to date things/data'
expect 0 imported update --rev main -n && says 'would move' && [ "$(cat things/data/a)" = a ]
echo mine >things/data/a && expect 11 imported update --rev main && [ "$(cat things/data/a)" = mine ] && cairn checkout -qf
# Of another repository come trees, pointers and settings, and none of its other files; from a server that gives no part, all of it.
mkdir "$scratch/weighing" && real=$(command -v git) && cat >"$scratch/weighing/git" <<SH
#!/bin/sh
"$real" "\$@"; code=\$?
case "\$*" in *' fetch '*) "$real" "\$1" count-objects -v >"$scratch/weight" ;; esac
exit \$code
SH
chmod +x "$scratch/weighing/git" && for i in $(seq 50); do head -c 1000 /dev/urandom >"../../shop/source$i"; done
git -C ../../shop add -A && git -C ../../shop commit -qm sources
weight() { sed -n "s/^$1: //p" "$scratch/weight"; }
PATH=$scratch/weighing:$PATH expect 0 cairn get "$scratch/shop" data -o whole --remote-url "$scratch/store"
[ "$(weight in-pack)" -gt 50 ] || fail 'nothing was weighed'
git -C ../../shop config uploadpack.allowFilter true
PATH=$scratch/weighing:$PATH expect 0 cairn get "$scratch/shop" data -o lean --remote-url "$scratch/store"
# The commit, its trees (top, data, .cairn), three pointers and the files below .cairn.
[ "$(weight in-pack)" -le 12 ] && [ "$(weight size-pack)" -lt 10 ] || fail "came: $(cat "$scratch/weight")"
same_tree whole lean
# A server that gives no object by its id, as those of the older protocol do unless they are told to: small files come along, large
# ones do not. One that takes no filter either gives everything; a commit that is no tip is found in the history.
git config --global protocol.version 0 && : >"$scratch/weight"
PATH=$scratch/weighing:$PATH expect 0 cairn get "file://$scratch/shop" data -o small --remote-url "$scratch/store"
[ "$(weight in-pack)" -gt 50 ] && [ "$(weight size-pack)" -lt 1000 ] || fail "came: $(cat "$scratch/weight")"
expect 0 cairn get "file://$scratch/shop" data -o older --rev "$(git -C ../../shop rev-parse v1)" --remote-url "$scratch/store" && [ "$(cat older/a)" = a ]
git -C ../../shop config uploadpack.allowAnySHA1InWant true && : >"$scratch/weight"
PATH=$scratch/weighing:$PATH expect 0 cairn get "file://$scratch/shop" data -o asked --remote-url "$scratch/store"
[ "$(weight in-pack)" -le 12 ] || fail "came: $(cat "$scratch/weight")"
git -C ../../shop config --unset uploadpack.allowAnySHA1InWant && git -C ../../shop config --unset uploadpack.allowFilter
PATH=$scratch/weighing:$PATH expect 0 cairn get "file://$scratch/shop" data -o all --remote-url "$scratch/store" && [ "$(weight size-pack)" -gt 4000 ]
for form in small asked all; do same_tree whole "$form"; done
git -C ../../shop config uploadpack.allowFilter true && git config --global --unset protocol.version && rm -r whole lean small older asked all
# The other repository is asked once.
mkdir "$scratch/counting" && real=$(command -v git) && printf '#!/bin/sh\necho "$*" >>"%s"\nexec "%s" "$@"\n' "$scratch/calls" "$real" >"$scratch/counting/git"
chmod +x "$scratch/counting/git" && PATH=$scratch/counting:$PATH imported update things/data --rev main -n >/dev/null && grep -c ' fetch ' "$scratch/calls" >"$scratch/dry"
: >"$scratch/calls" && PATH=$scratch/counting:$PATH expect 0 imported update things/data --rev main && [ "$(grep -c ' fetch ' "$scratch/calls")" = "$(cat "$scratch/dry")" ] || fail 'fetched again'
says 'moved things/data' && same_tree things/data "$scratch/v2/data" && expect 0 cairn status
git commit -qam moved && grep -q "commit = \"$(git -C ../../shop rev-parse main)\"" .cairn/sources || fail 'not recorded'
expect 2 cairn update nope && expect 0 imported import git "$scratch/shop" model.bin && [ "$(cat model.bin)" = model ]
sort -c <(grep '^\[source' .cairn/sources) || fail 'not sorted'
# A place that was typed from a folder is recorded as that place, plain; it is found from anywhere, and is trusted.
mkdir -p deep/er && (cd deep/er && expect 0 imported import git ../../../../shop/ model.bin)
[ "$(git config -f .cairn/sources source.deep/er/model.bin.url)" = "$(realpath ../../shop)" ] || fail "recorded: $(cat .cairn/sources)"
(cd deep && expect 0 imported update er/model.bin && says 'up to date deep/er/model.bin') && expect 0 imported update deep/er/model.bin
echo ok
