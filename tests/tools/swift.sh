#!/bin/sh
# Swift with its S3 API on loopback, without a cluster: one device, one replica, everything below DIR.
#   swift.sh start DIR [BUCKET]...   prints "listening on 127.0.0.1:PORT"; account `cairn`, users owner (owner-secret) and none else.
#   swift.sh stop DIR                ends what it started, by process id
# The access key is account:user, cairn:owner. Needs Debian's swift-proxy, swift-account, swift-container, swift-object, memcached,
# and a file system with extended attributes. Exit 77: not installed.
set -eu
action=$1 dir=$2
shift 2

stop() {
  for file in "$dir"/run/*.pid; do
    [ -e "$file" ] || continue
    kill "$(cat "$file")" 2>/dev/null || true
    rm -f "$file"
  done
}
if [ "$action" = stop ]; then stop; exit 0; fi

for program in swift-proxy-server swift-account-server swift-container-server swift-object-server swift-ring-builder memcached; do
  command -v "$program" >/dev/null || { echo "$program is not installed" >&2; exit 77; }
done
[ -r /etc/swift/swift.conf ] || { echo '/etc/swift/swift.conf cannot be read' >&2; exit 77; }
mkdir -p "$dir/etc" "$dir/run" "$dir/log" "$dir/devices/d1"
/usr/bin/python3 - "$dir/devices/d1" <<'PY' || { echo "no extended attributes in $dir" >&2; exit 77; }
import os, sys
os.setxattr(sys.argv[1], "user.swift.probe", b"1")
PY

# Five free ports: proxy, account, container, object, memcached.
set -- "$(/usr/bin/python3 -c '
import socket
held = [socket.create_server(("127.0.0.1", 0)) for _ in range(5)]
print(*(s.getsockname()[1] for s in held))')" "$@"
ports=$1
shift
read -r proxy account container object cache <<PORTS
$ports
PORTS

common() { # PORT
  cat <<CONF
[DEFAULT]
bind_ip = 127.0.0.1
bind_port = $1
workers = 0
user = $(id -un)
swift_dir = $dir/etc
devices = $dir/devices
mount_check = false
disable_fallocate = true
log_level = WARNING
CONF
}
for service in account container object; do
  eval "port=\$$service"
  {
    common "$port"
    printf '[pipeline:main]\npipeline = %s-server\n[app:%s-server]\nuse = egg:swift#%s\n' $service $service $service
  } >"$dir/etc/$service.conf"
  (
    cd "$dir/etc"
    swift-ring-builder $service.builder create 2 1 1
    swift-ring-builder $service.builder add "r1z1-127.0.0.1:$port/d1" 1
    swift-ring-builder $service.builder rebalance
  ) >"$dir/log/ring-$service" 2>&1 &
done
wait
{
  common "$proxy"
  cat <<CONF
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck proxy-logging cache listing_formats bulk s3api tempauth slo dlo proxy-logging proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
[filter:tempauth]
use = egg:swift#tempauth
user_cairn_owner = owner-secret .admin
[filter:s3api]
use = egg:swift#s3api
location = us-east-1
[filter:cache]
use = egg:swift#memcache
memcache_servers = 127.0.0.1:$cache
[filter:proxy-logging]
use = egg:swift#proxy_logging
access_log_level = WARNING
CONF
  for filter in catch_errors gatekeeper healthcheck listing_formats bulk slo dlo; do
    printf '[filter:%s]\nuse = egg:swift#%s\n' $filter $filter
  done
} >"$dir/etc/proxy.conf"

launch() { # NAME COMMAND...
  name=$1
  shift
  "$@" >"$dir/log/$name" 2>&1 </dev/null &
  echo $! >"$dir/run/$name.pid"
}
launch memcached memcached -l 127.0.0.1 -p "$cache" -m 64 -u "$(id -un)"
for service in account container object; do launch $service swift-$service-server "$dir/etc/$service.conf"; done
launch proxy swift-proxy-server "$dir/etc/proxy.conf"

# The buckets are made by Swift's own protocol, so that nothing of cairn's S3 client is needed for it.
/usr/bin/python3 - "http://127.0.0.1:$proxy" "$@" <<'PY' || { stop; cat "$dir"/log/* >&2; exit 1; }
import sys, time, urllib.error, urllib.request
endpoint, buckets = sys.argv[1], sys.argv[2:]
def ask(url, method="GET", **headers):
    return urllib.request.urlopen(urllib.request.Request(url, method=method, headers={n.replace("_", "-"): v for n, v in headers.items()}), timeout=20)
for attempt in range(600):
    try:
        login = ask(endpoint + "/auth/v1.0", X_Auth_User="cairn:owner", X_Auth_Key="owner-secret")
        token = login.headers["X-Auth-Token"]
        for bucket in buckets:
            ask(f"{login.headers['X-Storage-Url']}/{bucket}", "PUT", X_Auth_Token=token)
        sys.exit(0)
    except (OSError, urllib.error.HTTPError):
        time.sleep(0.1)
sys.exit("Swift did not answer within a minute")
PY
echo "listening on 127.0.0.1:$proxy"
