# ci, pull, restore and get write nothing but the paths that they are about and cairn's own folder in .git: HOME, the rest of the tree, what
# git ignores, hooks and the git config (merge.*, diff.*, filter.*) stay as they are. And ci as a user who owns none of it.
. "$(dirname "$0")/lib.sh"

new_repo shop && cd shop && mkdir -p data/set/val data/other && for i in 1 2 3; do head -c 40000 /dev/urandom >"data/set/$i" && echo "$i" >"data/set/val/$i"; done
echo more >data/other/x && head -c 300000 /dev/urandom >model.bin && echo code >code.txt && printf 'ignored/\n*.log\n' >.gitignore
cairn add -q data/set data/other model.bin && git add -A && git commit -qm v1 && cairn remote add prod "$scratch/far" >/dev/null && cairn push -q

# everything EXCEPT...: all that is in HOME and the clone but for the paths named: type, mode, content, where a link leads.
everything() {
  local except=(-path ./.git/cairn -prune -o -path ./.git/index -prune -o) path
  for path in "$@"; do except+=(-path "./$path" -prune -o); done
  { find . "${except[@]}" -printf '%p %y %m %l\n'; find "$HOME" -printf '%p %y %m %l\n'
    find . "${except[@]}" -type f -print0 | xargs -0 sha256sum; find "$HOME" -type f -print0 | xargs -0 sha256sum; } | LC_ALL=C sort
}
job() { # job NAME: a clone with files of its own, ignored ones and others, and a git config that is somebody's
  rm -rf "${scratch:?}/$1" && git clone -q "file://$scratch/shop" "$scratch/$1" && cd "$scratch/$1" && git checkout -q --detach
  git config cairn-remote.prod.url "$scratch/far" && git config merge.mine.driver 'true %A' && git config diff.mine.textconv cat
  mkdir -p ignored data/set && echo mine | tee ignored/x data/set/own.log my.log untracked >/dev/null && mkdir -p "$HOME/.cache" && echo h >"$HOME/.cache/x"
}
leaves() { # leaves PATHS COMMAND...: the command writes those paths (one word, split) and nothing else
  local paths=$1 here
  shift
  # shellcheck disable=SC2086
  everything $paths >"$scratch/before" && expect 0 "$@"
  # shellcheck disable=SC2086
  here=$(everything $paths | diff "$scratch/before" - || true)
  [ -z "$here" ] || fail "$* also wrote: $here"
}

job one
leaves 'data/set/val' cairn ci --include 'data/set/val/**' && [ -e data/set/val/3 ] && [ ! -e data/set/1 ] || fail 'nothing came'
leaves 'model.bin' cairn ci model.bin --no-store && [ -e model.bin ] || fail 'nothing came'
leaves 'data/set data/other model.bin' cairn ci && [ "$(cat data/set/own.log)" = mine ] || fail 'an own file was lost'
leaves '' cairn ci
leaves '' cairn restore --to "$scratch/elsewhere" && [ "$(cd "$scratch/elsewhere" && find . -type f | wc -l)" = 8 ] || fail 'restored something else'
job two
leaves 'data/other' cairn pull data/other && [ -e data/other/x ] || fail 'nothing came'
leaves 'data/set data/other model.bin' cairn pull && [ "$(cat data/set/own.log)" = mine ] || fail 'an own file was lost'
mkdir "$scratch/place" && cd "$scratch/place" && mkdir .git && echo mine >beside
leaves 'got' cairn get "$scratch/shop" data/set -o got --remote-url "$scratch/far" && same_tree "$scratch/shop/data/set" got
[ "$(ls -A)" = $'beside\n.git\ngot' ] || [ "$(ls -A | sort | tr '\n' ' ')" = '.git beside got ' ] || fail "left: $(ls -A)"

# A runner whose user owns neither clone nor HOME nor remote, but may write the tree; and one that may not.
[ "$(id -u)" = 0 ] && command -v setpriv >/dev/null || { echo ok; exit 0; }
other() { setpriv --reuid=54321 --regid=54321 --clear-groups env HOME=/nowhere XDG_CONFIG_HOME=/nowhere GIT_CONFIG_COUNT=1 GIT_CONFIG_KEY_0=safe.directory GIT_CONFIG_VALUE_0='*' "$@"; }
chmod 755 "$scratch" && install -m 755 "$CAIRN_BIN" "$scratch/cairn"
job three && chmod -R a+rwX . && expect 0 other "$scratch/cairn" ci && same_tree "$scratch/shop/data/other" data/other && cmp model.bin "$scratch/shop/model.bin"
job four && expect 9 other "$scratch/cairn" ci && [ ! -e model.bin ] || fail 'wrote a part'
[ -z "$(git status --porcelain | grep -v untracked)" ] || fail "left: $(git status --porcelain)"
echo ok
