# [path "…"] push = none|REMOTE: nothing of what is bound elsewhere reaches a remote, not even inside of another file's frame.
. "$(dirname "$0")/lib.sh"

new_repo shop
cd shop
mkdir -p data/public data/pii mixed
for i in $(seq 1 30); do
  head -c 2000 /dev/urandom >"data/public/$i"
  head -c 2000 /dev/urandom >"data/pii/$i"
  head -c 2000 /dev/urandom >"mixed/$i.txt"
done
head -c 2000 /dev/urandom >mixed/15.secret
head -c 3000 /dev/urandom >keys.bin
cairn add data/public data/pii mixed keys.bin >/dev/null
cat >>.cairn/config <<'C'
[path "data/pii/**"]
	push = none
[path "*.secret"]
	push = none
[path "/keys.bin"]
	push = vault
C
git add .cairn/config
git commit -qm v1
cairn remote add prod "$scratch/prod" >/dev/null
cairn remote add vault "$scratch/vault" >/dev/null

# Is any run of 64 bytes of a file, or the name of its content, anywhere on a remote? Random bytes are stored as they are.
holds() {
  python3 - "$1" "${@:2}" <<'P'
import hashlib, os, sys
far = b"".join(open(os.path.join(d, f), "rb").read() for d, _, fs in os.walk(sys.argv[1]) for f in fs)
for name in sys.argv[2:]:
    data = open(name, "rb").read()
    if any(data[i:i + 64] in far for i in range(0, len(data) - 64, 64)) or hashlib.sha256(data).digest() in far:
        sys.exit(0)
sys.exit(1)
P
}

expect 0 cairn push
says 'left out: data/pii: `data/pii/**` in .cairn/config goes to no remote'
says 'left out: mixed: `*.secret` in .cairn/config goes to no remote'
says 'left out: keys.bin: `/keys.bin` in .cairn/config goes to `vault` only'
says '1 version is complete on prod'
holds "$scratch/prod" data/public/7 || fail 'the public data did not arrive, or the test cannot see it'
holds "$scratch/prod" data/pii/* mixed/* keys.bin && fail 'bound data reached the remote'

expect 2 cairn push data/pii
says 'may not be pushed to `prod`'
says 'cairn help push-forbidden'
expect 2 cairn push keys.bin
says 'cairn push -r vault keys.bin'
expect 2 cairn push mixed
expect 0 cairn push --all
expect 0 cairn push --rev HEAD
holds "$scratch/prod" data/pii/* mixed/* keys.bin && fail 'bound data reached the remote'

# check demands what policy allows, where it allows it
expect 3 cairn check --pushed
says 'missing: keys.bin'
says 'on vault'
grep -q 'missing: data/pii' "$scratch/out" && fail 'demands what policy forbids'
says 'next: cairn push -r vault'
expect 0 cairn check --pushed -r prod
says '3 not asked for: path policy'
expect 0 cairn push -r vault keys.bin
holds "$scratch/vault" keys.bin || fail 'keys.bin is not on vault'
holds "$scratch/vault" data/pii/* mixed/* && fail 'bound data reached vault'
expect 0 cairn check --pushed
expect 0 cairn check

# a bound file inside a frame of a folder that was public: only the rest goes
rm mixed/15.secret
cairn add mixed >/dev/null
git commit -qam 'without the secret'
cp -a "$scratch/shop/.git/cairn" "$scratch/store"
expect 0 cairn push
says 'left out: mixed'
expect 0 cairn push --rev 'HEAD^!'
holds "$scratch/prod" mixed/3.txt || fail 'the folder without the secret did not arrive'
git clone -q . "$scratch/old" && (cd "$scratch/old" && git checkout -q HEAD^)
cairn restore HEAD^ mixed --to "$scratch/out1" >/dev/null
holds "$scratch/prod" "$scratch/out1/mixed/15.secret" && fail 'the secret travelled inside of a frame'

# the same holds for a git push, whose hook brings the data along
cd "$scratch/shop"
git init -q --bare "$scratch/code.git"
git remote add origin "$scratch/code.git"
expect 0 cairn hooks install
cairn remote add fresh "$scratch/fresh" >/dev/null
git config cairn.default-remote fresh
head -c 2000 /dev/urandom >data/public/31
head -c 2000 /dev/urandom >data/pii/31
cairn add data/public data/pii >/dev/null
git commit -qm v3
expect 0 git push -q origin HEAD:main
says 'to fresh'
holds "$scratch/fresh" data/public/31 || fail 'the hook left the public data behind'
holds "$scratch/fresh" data/pii/* "$scratch/out1/mixed/15.secret" keys.bin && fail 'the hook pushed bound data'

# a policy that cannot be understood stops everything; one in this clone's git config is none
git config --file .cairn/config 'path.data/x.push' 'nowhere at all'
expect 7 cairn push
git checkout -q .cairn/config
git config 'path.data/public.push' none
expect 0 cairn push data/public
echo ok
