#!/bin/bash
# A bucket as remote: push, remote check, pull; wrong keys, no keys and a missing bucket are told apart.
source "$(dirname "$0")/lib.sh"

python3 -B "$here/../tools/s3_server.py" --bucket data >"$scratch/server" &
server=$!
trap 'kill $server 2>/dev/null || true; chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT
for _ in $(seq 100); do grep -q listening "$scratch/server" && break || sleep 0.05; done
address=$(sed -n 's/^listening on //p' "$scratch/server")
[ -n "$address" ] || fail "the S3 server did not start"

unset AWS_SESSION_TOKEN AWS_PROFILE AWS_REGION AWS_DEFAULT_REGION https_proxy HTTPS_PROXY
export AWS_ENDPOINT_URL_S3=http://$address AWS_ACCESS_KEY_ID=AKOWNER AWS_SECRET_ACCESS_KEY=owner-secret

new_repo shop
cd shop
mkdir data
for i in $(seq 50); do seq "$i" $((i * 200)) >"data/$i.txt"; done
head -c 3000000 /dev/urandom >model.bin
cairn add data model.bin >/dev/null
git add -A
git commit -qm one
expect 0 cairn remote add prod s3://data/shop
expect 0 cairn push
expect 0 cairn remote check prod
says honoured
cp -r data ../data.v1 && cp model.bin ../model.v1

git clone -q . ../other
cd ../other
expect 0 cairn remote add prod s3://data/shop
expect 0 cairn pull
same_tree data ../data.v1
cmp model.bin ../model.v1 || fail "model.bin differs"

AWS_SECRET_ACCESS_KEY=canary-secret expect 4 cairn push
grep -q canary-secret "$scratch/out" && fail "the secret is in the message"
says "SignatureDoesNotMatch"
AWS_ACCESS_KEY_ID='' AWS_SECRET_ACCESS_KEY='' AWS_EC2_METADATA_DISABLED=true expect 4 cairn push
expect 0 cairn remote set prod s3://no-such-bucket/shop
expect 1 cairn push
says "no-bucket"
echo "s3 remote: ok"
