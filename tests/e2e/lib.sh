# Sourced by the end-to-end scripts: an own HOME, a scratch directory that goes away, and three helpers.
set -euo pipefail
: "${CAIRN_BIN:?the binary under test}"
here=$(cd "$(dirname "$0")" && pwd)
. "$here/lib_secrets.sh"
scratch=$(mktemp -d "${TMPDIR:-/tmp}/cairn-e2e.XXXXXX")
# leave CODE: the scratch directory goes away, and what went well fails if a secret is in it. Large files are data.
leave() {
  chmod -R u+w "$scratch"
  if [ "$1" = 0 ] && find "$scratch" -path "$scratch/swift" -prune -o -type f -size -64M -exec "$BASH" -c '. "$0/lib_secrets.sh"; has_secrets "$@"' "$here" {} + | grep .; then
    echo 'FAILED: a secret is written there' >&2
    rm -rf "$scratch"
    exit 1
  fi
  rm -rf "$scratch"
}
trap 'leave $?' EXIT
export HOME=$scratch/home XDG_CONFIG_HOME=$scratch/home GIT_CONFIG_NOSYSTEM=1 LC_ALL=C.UTF-8
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
mkdir -p "$HOME"
git config --global user.name Tester
git config --global user.email tester@example.org
git config --global init.defaultBranch main
cd "$scratch"

cairn() { "$CAIRN_BIN" "$@"; }
fail() { echo "FAILED: $*" >&2; exit 1; }

# expect CODE COMMAND...: the command's exit code, with its output in $scratch/out.
expect() {
  local want=$1 got=0
  shift
  "$@" >"$scratch/out" 2>&1 || got=$?
  [ "$got" = "$want" ] || { cat "$scratch/out" >&2; fail "exit $got instead of $want: $*"; }
}
says() { grep -qF -- "$1" "$scratch/out" || { cat "$scratch/out" >&2; fail "does not say: $1"; }; }

# Without git hooks: each of these scripts is about something else, and hooks.sh about them.
new_repo() { git init -q "$1"; (cd "$1" && cairn init --no-hooks >/dev/null); }
same_tree() { diff -r --no-dereference "$1" "$2" || fail "$1 and $2 differ"; }

# small_files COUNT FOLDER: JSON files of a few dozen bytes, a thousand to a folder: FOLDER/0001/0001500.json.
small_files() {
  python3 - "$@" <<'PY'
import os, sys
count, top = int(sys.argv[1]), sys.argv[2]
for i in range(count):
    if i % 1000 == 0:
        folder = os.path.join(top, f"{i // 1000:04}")
        os.makedirs(folder)
    with open(os.path.join(folder, f"{i:07}.json"), "w") as stream:
        stream.write(f'{{"id": {i}, "square": {i * i}, "label": "item {i % 97}"}}\n')
PY
}

# start_server PATTERN COMMAND...: runs it until the script ends. PATTERN is of sed, and finds $port in a line of its output;
# what it says on standard error stands in $scratch/asked.
start_server() {
  local pattern=$1
  shift
  "$@" >"$scratch/server" 2>"$scratch/asked" &
  server=$!
  trap 'got=$?; kill $server 2>/dev/null; leave $got' EXIT
  for _ in $(seq 100); do
    port=$(sed -n "s/.*$pattern.*/\\1/p" "$scratch/server")
    [ -z "$port" ] || return 0
    sleep 0.05
  done
  fail "the server did not start: $(cat "$scratch/server" "$scratch/asked")"
}
