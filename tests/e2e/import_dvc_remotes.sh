# import dvc from a remote of DVC 3 on S3 and over plain HTTP: the objects lie there as DVC lays them, and only those wanted are asked for.
. "$(dirname "$0")/lib.sh"

# put FILE [SUFFIX]: an object of DVC in the folder `far`; its MD5.
put() { local m; m=$(md5sum "$1" | cut -d' ' -f1) && mkdir -p "$scratch/far/files/md5/${m:0:2}" && cp "$1" "$scratch/far/files/md5/${m:0:2}/${m:2}${2:-}" && echo "$m"; }
new_repo repo && cd repo && mkdir -p .dvc data/sub && printf '/cache\n/tmp\n' >.dvc/.gitignore && printf '/data\n/model.bin\n' >.gitignore
echo one >data/a.txt && head -c 300000 /dev/urandom >data/sub/b.bin && echo model >model.bin && echo other >"$scratch/other"
printf '[{"md5": "%s", "relpath": "a.txt"}, {"md5": "%s", "relpath": "sub/b.bin"}]' "$(put data/a.txt)" "$(put data/sub/b.bin)" >"$scratch/list"
printf 'outs:\n- md5: %s.dir\n  size: 300004\n  nfiles: 2\n  hash: md5\n  path: data\n' "$(put "$scratch/list" .dir)" >data.dvc
printf 'outs:\n- md5: %s\n  size: 6\n  hash: md5\n  path: model.bin\n' "$(put model.bin)" >model.bin.dvc
put "$scratch/other" >/dev/null && mv data model.bin "$scratch" && mkdir "$scratch/want" && mv "$scratch/data" "$scratch/model.bin" "$scratch/want"
git add -A && git commit -qm v1 && git tag v1

imported() { # imported: from the remote that .dvc/config names, byte for byte, once its host is trusted
  git add -A && git commit -qm remote
  expect 13 cairn import dvc && says 'CAIRN_TRUST=127.0.0.1' && [ ! -s "$scratch/asked" ] && [ ! -e data.cairn ] || fail 'asked a stranger'
  CAIRN_TRUST=127.0.0.1 expect 0 cairn import dvc && says "from DVC's remote"
  expect 0 cairn checkout && same_tree data "$scratch/want/data" && cmp model.bin "$scratch/want/model.bin"
  git reset -q --hard v1 && rm -rf data model.bin .git/cairn && git clean -qfd
}

# S3: what DVC calls s3://bucket/place.
control() { # control PLACE [FILE]: asks the server, or puts what is in FILE there
  python3 -c 'import sys, urllib.request
body = open(sys.argv[2], "rb").read() if len(sys.argv) > 2 else None
request = urllib.request.Request(sys.argv[1], data=body, method="PUT" if body is not None else "GET")
sys.stdout.buffer.write(urllib.request.urlopen(request).read())' "http://127.0.0.1:$port/_control/$1" "${@:2}"
}
start_server 'listening on 127.0.0.1:\([0-9]*\)' python3 "$here/../tools/s3_server.py" --bucket dvc-store
first=$server
(cd "$scratch/far" && find . -type f -printf '%P\n') | while read -r key; do
  control "object/dvc-store/place/$key" "$scratch/far/$key" >/dev/null
done
unset ${!AWS_@}
export AWS_ACCESS_KEY_ID=AKREADER AWS_SECRET_ACCESS_KEY=reader-secret AWS_EC2_METADATA_DISABLED=true AWS_REGION=us-east-1
printf '[core]\n    remote = s\n[remote "s"]\n    url = s3://dvc-store/place\n    endpointurl = http://127.0.0.1:%s\n' "$port" >.dvc/config
imported
control log >"$scratch/log" && ! grep -q "$(md5sum <"$scratch/other" | cut -c3-32)" "$scratch/log" || fail 'asked for what nobody wants'
# An object that is gone, and one with other bytes: nothing is published.
model=$(md5sum <"$scratch/want/model.bin" | cut -d' ' -f1)
printf '[core]\n    remote = s\n[remote "s"]\n    url = s3://dvc-store/place\n    endpointurl = http://127.0.0.1:%s\n' "$port" >.dvc/config
echo wrong >"$scratch/wrong" && control "object/dvc-store/place/files/md5/${model:0:2}/${model:2}" "$scratch/wrong" >/dev/null
CAIRN_TRUST=127.0.0.1 expect 7 cairn import dvc && [ ! -e data.cairn ] && [ ! -e model.bin.cairn ] || fail 'took other bytes'
git reset -q --hard v1 && rm -rf .git/cairn

# The same over HTTP without a signature.
start_server '127.0.0.1 port \([0-9]*\) ' python3 -u -m http.server 0 --bind 127.0.0.1 --directory "$scratch/far"
trap 'got=$?; kill $first $server 2>/dev/null; leave $got' EXIT
printf '[core]\n    remote = h\n[remote "h"]\n    url = http://127.0.0.1:%s\n' "$port" >.dvc/config
imported
grep -q "GET /files/md5/${model:0:2}/${model:2} " "$scratch/asked" && ! grep -q "$(md5sum <"$scratch/other" | cut -c3-32)" "$scratch/asked" || fail 'asked for what nobody wants'
printf '[core]\n    remote = h\n[remote "h"]\n    url = http://127.0.0.1:%s\n' "$port" >.dvc/config
rm -r "$scratch/far/files/md5/${model:0:2}" && CAIRN_TRUST=127.0.0.1 expect 6 cairn import dvc && [ ! -e data.cairn ] || fail 'published a part'
echo ok
