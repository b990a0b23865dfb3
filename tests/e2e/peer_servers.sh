# The conformance suite of remotes and a short session on the S3 servers of others that are on PATH: MinIO, versitygw, rclone,
# moto and s3rver; CAIRN_S3_SERVERS="minio rclone" names some of them. Each keeps its data in the scratch directory and listens on loopback.
. "$(dirname "$0")/lib_faults.sh"
suite=$(dirname "${CAIRN_BUILT_BIN:-$CAIRN_BIN}")/../tests/conformance
[ -x "$suite" ] || skip 'the conformance suite is not built'
need curl
unset ${!AWS_@} CAIRN_TRUST http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY
export AWS_EC2_METADATA_DISABLED=true AWS_ACCESS_KEY_ID=cairnowner AWS_SECRET_ACCESS_KEY=owner-secret
known='minio versitygw rclone moto_server s3rver'
server=
stop() { [ -z "$server" ] || { kill "$server" 2>/dev/null && wait "$server" 2>/dev/null; } || true; server=; }
trap 'got=$?; stop; [ $got = 0 ] || [ $got = 77 ] || tail -20 "$scratch"/log-* >&2; chmod -R u+w "$scratch"; rm -rf "$scratch"' EXIT

# arguments NAME: how that server listens on $port with its data in $data and, where it can be told, the owner's key.
arguments() {
  case $1 in
    minio) echo "server --address 127.0.0.1:$port $data" ;;
    versitygw) echo "--port 127.0.0.1:$port posix $data" ;;
    rclone) echo "serve s3 --addr 127.0.0.1:$port --auth-key $AWS_ACCESS_KEY_ID,$AWS_SECRET_ACCESS_KEY $data" ;;
    moto_server) echo "-H 127.0.0.1 -p $port" ;;
    s3rver) echo "-a 127.0.0.1 -p $port -d $data" ;;
  esac
}
signed() {
  curl -sf --max-time 20 -H 'x-amz-content-sha256: UNSIGNED-PAYLOAD' --aws-sigv4 aws:amz:us-east-1:s3 \
    --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" "$@"
}

# serve NAME: sets $server and $endpoint, with an empty bucket `acme-data`.
serve() {
  data=$scratch/data-$1
  mkdir -p "$data"
  port=$(python3 -c 'import socket; print(socket.create_server(("127.0.0.1", 0)).getsockname()[1])')
  MINIO_BROWSER=off MINIO_ROOT_USER=$AWS_ACCESS_KEY_ID MINIO_ROOT_PASSWORD=$AWS_SECRET_ACCESS_KEY \
    ROOT_ACCESS_KEY=$AWS_ACCESS_KEY_ID ROOT_SECRET_KEY=$AWS_SECRET_ACCESS_KEY \
    "$1" $(arguments "$1") >"$scratch/log-$1" 2>&1 </dev/null &
  server=$!
  endpoint=http://127.0.0.1:$port
  for _ in $(seq 600); do
    signed -o "$scratch/made" -X PUT "$endpoint/acme-data" && return 0
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  fail "$1 does not start"
}

# Two versions pushed, one of them pulled elsewhere, everything of the remote read.
session() {
  rm -rf shop clone remote v1 v2
  shop_of_two_versions
  (cd shop && expect 0 cairn remote add --local other s3://acme-data/shop --endpoint "$endpoint" && expect 0 cairn push -r other)
  (cd shop && cairn add data model.bin >/dev/null && git commit -qm v2 && expect 0 cairn push -r other)
  (cd shop && expect 0 cairn remote check other && grep 'conditional write' "$scratch/out")
  git clone -q shop clone
  (cd clone && expect 0 cairn remote add --local other s3://acme-data/shop --endpoint "$endpoint" && expect 0 cairn pull -r other)
  same_version v2 clone
  (cd clone && expect 0 cairn fsck -r other)
}

ran=0
for name in ${CAIRN_S3_SERVERS:-$known}; do
  command -v "$name" >/dev/null || continue
  # What s3rver lacks, and our suite rightly holds against it: conditional writes, and objects that appear whole.
  lacks=
  if [ "$name" = s3rver ]; then export AWS_ACCESS_KEY_ID=S3RVER AWS_SECRET_ACCESS_KEY=S3RVER lacks='-*.Replace*:*.Nothing*:*.OfTwo*'; fi
  serve "$name"
  got=0
  CAIRN_TEST_S3_ENDPOINT=$endpoint CAIRN_TEST_S3_KEY=$AWS_ACCESS_KEY_ID CAIRN_TEST_S3_SECRET=$AWS_SECRET_ACCESS_KEY \
    CAIRN_TEST_S3_BUCKET=acme-data "$suite" --gtest_filter="*/s3$lacks" >"$scratch/suite" 2>&1 || got=$?
  [ "$got" = 0 ] || { tail -60 "$scratch/suite" >&2; fail "the suite ends with $got on $name"; }
  echo "$name: $(grep -o 'PASSED.*tests' "$scratch/suite")"
  session
  stop
  ran=$((ran + 1))
done
[ $ran -gt 0 ] || skip "none of $known is on PATH"
