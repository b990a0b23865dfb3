# No library is loaded before a command needs it: libcurl and what it brings come with the first request.
. "$(dirname "$0")/lib.sh"

# The libraries that a command had in memory, as the loader of glibc tells.
libraries_of() { LD_DEBUG=files LD_DEBUG_OUTPUT="$scratch/loader" "$@" >"$scratch/out" 2>"$scratch/err" || true
  cat "$scratch"/loader.* | grep -o '[a-z0-9_+-]*\.so[.0-9]*' | sort -u; rm -f "$scratch"/loader.*; }

program=${CAIRN_BIN:-cairn}
libraries_of "$program" version >"$scratch/libraries"
grep -q '^libc\.so' "$scratch/libraries" || exit 77 # another loader, or a static program

new_repo "$scratch/repo"
cd "$scratch/repo"
mkdir data && echo one >data/a && echo two >data/b
expect 0 cairn add data
for words in "version" "help" "status" "ls data" "diff" "add data" "checkout" "gc -n"; do
  # shellcheck disable=SC2086
  libraries_of "$program" $words >"$scratch/libraries"
  ! grep -E '^lib(yaml|archive|curl|ssl|gnutls|ldap|krb5|nghttp2|ssh2)' "$scratch/libraries" || fail "cairn $words loaded these"
done

# The same question has the other answer once something is asked of a server (nobody listens there).
expect 0 cairn remote add away http://127.0.0.1:9/store
libraries_of "$program" fetch -r away >"$scratch/libraries"
grep -q '^libcurl' "$scratch/libraries" || fail "a request was made without libcurl? $(cat "$scratch/err")"
echo ok
