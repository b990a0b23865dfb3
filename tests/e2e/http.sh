# A directory remote behind a web server: clones read from it, nothing can be written to it, and nothing is listed.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || exit 77
unset ${!AWS_@} CAIRN_TRUST http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY

# The plainest of servers: HTTP/1.0, no ranges. It says which paths were asked for.
mkdir "$scratch/store"
start_server ' port \([0-9]*\)' python3 -u -m http.server --bind 127.0.0.1 --directory "$scratch/store" 0

new_repo shop
cd shop
mkdir -p data/set
for i in $(seq 1 200); do echo "{\"id\": $i}" >"data/set/$i.json"; done
head -c 3000000 /dev/urandom >data/model.bin
cairn add data/set data/model.bin >/dev/null
git commit -qm v1
cairn remote add store "$scratch/store/shop" >/dev/null
expect 0 cairn push
expect 0 cairn remote add public "http://127.0.0.1:$port/shop"
git commit -qm 'remote'

# a clone knows only the web server
git clone -q "$scratch/shop" "$scratch/clone"
cd "$scratch/clone"
export XDG_CONFIG_HOME=$scratch/other-home
expect 13 cairn pull -r public
[ ! -s "$scratch/asked" ] || fail 'an untrusted server was asked'
export CAIRN_TRUST=127.0.0.1
expect 0 cairn pull -r public
same_tree "$scratch/shop/data/set" data/set
cmp "$scratch/shop/data/model.bin" data/model.bin
grep -q 'GET /shop/cairn.json' "$scratch/asked" || fail 'the server was not asked'
expect 0 cairn remote check public
says 'read-only by its kind'
says 'TLS: none'
if grep -Eq '"[A-Z]+ [^ ]*/ HTTP' "$scratch/asked"; then fail 'a folder was asked for'; fi

# a job whose commit names a bucket that it may not ask and this mirror: the data comes from the mirror, exactly or not at all
git clone -q "$scratch/shop" "$scratch/shared"
cd "$scratch/shared"
git config -f .cairn/config cairn-remote.prod.url s3://acme-data/shop
git config -f .cairn/config cairn.read-remotes 'prod public'
git commit -qam 'a bucket and its mirror'
git clone -q --depth 1 "file://$scratch/shared" "$scratch/job"
cd "$scratch/job"
(unset CAIRN_TRUST; expect 13 cairn ci && [ ! -e data/set ] || fail 'an untrusted mirror was asked')
expect 0 cairn ci --skip-without-access --proof ../proof.json
says 'from public'
same_tree "$scratch/shop/data/set" data/set
cmp "$scratch/shop/data/model.bin" data/model.bin
grep -q '"files": 201' ../proof.json || fail 'the proof tells another count'
[ -z "$(git status --porcelain)" ] || fail 'the job left something'
cd "$scratch/clone"

# it cannot be pushed to, and says so
echo more >data/set/new.json
cairn add data/set >/dev/null
git commit -qm v2
expect 9 cairn push -r public
says 'can only be read'
says 'read-only-remote'
if grep -Eq '"(PUT|POST|DELETE) ' "$scratch/asked"; then fail 'a write was sent'; fi

# what the server does not have is missing, not a network problem
git clone -q "$scratch/clone" "$scratch/second"
cd "$scratch/second"
expect 6 cairn fetch -r public
echo ok
