# cmake --install: binary, the link that makes `git cairn` work, man pages that `git cairn --help` finds, completions.
. "$(dirname "$0")/lib.sh"

build=$(dirname "$(dirname "${CAIRN_BUILT_BIN:?set by ctest}")")
[ "$CAIRN_BIN" = "$CAIRN_BUILT_BIN" ] && command -v cmake >/dev/null || exit 77 # another binary is under test, or no build is here
cmake --install "$build" --prefix "$scratch/usr" >"$scratch/out" 2>&1 || { cat "$scratch/out"; fail 'cmake --install'; }
export PATH=$scratch/usr/bin:$PATH
[ "$(cairn version)" = "$("$scratch/usr/bin/cairn" version)" ] || fail 'another program was installed'
[ -L "$scratch/usr/bin/git-cairn" ] && [ "$(readlink "$scratch/usr/bin/git-cairn")" = cairn ] || fail 'git-cairn is no link to cairn'
git init -q repo
(cd repo && git cairn init >/dev/null && [ -e .cairn/config ]) || fail '`git cairn init` does not work'
man=$scratch/usr/share/man
for page in man1/cairn.1 man1/cairn-add.1 man5/cairn-store.5 man7/cairn-s3.7; do
  [ -s "$man/$page" ] || fail "no $page"
done
[ -x "$scratch/usr/share/cairn/merge-target.sh" ] || fail 'the script that merges the target branch is missing'
[ "$(cat "$man/man1/git-cairn.1")" = '.so man1/cairn.1' ] || fail '`git cairn --help` would find no page'
[ "$(find "$man" -type f | wc -l)" = "$(($(find "$here/../../man" -type f | wc -l) + 1))" ] || fail 'a man page is missing'
for file in bash-completion/completions/cairn zsh/site-functions/_cairn fish/vendor_completions.d/cairn.fish; do
  grep -q checkout "$scratch/usr/share/$file" || fail "no completion $file"
done
bash -n "$scratch/usr/share/bash-completion/completions/cairn"
[ "$(find "$scratch/usr" -type f -perm /022 | wc -l)" = 0 ] || fail 'others may write what was installed'
