# Sourced by the scripts that talk to Swift: lib_faults.sh, a Swift of their own with bucket acme-data, its credentials.
. "$(dirname "$0")/lib_faults.sh"
unset ${!AWS_@} CAIRN_TRUST http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY
export AWS_EC2_METADATA_DISABLED=true AWS_ACCESS_KEY_ID=cairn:owner AWS_SECRET_ACCESS_KEY=owner-secret
tool=$here/../tools/swift.sh
for program in swift-proxy-server swift-object-server swift-ring-builder memcached; do need $program; done
trap 'got=$?; "$tool" stop "$scratch/swift"; [ $got = 0 ] || [ $got = 77 ] || { cat "$scratch/where" "$scratch"/swift/log/* 2>/dev/null | tail -40 >&2; }
  leave $got' EXIT
got=0
"$tool" start "$scratch/swift" acme-data >"$scratch/server" 2>&1 || got=$?
[ $got != 77 ] || skip "$(tail -1 "$scratch/server")"
[ $got = 0 ] || fail "Swift does not start: $(tail -3 "$scratch/server")"
endpoint=http://$(sed -n 's/^listening on //p' "$scratch/server")

# on_swift REPOSITORY PREFIX: its remote `swift`, kept in that clone.
on_swift() { (cd "$1" && expect 0 cairn remote add --local swift "s3://acme-data/$2" --endpoint "$endpoint"); }
