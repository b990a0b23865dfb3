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
for words in "version" "help" "status" "ls data" "diff" "add data" "checkout" "gc"; do
  # shellcheck disable=SC2086
  libraries_of "$program" $words >"$scratch/libraries"
  ! grep -E '^lib(yaml|archive|curl|ssl|git2|mbedtls|gnutls|ldap|krb5|nghttp2|ssh2)' "$scratch/libraries" || fail "cairn $words loaded these"
done

# The same question has the other answer once something is asked of a server (nobody listens there).
expect 0 cairn remote add away http://127.0.0.1:9/store
libraries_of "$program" fetch -r away >"$scratch/libraries"
grep -q '^libcurl' "$scratch/libraries" || fail "a request was made without libcurl? $(cat "$scratch/err")"

# libgit2 comes with many objects, or where it is asked for: here for the pointers of one commit.
git commit -qm one
cairn doctor >"$scratch/doctor" 2>&1 || true # its remote does not answer
libraries_of "$program" check >"$scratch/libraries"
! grep -q '^libgit2' "$scratch/libraries" || fail 'libgit2 was loaded for one commit'
if grep -q 'libgit2' "$scratch/doctor" && ! grep -q 'built without' "$scratch/doctor"; then
  CAIRN_GIT_READER=libgit2 libraries_of "$program" check >"$scratch/libraries"
  grep -q '^libgit2' "$scratch/libraries" || fail "libgit2 was not loaded where it was asked for: $(cat "$scratch/err")"
fi
echo ok
