# Hostile clones: a repository that somebody else made runs no code, chooses no place, reads and writes nothing outside of its tree, and
# does not block. Pages come from tests/tools/hostile_store.py, whose checksums are right and whose content is not.
. "$(dirname "$0")/lib.sh"
unset ${!AWS_@}
export AWS_EC2_METADATA_DISABLED=true # the machine that runs this has none to give

tool=$here/../tools/hostile_store.py
watch=$scratch/watch # everything outside of the clone that a hostile entry may aim at
mkdir "$watch"

# --- lists of files ---
new_repo good
(cd good && mkdir d && echo x >d/f && cairn add d >/dev/null && git commit -qm good)
cp -a good control
rm -r control/.git/cairn/packs control/.git/cairn/index control/d
python3 "$tool" control/.git/cairn control/d.cairn control
(cd control && git add d.cairn && expect 0 cairn checkout && grep -q attacker d/link) || fail 'the tool writes no good store either'
for case in $(python3 "$tool" --cases); do
  rm -rf victim evil && cp -a good victim
  rm -r victim/.git/cairn/packs victim/.git/cairn/index victim/d
  python3 "$tool" victim/.git/cairn victim/d.cairn "$case"
  (cd victim && git add d.cairn)
  find victim -not -path 'victim/.git/cairn*' | sort >before
  for command in 'checkout' 'ls' 'verify' 'restore --to out' 'diff'; do
    case $command in restore*) (cd victim && git commit -qm "$case" || true) ;; esac
    got=0
    (cd victim && timeout 20 "$CAIRN_BIN" $command >../out 2>&1) || got=$?
    case $got in
      7 | 9 | 11 | 12) ;;
      0) # without data in the tree there is nothing to verify; a list may be printed whatever the pointer claims of its length
        case $command,$case in verify,* | diff,* | ls,huge-files) ;; *) cat out; fail "$case: cairn $command took it" ;; esac ;;
      *) cat out; fail "$case: exit $got of cairn $command" ;;
    esac
  done
  find victim -not -path 'victim/.git/cairn*' -not -path 'victim/.git/objects*' -not -path 'victim/.git/logs*' -not -path 'victim/out' |
    grep -v -e COMMIT_EDITMSG | sort >after
  grep -v -e '/.git/objects' -e '/.git/logs' -e COMMIT_EDITMSG before | diff - after || fail "$case: files were made"
  [ ! -e evil ] && [ ! -e /tmp/cairn-evil ] || fail "$case: wrote outside"
done

# --- pointers that are no files ---
new_repo odd
cd odd
echo x >f && cairn add f >/dev/null && git commit -qm f
rm f.cairn && mkfifo f.cairn
expect 11 timeout 20 "$CAIRN_BIN" checkout
rm f.cairn && ln -s /dev/zero f.cairn
expect 11 timeout 20 "$CAIRN_BIN" checkout
rm f.cairn && mkdir f.cairn
expect 11 timeout 20 "$CAIRN_BIN" checkout
rm -r f.cairn && git checkout -q f.cairn
mv .cairn/config "$watch/config" && ln -s "$watch/config" .cairn/config
timeout 20 "$CAIRN_BIN" status >"$scratch/out" 2>&1 && fail 'settings were read through a link'
rm .cairn/config && mkfifo .cairn/config
timeout 20 "$CAIRN_BIN" status >"$scratch/out" 2>&1 && fail 'settings were read from a pipe'
rm .cairn/config && mv "$watch/config" .cairn/config
cd ..

# --- an existing file is replaced, never written into: a hard link or link elsewhere keeps its bytes ---
new_repo links
cd links
echo version 1 >f && cairn add f >/dev/null && git commit -qm 1
echo version 2 >f && cairn add f >/dev/null && git commit -qm 2
ln f "$watch/other-name"
git checkout -q HEAD^ -- f.cairn && expect 0 cairn checkout
[ "$(cat f)" = 'version 1' ] && [ "$(cat "$watch/other-name")" = 'version 2' ] || fail 'wrote into a shared inode'
echo precious >"$watch/precious"
rm f && ln -s "$watch/precious" f
expect 11 cairn checkout
expect 0 cairn checkout --force
[ "$(cat f)" = 'version 1' ] && [ ! -L f ] && [ "$(cat "$watch/precious")" = precious ] || fail 'wrote through a link'
cd ..

# --- settings: a committed file names no command, no directory and no place without trust ---
new_repo settings
cd settings
echo x >f && cairn add f >/dev/null && git commit -qm f
cp .cairn/config "$scratch/clean"
cat >>.cairn/config <<TEXT
[cairn]
	store = $watch/store
	shared = group
	link = symlink
[core]
	hooksPath = $watch
	sshCommand = touch $watch/ran
	fsmonitor = touch $watch/ran
[include]
	path = $watch/included
[cairn-remote "r"]
	url = $watch/remote
	profile = admin
	ca-file = $watch/ca
	allow-http = true
[credential]
	helper = !touch $watch/ran
TEXT
echo '[cairn "x"' >"$watch/included"
expect 0 cairn status
cairn doctor >"$scratch/out" 2>&1 || true
says 'cairn.store'
cairn push >"$scratch/out" 2>&1 && fail 'pushed to a committed directory'
[ ! -e "$watch/store" ] && [ ! -e "$watch/remote" ] && [ ! -e "$watch/ran" ] || fail 'a committed setting was followed'
export CAIRN_TRUST=169.254.169.254,127.0.0.1,localhost,example.org
# refused URL CODE WORDS WARNING: also where its host is trusted; WARNING, if any, is what doctor says of it.
refused() {
  cp "$scratch/clean" .cairn/config
  git config -f .cairn/config cairn-remote.r.url "$1"
  git config -f .cairn/config cairn-remote.r.endpoint http://169.254.169.254
  expect 2 timeout 60 "$CAIRN_BIN" --offline push
  for command in push fetch; do
    expect "$2" timeout 60 "$CAIRN_BIN" $command
    says "$3"
    grep -q secret "$scratch/out" && fail 'a password was printed'
  done
  [ -n "$4" ] || return 0
  cairn doctor >"$scratch/out" 2>&1 || true
  says "the URL of remote \`r\` is ignored: $4"
  grep -q secret "$scratch/out" && fail 'a password was printed'
  [ ! -e "$watch/remote" ] && [ ! -e "$watch/ran" ] || fail 'a committed URL was followed'
}
refused http://169.254.169.254/latest 13 'is an address that may not be asked' ''
says 'look at the endpoint' && ! grep -q 'cairn trust' "$scratch/out" || fail 'trust is proposed, which changes nothing about an address'
AWS_ACCESS_KEY_ID=A AWS_SECRET_ACCESS_KEY=b refused s3://bucket/x 13 'is an address that may not be asked' ''
refused "file://$watch/remote" 2 'no remote is set up' 'a directory can only be named'
refused "$watch/remote" 2 'no remote is set up' 'a directory can only be named'
refused "ext::touch $watch/ran" 2 'no remote is set up' 'a directory can only be named'
refused -oProxyCommand=touch 2 'no remote is set up' 'a directory can only be named'
refused https://user:secret@example.org/x 2 'no remote is set up' 'it holds a user name or password'
unset CAIRN_TRUST
# Names that a shell, a path or a header could take for something else name no remote at all; others wait for trust.
named() { cp "$scratch/clean" .cairn/config && git config -f .cairn/config "cairn-remote.$1.url" https://example.org/x; }
for name in '-x' '../up' 'a b' '.' 'a/b' 'a;b' "$(printf 'x%.0s' $(seq 65))"; do
  named "$name"
  expect 2 timeout 60 "$CAIRN_BIN" fetch
  says 'no remote is set up'
  expect 2 timeout 60 "$CAIRN_BIN" fetch -r "$name"
  cairn doctor >"$scratch/out" 2>&1 || true
  says "\`cairn-remote.$name.url\` may not be set there and is ignored"
done
# What is ignored is told by every command, once.
named '-x'
for command in status ls 'ci' 'ci key' 'restore --to ../told' 'export HEAD --to plain -o ../told' 'hooks status' 'hooks install' doctor 'init --no-hooks'; do
  cairn $command >"$scratch/out" 2>&1 || true
  [ "$(grep -c 'may not be set there and is ignored' "$scratch/out")" = 1 ] || { cat "$scratch/out"; fail "not told once by cairn $command"; }
done
git -c core.hooksPath=/dev/null commit -qam 'ignored settings' && cairn clone . ../told-clone >"$scratch/out" 2>&1 || true
[ "$(grep -c 'may not be set there and is ignored' "$scratch/out")" = 1 ] || { cat "$scratch/out"; fail 'not told once by cairn clone'; }
git reset -q HEAD^
named a-1.b_c && expect 13 timeout 60 "$CAIRN_BIN" fetch && says 'cairn trust a-1.b_c'
cp "$scratch/clean" .cairn/config
cd ..

# --- words of a repository that git could take for options; programs in the current directory ---
new_repo words
cd words
echo x >f && cairn add f >/dev/null && git commit -qm f
for rev in --output=$watch/ran '--upload-pack=touch ran' -x; do
  for command in "log f --" "restore --to $scratch/o" 'ls' 'diff' 'check --pushed'; do
    timeout 20 "$CAIRN_BIN" $command "$rev" >"$scratch/out" 2>&1 && fail "cairn $command took $rev"
  done
done
[ ! -e "$watch/ran" ] && [ ! -e ran ] || fail 'an option reached git'
printf '#!/bin/sh\ntouch "%s/ran"\n' "$watch" >git && chmod +x git
PATH=".:$PATH" cairn status >/dev/null 2>&1 || true
PATH=":$PATH" cairn status >/dev/null 2>&1 || true
[ ! -e "$watch/ran" ] || fail 'a git of the current directory was run'
rm git

# --- what a terminal would obey is escaped ---
mkdir d && printf 'x' >$'d/\e]0;owned\a\e[2Jname\r'
cairn add d >/dev/null && git commit -qm $'\e[2Jsubject'
for command in 'ls' 'log d' 'diff HEAD^ HEAD' 'status' 'du'; do
  cairn $command >"$scratch/out" 2>&1 || true
  LC_ALL=C grep -q $'[\e\a\r]' "$scratch/out" && fail "cairn $command prints control characters"
done
echo done
