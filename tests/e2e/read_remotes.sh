# cairn.read-remotes: tried in order; what the first lacks, spoils or cannot give comes from the next, verified.
. "$(dirname "$0")/lib.sh"

new_repo shop
cd shop
mkdir -p data
for i in $(seq 1 40); do head -c 3000 /dev/urandom >"data/$i"; done
head -c 2000000 /dev/urandom >model.bin
cairn add data model.bin >/dev/null
git commit -qm v1
cairn remote add near "$scratch/near" >/dev/null
cairn remote add far "$scratch/far" >/dev/null
cairn push -r far >/dev/null
cairn push -r near data >/dev/null

fresh() {
  cd "$scratch"
  rm -rf copy
  git clone -q shop copy
  cd copy
  cairn remote add near "$scratch/near" >/dev/null
  cairn remote add far "$scratch/far" >/dev/null
  git config cairn.read-remotes 'near, far'
}
whole() { same_tree data ../shop/data && cmp model.bin ../shop/model.bin; }

# missing on the first, found on the second; -r asks one alone; nothing comes in a dry run
fresh
expect 6 cairn pull -r near
fresh
expect 0 cairn fetch -n
says 'would fetch'
[ ! -e .git/cairn/packs ] || [ -z "$(find .git/cairn/packs -type f)" ] || fail 'a dry run stored something'
expect 0 cairn pull
says 'near, far'
whole

# wrong bytes on the first are never accepted
fresh
cp -a "$scratch/near" "$scratch/good"
for pack in $(find "$scratch/near/packs" -type f); do
  chmod u+w "$pack"
  python3 -c 'import sys; p=sys.argv[1]; b=bytearray(open(p,"rb").read()); [b.__setitem__(i, b[i]^255) for i in range(64, len(b), 97)]; open(p,"wb").write(b)' "$pack"
done
expect 0 cairn pull
whole
chmod -R u+w "$scratch/near"
rm -rf "$scratch/near"

# an empty place first; a name that is no remote
fresh
expect 0 cairn pull
says 'trying `far`'
whole
git config cairn.read-remotes 'near, nowhere'
expect 2 cairn fetch
git config cairn.read-remotes '!'
expect 7 cairn fetch

# a host that nobody answers for: a warning, then the next; alone it is network trouble
fresh
git config cairn.read-remotes 'gone far'
cairn --offline remote add --local gone s3://bucket/x --endpoint http://127.0.0.1:1 --region us-east-1 >/dev/null
export AWS_ACCESS_KEY_ID=A AWS_SECRET_ACCESS_KEY=b AWS_EC2_METADATA_DISABLED=true AWS_MAX_ATTEMPTS=1
expect 0 cairn pull
says 'remote `gone`'
says 'trying `far`'
whole

# without credentials likewise: for a pull request, which has none, an open mirror may serve
fresh
git config cairn.read-remotes 'gone far'
cairn --offline remote add --local gone s3://bucket/x --endpoint http://127.0.0.1:1 --region us-east-1 >/dev/null
without_keys() { env -u AWS_ACCESS_KEY_ID -u AWS_SECRET_ACCESS_KEY "$CAIRN_BIN" "$@"; }
expect 4 without_keys pull -r gone
expect 0 without_keys pull
says 'trying `far`'
whole

# a place that only the committed file names is not asked, and not spoken of where another one serves
untrusted() { git config -f .cairn/config cairn-remote.theirs.url http://127.0.0.1:1/x; }
fresh
untrusted
git config cairn.read-remotes 'theirs far'
expect 13 cairn pull -r theirs
for command in 'cat model.bin' 'fetch -n' 'pull'; do
  expect 0 cairn $command
  grep -q theirs "$scratch/out" && fail "cairn $command speaks of what was not needed"
done
whole
fresh
untrusted
for order in 'theirs near' 'near theirs'; do
  git config cairn.read-remotes "$order"
  expect 13 cairn fetch
  says 'error: remote `theirs`'
  says 'cairn trust theirs'
  says 'asked too: remote `near`'
done

# a disk that is not mounted is passed over; where all fail, one error tells what each of them said
fresh
cairn --offline remote add --local gone s3://bucket/x --endpoint http://127.0.0.1:1 --region us-east-1 >/dev/null
git config cairn-remote.away.url "$scratch/media/disk"
git config cairn.read-remotes 'near away gone'
expect 1 cairn fetch
says 'error: remote `away`'
says 'asked too: remote `near`'
says 'holds no cairn data'
says 'asked too: remote `gone`'
[ "$(grep -c 'remote `near`: remote' "$scratch/out")" = 0 ] || fail 'named twice'
git config cairn.read-remotes 'away far'
expect 0 cairn pull
whole
mkdir ../stale
cairn remote add stale "$scratch/stale" >/dev/null
cairn push -r stale data >/dev/null
rm -rf .git/cairn/packs .git/cairn/index
git config cairn.read-remotes 'stale near'
expect 6 cairn fetch
says 'warning: remote `stale`: 1 version or file is not complete on `stale`, first: model.bin; trying `near`'
echo ok
