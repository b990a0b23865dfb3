# Hostile clones: .cairn/sources is written by whoever can commit. Its paths stay in the tree, nothing that only it names is asked before
# it was trusted here, and it holds no secret.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || exit 77
unset ${!AWS_@} CAIRN_TRUST http_proxy https_proxy HTTPS_PROXY all_proxy ALL_PROXY GIT_ALLOW_PROTOCOL

# The other repository: a directory, and behind a web server that tells what it was asked for.
new_repo other
(cd other && mkdir data && echo theirs >data/a && cairn add data >/dev/null && git commit -qm v1 &&
  cairn remote add store "$scratch/store" >/dev/null && cairn push -q)
mkdir -p "$scratch/web/cgi-bin" && git clone -q --bare other "$scratch/web/other.git"
printf '#!/bin/sh\nGIT_HTTP_EXPORT_ALL=1 GIT_PROJECT_ROOT="%s" exec git http-backend\n' "$scratch/web" >"$scratch/web/cgi-bin/git"
chmod +x "$scratch/web/cgi-bin/git"
server='import http.server as web; web.CGIHTTPRequestHandler.have_fork = False # which would become another user
server = web.ThreadingHTTPServer(("127.0.0.1", 0), web.CGIHTTPRequestHandler); print("port", server.server_port, flush=True)
server.serve_forever()'
cd "$scratch/web" && start_server 'port \([0-9]*\)' python3 -c "$server"
cd .. && at=127.0.0.1:$port/cgi-bin/git/other.git && web=http://$at
not_asked() { [ ! -s "$scratch/asked" ] || fail "the server was asked: $1"; }

# clone_with SECTION URL [KEY VALUE]: a clone whose committed file has this.
new_repo seed
(cd seed && mkdir things && echo x >things/data && cairn add things/data >/dev/null && git commit -qm data)
clone_with() {
  cd "$scratch" && rm -rf victim "$scratch/seed/.cairn/sources"
  git -C seed config -f .cairn/sources "source.$1.url" "$2" && git -C seed config -f .cairn/sources "source.$1.path" "${4:-data}"
  [ $# -lt 3 ] || git -C seed config -f .cairn/sources "source.$1.rev" "$3"
  git -C seed add .cairn/sources && git -C seed commit -qm sources && git clone -q seed victim && cd victim
}

# --- paths ---
outside() { find "$scratch" -path "$scratch/seed" -prune -o -path '*/.git/cairn/edit.lock' -prune -o -newer "$scratch/mark" -type f -print; }
for section in 'a/..' '..' '../up' "$scratch/abs" '/abs' '.git/hooks/x' '.git' 'a/.GIT/x' '.cairn/x' '.cairn' './a' 'a//b' 'a/' 'x.cairn' 'things/../b'; do
  clone_with "$section" "$scratch/other"
  git config "cairn-source.$scratch/other.trusted" true
  touch "$scratch/mark"
  for command in "update --remote-url $scratch/store" "update -f --remote-url $scratch/store" 'update -n' 'update things/data' 'trust --source things/data'; do
    expect 11 cairn $command
    says '.cairn/sources' && says 'unsafe-path' && says 'hint: '
  done
  [ -z "$(outside | grep -v -e "$scratch/out" -e '/victim/\.git/config')" ] || fail "$section: wrote $(outside)"
done
clone_with things/data "$scratch/other" '--upload-pack=touch ran'
git config "cairn-source.$scratch/other.trusted" true
expect 2 cairn update -f && [ ! -e ran ] || fail 'a revision became an option'
clone_with things/data "$scratch/other" main ../../etc/passwd
git config "cairn-source.$scratch/other.trusted" true
expect 2 cairn update -f --remote-url "$scratch/store"
git -C "$scratch/seed" rm -q --cached .cairn/sources

# --- trust ---
clone_with things/data "$web"
for command in 'update' 'update -f' 'update -n' 'update things/data --rev main'; do
  expect 13 cairn $command
  says "$web" && says 'cairn trust --source things/data' && says 'CAIRN_TRUST=127.0.0.1' && says 'untrusted'
done
mkdir -p deep && expect 13 cairn -C deep update && says "cairn -C $PWD trust --source things/data"
expect 13 env CAIRN_TRUST=localhost,example.org "$CAIRN_BIN" update
expect 13 env CAIRN_TRUST= "$CAIRN_BIN" update
expect 0 cairn trust && says "things/data  $web  (not trusted)" && says 'next: cairn trust --source things/data'
not_asked 'without trust'
expect 0 env CAIRN_TRUST=127.0.0.1 "$CAIRN_BIN" update -f --remote-url "$scratch/store"
[ -s "$scratch/asked" ] && [ "$(cat things/data/a)" = theirs ] || fail 'CAIRN_TRUST is no trust'
expect 0 cairn trust -n --source things/data && expect 13 cairn update
expect 0 cairn trust --source things/data.cairn && says "trusted from this machine: $web"
expect 0 cairn update --remote-url "$scratch/store" && expect 0 cairn trust && says '(trusted)'
# For this repository and URL alone, on this machine; taken back.
: >"$scratch/asked"
git config -f .cairn/sources source.things/data.url "$web/../other.git" && expect 13 cairn update
git config -f .cairn/sources source.things/data.url "$web" && expect 0 env HOME="$HOME" "$CAIRN_BIN" update
: >"$scratch/asked"
expect 13 env XDG_CONFIG_HOME="$scratch/else" "$CAIRN_BIN" update
expect 0 cairn trust --remove --source things/data && expect 13 cairn update
expect 2 cairn trust --source nothing && says no-source
not_asked 'after trust was taken back'

# Directories: what lies there is another thing on each machine, so only this clone can say so.
for url in "$scratch/other" "file://$scratch/other" ../other; do
  clone_with things/data "$url"
  touch "$scratch/mark"
  expect 13 env CAIRN_TRUST="localhost,,$scratch/other,127.0.0.1" "$CAIRN_BIN" update
  says 'allows it from this clone'
  grep -q 'CAIRN_TRUST=' "$scratch/out" && fail 'a host was told for a directory'
  cp .cairn/config "$scratch/kept" && git config -f .cairn/config "cairn-source.$url.trusted" true && expect 13 cairn update && cp "$scratch/kept" .cairn/config
  expect 0 cairn trust --source things/data
  expect 0 cairn update -f --remote-url "$scratch/store" && [ "$(cat things/data/a)" = theirs ] || fail 'not brought'
  cd .. && rm -rf again && git clone -q seed again && cd again && expect 13 cairn update
done
# Helpers, and authorities that git and others read differently: CAIRN_TRUST means none of them.
for url in "ext::touch $scratch/ran" 'ssh://evil.example%2f@example.org/x' 'ssh://example.org#@evil.example/x' '-oProxyCommand=touch:x'; do
  clone_with things/data "$url"
  expect 13 env CAIRN_TRUST=example.org,evil.example,touch "$CAIRN_BIN" update
done
clone_with things/data git@example.org:acme/data && expect 13 cairn update && says 'CAIRN_TRUST=example.org'
clone_with things/data ssh://git@example.org:2222/acme && expect 13 cairn update && says 'CAIRN_TRUST=example.org'
[ ! -e "$scratch/ran" ] || fail 'a helper ran'

# --- what was typed here is trusted, in the way that it can be ---
cd "$scratch" && new_repo mine && cd mine && : >"$scratch/asked"
expect 0 cairn import git "$web" data one --remote-url "$scratch/store" && expect 0 cairn import git ../other data two --remote-url "$scratch/store"
expect 0 cairn update && says 'up to date one' && says 'up to date two' && git commit -qm imported
git clone -q . ../colleague && cd ../colleague && : >"$scratch/asked"
expect 13 env XDG_CONFIG_HOME="$scratch/else" "$CAIRN_BIN" update && not_asked 'in a clone of a colleague'
expect 0 cairn update one && expect 13 cairn update two
new_repo ../ci && cd ../ci && expect 0 env -u HOME -u XDG_CONFIG_HOME GIT_AUTHOR_NAME=x GIT_AUTHOR_EMAIL=x "$CAIRN_BIN" import git "$web" data --remote-url "$scratch/store"

# --- secrets ---
cd "$scratch/mine"
for url in "http://me:t0ken@$at" "http://t0ken@$at" "ssh://me:t0ken@127.0.0.1/x"; do
  : >"$scratch/asked"
  expect 2 cairn import git "$url" data three --remote-url "$scratch/store" && says secret-in-url && says 'hint: '
  ! grep -q t0ken "$scratch/out" .cairn/sources || fail 'a secret was recorded or printed'
  clone_with things/data "$url"
  for command in 'update' 'trust --source things/data' 'trust'; do
    CAIRN_TRUST=127.0.0.1 cairn $command >"$scratch/out" 2>&1 && [ "$command" != trust ] && fail 'took a secret of the file'
    ! grep -q t0ken "$scratch/out" || fail 'a secret was printed'
  done
  not_asked 'with a secret of the file'
  git commit -q --allow-empty -m clean && expect 0 cairn hook pre-commit
  echo >>.cairn/sources && git add .cairn/sources
  expect 1 cairn hook pre-commit && says '.cairn/sources' && says 'user name or password in a URL'
  cd "$scratch/mine"
done
expect 2 cairn get "http://me:t0ken@127.0.0.1:$port/nothing.git" data && ! grep -q t0ken "$scratch/out" || fail 'a secret was printed'
git config -f .cairn/sources source.one.url ssh://git@example.org/x && git add .cairn/sources && expect 0 cairn hook pre-commit
echo done
