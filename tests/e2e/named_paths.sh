# Paths as arguments: inside of tracked folders, from subfolders, with odd names, and such that nobody tracks. What is named is what
# a command is about, and a name that stands for nothing is an error.
. "$(dirname "$0")/lib.sh"

new_repo 'a shop'
cd 'a shop'
odd=$'two\nlines'
mkdir -p 'my data/sub é' other
echo 1 >'my data/sub é/f 1' && echo 2 >'my data/two' && echo 3 >"my data/$odd" && echo x >other/x && echo lone >-dash
expect 0 cairn add 'my data/' other.cairn ./-dash
git commit -qm v1 && git tag v1
echo 11 >'my data/sub é/f 1' && echo 22 >'my data/two'

# --- status and verify tell of the part that was asked for ---
expect 3 cairn status --exit-code 'my data/two'
says '(0 added, 1 modified, 0 removed)'
if grep -q 'f 1' "$scratch/out"; then fail 'status of one file tells of another'; fi
expect 0 cairn status --exit-code "my data/$odd"
expect 3 cairn verify 'my data/two'
says 'read 1 file'
if grep -q 'f 1' "$scratch/out"; then fail 'verify of one file tells of another'; fi
expect 0 cairn verify "my data/$odd"

# --- the line to type next can be typed ---
next() { sed -n 's/^ *next: //p' "$scratch/out" | head -1; }
typed() { PATH="$scratch/bin:$PATH" bash -c "$1" >"$scratch/out" 2>&1 || { cat "$scratch/out" >&2; fail "typed: $1"; }; }
mkdir "$scratch/bin" && ln -s "$CAIRN_BIN" "$scratch/bin/cairn"
expect 0 cairn status 'my data'
typed "$(next)"
expect 0 cairn status --exit-code
git commit -qm v2 && git tag v2
rm -r 'my data' && expect 0 cairn status && typed "$(next)" && [ "$(cat 'my data/two')" = 22 ] || fail 'next: of data that is gone'

cd other && rm -r '../my data' && expect 0 cairn status && [ "$(next)" = "cairn checkout '../my data'" ] || fail 'next: in a folder'
typed "$(next)" && [ -e '../my data/two' ] || fail 'the line typed in a folder'
cd ..

# --- diff, ls, checkout and restore of a part ---
expect 0 cairn diff v1 v2 'my data/two'
says '~1, 2 B -> 3 B'
if grep -q 'f 1' "$scratch/out"; then fail 'diff of one file tells of another'; fi
expect 0 cairn diff v1 v2 -- "my data/$odd"
[ ! -s "$scratch/out" ] || fail 'diff of an unchanged file'
cd 'my data/sub é'
expect 0 cairn ls .
[ "$(cat "$scratch/out")" = "f            3 $(sha256sum <'f 1' | cut -c1-12) my data/sub é/f 1" ] || fail 'ls from a subfolder'
expect 0 cairn diff v1 v2 .
says '~1,'
expect 0 cairn checkout v1 -- 'f 1'
[ "$(cat 'f 1')" = 1 ] && [ "$(cat ../two)" = 22 ] || fail 'checkout of one file from a subfolder'
expect 0 cairn status --exit-code
expect 0 cairn diff HEAD
says '~ my data/sub é/f 1'
git commit -qm 'one file back' && expect 0 cairn diff v2 HEAD && says '+0 -0 ~1' && expect 0 cairn fsck
cd ../..
mkdir -p deep/a/b && echo 1 >deep/a/b/c && echo 1 >deep/x && cairn add deep >/dev/null && git commit -qm a && git tag a
rm -r deep/a && echo file >deep/a && echo 2 >deep/x && rm deep/x && echo new >deep/new && cairn add deep >/dev/null && git commit -qm b
expect 0 cairn checkout -n a -- deep/a/b && [ -f deep/a ] && git diff --cached --quiet || fail 'a dry run'
expect 0 cairn checkout a -- deep/a/b # a file stands where it needs a folder
[ "$(cat deep/a/b/c)" = 1 ] && [ ! -e deep/x ] && [ -e deep/new ] || fail 'a folder back in place of a file'
expect 0 cairn checkout HEAD -- deep/a && [ "$(cat deep/a)" = file ] && git diff --cached --quiet || fail 'and forth again'
expect 0 cairn checkout a -- deep/x && [ -e deep/x ] && [ -e deep/new ] || fail 'a file that was removed'
echo mine >deep/x && expect 11 cairn checkout HEAD~1 -- deep/a && [ "$(cat deep/x)" = mine ] || fail 'a change was lost'
expect 2 cairn checkout a -- deep/new
expect 0 cairn checkout --force HEAD -- deep && [ "$(cat deep/x)" = mine ] && rm deep/x || fail "a file that HEAD does not have"
git reset -q --hard && expect 0 cairn checkout --force

# --- x bits alone, and a place in what was an empty folder or a file ---
mkdir -p bits/void && echo 1 >bits/a && echo 2 >bits/b && cairn add bits >/dev/null && git commit -qm bits
chmod +x bits/a && expect 3 cairn status --exit-code bits && says 'modified bits/a'
expect 3 cairn status --exit-code bits && says 'modified bits/a' # also of what was hashed before
expect 0 cairn add bits && says '1 changed' && rm -r bits && expect 0 cairn checkout bits && [ -x bits/a ] && [ ! -x bits/b ] || fail 'x bits'
chmod +x bits/b && echo in >bits/void/in && expect 0 cairn add bits/void/in && expect 3 cairn status --exit-code bits && says 'modified bits/b'
rm bits/a && mkdir bits/a && echo below >bits/a/below && expect 0 cairn add bits/a/below bits/b && expect 0 cairn status --exit-code bits
rm -r bits && expect 0 cairn checkout bits && [ -x bits/b ] && [ "$(cat bits/void/in bits/a/below | tr '\n' ,)" = in,below, ] || fail 'places'
git commit -qm 'places in bits'

# --- names that stand for nothing ---
expect 0 cairn remote add prod "$scratch/remote" && expect 0 cairn push
for words in 'status nowhere' 'diff nowhere' 'diff v1 v2 nowhere' 'diff v1 v2 -- nowhere' 'ls nowhere' 'ls other/nowhere' \
  'checkout nowhere' 'checkout other/nowhere' 'checkout v1 -- other/nowhere' 'diff v1 v2 other/nowhere' 'restore v1 other/nowhere --to out' \
  'verify other/nowhere' 'fetch other/nowhere' 'pull other/nowhere' 'cat other/nowhere' 'add other/nowhere' 'add nowhere' 'log nowhere' \
  'log other/nowhere' 'rm nowhere' 'mv nowhere x' 'ls --rev nowhere' 'restore nowhere --to out' 'restore v1 --to out --strip nowhere'; do
  # shellcheck disable=SC2086
  expect 2 cairn $words
  says 'hint: '
done
[ ! -e out ] || fail 'a folder for nothing'
expect 0 cairn status --exit-code

# --- many paths at once: git is asked about all of them together ---
mkdir many "$scratch/counted"
for i in $(seq 1 100); do echo "$i" >"many/$i.bin"; done
printf '#!/bin/sh\necho call >>"%s"\nexec "%s" "$@"\n' "$scratch/calls" "$(command -v git)" >"$scratch/counted/git"
chmod +x "$scratch/counted/git"
PATH=$scratch/counted:$PATH expect 0 cairn add many/*.bin
[ "$(wc -l <"$scratch/calls")" -lt 20 ] || fail "$(wc -l <"$scratch/calls") calls of git for 100 paths"
[ "$(git check-ignore many/*.bin | wc -l)" = 100 ] || fail 'not all are ignored'
# The same of the hook that looks at their commit, and into what is new in them.
git commit -qm many && for i in $(seq 100); do echo changed $i >many/$i.bin; done
cairn add many/*.bin >/dev/null
: >"$scratch/calls"
PATH=$scratch/counted:$PATH expect 0 cairn hook pre-commit
[ "$(wc -l <"$scratch/calls")" -lt 20 ] || fail "$(wc -l <"$scratch/calls") calls of git for a commit of 100 pointers"

# --- a directory as a remote: kept as one path from wherever it was typed, and with no settings of buckets ---
cd deep
expect 0 cairn remote add near ../../far/./remote/
expect 0 cairn remote list
says "near  $scratch/far/remote"
mkdir "$scratch/mounted" "$scratch/mounted/disk" && ln -s "$scratch/mounted/disk" link
expect 0 cairn remote add linked link/../beside
expect 0 cairn --json remote list
says "\"url\": \"$scratch/mounted/beside\""
expect 0 cairn remote set linked ../x/../y
expect 0 cairn remote list
says "linked  $scratch/a shop/y"
cd ..
for setting in '--region x' '--endpoint https://s3.example.org' '--profile p' '--anonymous' '--ca-file f' '--allow-http'; do
  # shellcheck disable=SC2086
  expect 2 cairn remote add $setting third "$scratch/third"
  says "\`${setting%% *}\` means nothing for a directory"
done
expect 2 cairn remote add --region x third https://data.example.org/shop
says '`--region` means nothing for a web server'
expect 0 cairn remote list
if grep -q third "$scratch/out"; then fail 'a refused remote was added'; fi
