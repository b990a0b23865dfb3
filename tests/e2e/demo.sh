# The main job on a real data set, each command of git and cairn shown: the documentation and headers of installed packages, and a
# generated checkpoint, versioned, changed, pushed to a directory, cloned, compared, restored, changed once more and pulled.
. "$(dirname "$0")/lib.sh"
PATH=$(dirname "$CAIRN_BIN"):$PATH
unset -f cairn

run() {
  printf '\n$ %s\n' "$*"
  "$@"
}

new_data() {
  mkdir -p data/docs
  cp -rL --no-preserve=mode /usr/share/perl /usr/share/doc/git /usr/include data/docs/ 2>/dev/null || true
  # 40 MB that no codec shrinks, the same in every run.
  openssl enc -aes-128-ctr -nosalt -K 00 -iv 00 -in /dev/zero 2>/dev/null | head -c 40000000 >checkpoint.bin || true  # the pipe ends early
}

run git init -q shop
cd shop
run cairn init
new_data
run cairn add data/docs checkpoint.bin
run git commit -q -m 'data v1'
run git tag v1
cp -a data "$scratch/v1-data"
cp checkpoint.bin "$scratch/v1-checkpoint"

printf '\n# a new version: some files change, some go, the checkpoint gets a new head\n'
find data/docs -type f | sort | awk 'NR % 50 == 0 && ++n <= 40' | while read -r file; do echo changed >>"$file"; done
find data/docs -type f | sort | awk 'NR % 97 == 0 && ++n <= 10' | xargs rm -f
printf 'step 2' | dd of=checkpoint.bin bs=1 seek=20000000 conv=notrunc status=none
run cairn status
run cairn add -u
run git commit -q -m 'data v2'
run cairn diff v1 HEAD
run cairn remote add prod "$scratch/remote"
run cairn push

cd "$scratch"
run cairn clone --remote-url "$scratch/remote" shop clone
cd clone
run cairn restore v1 --to "$scratch/restored"
run diff -r --no-dereference "$scratch/restored/data/docs" "$scratch/v1-data/docs"
run cmp "$scratch/restored/checkpoint.bin" "$scratch/v1-checkpoint"
run diff -r --no-dereference data/docs "$scratch/shop/data/docs"
run cmp checkpoint.bin "$scratch/shop/checkpoint.bin"

printf '\n# a third version comes to the clone: the pointers by git, the data by cairn\n'
cd "$scratch/shop"
printf 'step 3' | dd of=checkpoint.bin bs=1 seek=30000000 conv=notrunc status=none
echo 'a new page' >data/docs/new.txt
run cairn add -u
run git commit -q -m 'data v3'
run cairn push
cd "$scratch/clone"
run git pull -q
run cairn pull
run cairn status --exit-code
run diff -r --no-dereference data/docs "$scratch/shop/data/docs"
run cmp checkpoint.bin "$scratch/shop/checkpoint.bin"
printf '\nevery byte of all three versions is the same in the clone\n'
