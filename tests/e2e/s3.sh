# A bucket as a remote: set-up, push, clone elsewhere, trust, damage behind our back; what is in the bucket restores byte for byte.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || exit 77
unset ${!AWS_@} CAIRN_TRUST http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY
export AWS_EC2_METADATA_DISABLED=true

start_server '127.0.0.1:\([0-9]*\)' python3 "$here/../tools/s3_server.py" --bucket acme-data
endpoint=http://127.0.0.1:$port
control() { python3 -c 'import sys,urllib.request as u; print(u.urlopen(u.Request(sys.argv[2], method=sys.argv[1], data=sys.argv[3].encode() if len(sys.argv) > 3 else None)).read().decode())' "$@"; }
requests() { control GET "$endpoint/_control/log" | python3 -c 'import json,sys; log=json.load(sys.stdin); print(len(log if isinstance(log, list) else log["requests"]))'; }

new_repo shop
cd shop
mkdir -p data/set
for i in $(seq 1 300); do echo "{\"id\": $i, \"text\": \"$(printf '%*s' $((i % 90)) x)\"}" >"data/set/$i.json"; done
head -c 9000000 /dev/urandom >data/model.bin
cairn add data/set data/model.bin >/dev/null
git commit -qm v1

# without credentials: one message, nothing sent
expect 0 cairn remote add prod s3://acme-data/shop --endpoint "$endpoint" --region us-east-1
git diff --cached --name-only | grep -qx .cairn/config || fail 'the remote is not staged'
grep -q "$endpoint" .cairn/config || fail 'the endpoint does not stand in the committed file'
says 'added remote prod; staged .cairn/config'
expect 0 cairn remote list
says "prod  s3://acme-data/shop at $endpoint  (default)"
cairn --json remote list | python3 -c '
import json, sys
of = json.load(sys.stdin)["remotes"][0]["settings"]
assert of == {"endpoint": sys.argv[1], "region": "us-east-1"}, of' "$endpoint"
before=$(requests)
expect 4 cairn push
says 'credentials'
[ "$before" = "$(requests)" ] || fail 'requests were sent without credentials'

export AWS_ACCESS_KEY_ID=AKOWNER AWS_SECRET_ACCESS_KEY=owner-secret
expect 0 cairn push
says 'pushed'
git commit -qm 'remote'
expect 0 cairn push
expect 0 cairn remote check prod
says honoured
says 'written at'
says 'style: path'
says 'region: us-east-1'
says 'listing: version 2'
says 'TLS: none'
says 'identity: '
says "clock: as this machine's"
grep -q owner-secret "$scratch/out" && fail 'the check prints a secret'

# a clone: the committed place is asked for nothing before it is trusted
git clone -q "$scratch/shop" "$scratch/clone"
cd "$scratch/clone"
export XDG_CONFIG_HOME=$scratch/other-home
before=$(requests)
expect 13 cairn pull
says 'cairn trust prod'
says 'CAIRN_TRUST=127.0.0.1'
[ "$before" = "$(requests)" ] || fail 'an untrusted endpoint got a request'
expect 13 env CAIRN_TRUST=elsewhere.example "$CAIRN_BIN" pull
expect 0 env CAIRN_TRUST=x.example,127.0.0.1 "$CAIRN_BIN" pull
same_tree "$scratch/shop/data/set" data/set
cmp "$scratch/shop/data/model.bin" data/model.bin
expect 13 cairn fetch
expect 0 cairn trust prod
says "s3://acme-data at $endpoint"
expect 0 cairn fetch
expect 0 cairn trust --remove prod
expect 13 cairn fetch
expect 0 cairn trust prod

# a commit that moves the remote is asked again, and gets no request
git config --file .cairn/config cairn-remote.prod.endpoint http://127.0.0.1:1
expect 13 cairn fetch
git checkout -q .cairn/config
expect 0 cairn fetch

# one file of many: a fraction of the bytes
git clone -q "$scratch/shop" "$scratch/part"
cd "$scratch/part"
export CAIRN_TRUST=127.0.0.1
expect 0 cairn pull --include 'data/set/7.json'
cmp "$scratch/shop/data/set/7.json" data/set/7.json
[ ! -e data/model.bin ] || fail 'more than was asked for came'

# wrong secret, missing bucket, a reader that may not list
cd "$scratch/shop"
expect 4 env AWS_SECRET_ACCESS_KEY=wrong "$CAIRN_BIN" fetch -r prod
grep -q wrong "$scratch/out" && fail 'a secret is printed'
expect 0 cairn remote add --local none s3://no-such-bucket/x --endpoint "$endpoint"
expect 6 cairn push -r none
says 'no-such-bucket'
git clone -q "$scratch/shop" "$scratch/reader"
cd "$scratch/reader"
expect 0 env AWS_ACCESS_KEY_ID=AKREADER AWS_SECRET_ACCESS_KEY=reader-secret "$CAIRN_BIN" pull
same_tree "$scratch/shop/data/set" data/set

# a trace shows what was asked and no secret: neither keys nor session tokens nor signatures
expect 2 cairn --trace all push
says 'only `--trace http`'
cd "$scratch/shop"
export AWS_ACCESS_KEY_ID=AKTEMP AWS_SECRET_ACCESS_KEY=temp-secret AWS_SESSION_TOKEN=temp-token
head -c 3000000 /dev/urandom >data/model.bin
cairn add data/model.bin >/dev/null
git commit -qm v2
expect 0 cairn push --trace http
cp "$scratch/out" "$scratch/traced"
grep -q '^http [0-9]* > PUT http://127.0.0.1' "$scratch/traced" || fail 'a put is missing in the trace'
grep -q '^http [0-9]* < 200' "$scratch/traced" || fail 'an answer is missing in the trace'
grep -q 'Signature=\[hidden\]' "$scratch/traced" || fail 'the signature is not hidden'
expect 0 cairn fetch --trace http
control GET "$endpoint/_control/log" | python3 -c '
import json, re, sys
said = open(sys.argv[1]).read() + open(sys.argv[2]).read()
signatures = {s for row in json.load(sys.stdin) for _, v in row["headers"] for s in re.findall("Signature=([0-9a-f]{64})", v)}
assert len(signatures) > 5, "the log has no signatures"
leaked = [s for s in signatures | {"temp-token", "temp-secret"} if s in said]
sys.exit(f"the trace shows {leaked}" if leaked else 0)' "$scratch/traced" "$scratch/out" || fail 'a secret is in the trace'

# no secret in any file of the repositories
! grep -rq 'owner-secret' "$scratch/shop/.git" "$scratch/shop/.cairn" "$scratch/clone/.git" || fail 'a secret was written'
echo ok
