# .cairnignore end to end: gitignore's rules, in the top folder, above and inside tracked folders; held against git itself.
. "$(dirname "$0")/lib.sh"

new_repo shop
cd shop
mkdir -p data/{logs,keep,deep/er,cache/sub,build,'odd names'}
touch data/{a.txt,b.tmp,c.TMP,debug.log,keep.tmp,.hidden,'#note','!bang','sp ace '} 'data/back\slash'
touch data/logs/{1.log,2.txt,important.log} data/keep/{x.tmp,y.txt} data/deep/{f.tmp,root-only.txt} data/deep/er/{g.tmp,h.bin,root-only.txt}
touch data/cache/{index,sub/blob} data/build/{out.o,keep.me} data/root-only.txt 'data/odd names/'{'[x].txt','star*.txt',starfish.txt}
touch data/{.DS_Store,deep/.nfs0001}
printf '%s\n' '# comment' '' '*.tmp' '!keep.tmp' >.cairnignore
cat >data/.cairnignore <<'END'
*.log
!important.log
/root-only.txt
cache/
build/*
!build/keep.me
\#note
\!bang
deep/**/h.bin
star\*.txt
[[]x].txt
END
printf '%s\n' '!*.tmp' '/f.tmp' >data/deep/.cairnignore
printf '%s\r\n' '2.txt' >data/logs/.cairnignore

# What git would take with the same rules, but for cairn's own: nothing of .DS_Store, .nfs* and the like.
wanted() {
  rm -rf "$scratch/oracle" && mkdir "$scratch/oracle" && cp -a data .cairnignore "$scratch/oracle"
  (cd "$scratch/oracle" && git init -q . && find . -name .cairnignore -not -path './.git/*' | while read -r file; do
    cp "$file" "$(dirname "$file")/.gitignore"
  done
  git -c core.quotePath=false ls-files -z --others --exclude-standard data |
    tr '\0' '\n' | grep -v -e '/\.DS_Store$' -e '/\.nfs' -e '/\.gitignore$' | sort)
}
listed() { cairn --json ls "$@" data | python3 -c '
import json, sys
print("\n".join(sorted(f["path"] for f in json.load(sys.stdin)["files"] if f["type"] != "d")))'; }

expect 0 cairn add data
wanted >"$scratch/want"
listed >"$scratch/have"
diff "$scratch/want" "$scratch/have" || fail 'other files than git would take'
for path in data/.cairnignore data/keep.tmp data/logs/important.log data/deep/er/g.tmp data/build/keep.me data/deep/root-only.txt \
  data/c.TMP data/.hidden 'data/odd names/starfish.txt'; do
  grep -qxF -- "$path" "$scratch/have" || fail "$path is missing"
done
for path in data/b.tmp data/debug.log data/root-only.txt data/cache/index data/build/out.o data/deep/f.tmp data/deep/er/h.bin \
  data/logs/2.txt 'data/#note' 'data/!bang' 'data/odd names/[x].txt' 'data/odd names/star*.txt' data/.DS_Store data/deep/.nfs0001; do
  ! grep -qxF -- "$path" "$scratch/have" || fail "$path was taken"
done
git commit -qm v1
expect 0 cairn status --exit-code

# Ignored files come and go unseen; checkout and another version leave them alone.
echo x >data/new.log
rm data/b.tmp
expect 0 cairn status --exit-code
echo changed >data/a.txt
expect 3 cairn status --exit-code
expect 0 cairn add data
git commit -qm v2
git checkout -q HEAD~1
expect 0 cairn checkout
[ -e data/new.log ] && [ -e data/cache/index ] || fail 'an ignored file was removed'
git checkout -q -
expect 0 cairn checkout

# A rule that comes later takes files out of the next version, not from the disk; taking it back brings them in again.
echo '/keep/' >>data/.cairnignore
expect 3 cairn status --exit-code
says 'removed data/keep/y.txt'
expect 0 cairn add data
git commit -qm v3
[ -e data/keep/y.txt ] || fail 'removed from the disk'
wanted >"$scratch/want"
listed >"$scratch/have"
diff "$scratch/want" "$scratch/have" || fail 'other files than git would take (v3)'
expect 0 cairn status --exit-code
sed -i '$d' data/.cairnignore
expect 3 cairn status --exit-code
says 'added data/keep/y.txt'
expect 0 cairn add data
git commit -qm v4

# The files of rules travel with the data inside the folder; the one above is git's.
cairn restore HEAD --to "$scratch/restored" >/dev/null
cmp data/.cairnignore "$scratch/restored/data/.cairnignore"
[ ! -e "$scratch/restored/.cairnignore" ] || fail 'the rules above the folder'
# A file of rules that is far too large is refused.
head -c 1200000 /dev/zero | tr '\0' 'x' >data/deep/.cairnignore
expect 11 cairn add data
says '.cairnignore'
