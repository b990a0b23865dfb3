# Many commands at once in one clone wait for each other.
. "$(dirname "$0")/lib.sh"
new_repo shop
cd shop
for i in $(seq 1 64); do head -c 20000 /dev/urandom >"f$i"; done
pids=()
for i in $(seq 1 64); do cairn -q add "f$i" >"$scratch/log.$i" 2>&1 & pids+=($!); done
for i in $(seq 1 64); do wait "${pids[$((i - 1))]}" || { cat "$scratch/log.$i" >&2; fail "add f$i"; }; done
[ "$(git ls-files '*.cairn' | wc -l)" = 64 ] || fail 'pointers are not staged'
[ "$(grep -c '^/f' .gitignore)" = 64 ] || fail 'ignore rules are missing'
expect 0 cairn status --exit-code
git commit -qm all
cairn remote add r "$scratch/remote" >/dev/null
for i in 1 2; do cairn -q push >"$scratch/push.$i" 2>&1 & pids[$i]=$!; done
for i in 1 2; do wait "${pids[$i]}" || { cat "$scratch/push.$i" >&2; fail "push $i"; }; done
git clone -q . "$scratch/clone"
cd "$scratch/clone"
cairn remote add r "$scratch/remote" >/dev/null
expect 0 cairn pull
for i in $(seq 1 64); do cmp "f$i" "$scratch/shop/f$i"; done

# Four times `init` in a fresh repository: one project, told by all.
for round in 1 2 3; do
  rm -rf "$scratch/fresh" && git init -q "$scratch/fresh" && cd "$scratch/fresh"
  for i in 1 2 3 4; do cairn --json init --no-hooks >"$scratch/init.$i" 2>&1 & pids[$i]=$!; done
  for i in 1 2 3 4; do wait "${pids[$i]}" || { cat "$scratch/init.$i" >&2; fail "init $i"; }; done
  [ "$(grep -h '"project"' "$scratch"/init.? | sort -u | wc -l)" = 1 ] || fail "several projects: $(grep -h '"project"' "$scratch"/init.?)"
  [ "$(cat "$scratch"/init.? | grep -c '"created": true')" = 1 ] || fail 'several made it'
  grep -qF "$(git config -f .cairn/config cairn.project)" "$scratch/init.1" || fail 'another project than was told'
  git diff --quiet || fail 'staged is not what stands there'
done

# One is held right after it gave its index segment a name, while others merge that into theirs.
if command -v strace >/dev/null && strace -f -b execve -o /dev/null true 2>/dev/null; then
  cd "$scratch/shop"
  for i in $(seq 65 78); do echo "$i" >"f$i"; done
  strace -f -b execve -qq -o "$scratch/trace" -e trace=rename -e inject=rename:signal=STOP:when=1 "$CAIRN_BIN" add f65 >"$scratch/held" 2>&1 &
  held=$!
  until grep -qs SIGSTOP "$scratch/trace"; do kill -0 $held || fail 'it was not held'; done
  for i in $(seq 66 78); do expect 0 cairn add "f$i"; done
  kill -CONT "$(sed -n '1s/ .*//p' "$scratch/trace")"
  wait $held || { cat "$scratch/held" >&2; fail 'add f65, whose segment was merged meanwhile'; }
  expect 0 cairn fsck
fi
