# The conformance suite of remotes on OpenStack Swift, a server that is none of ours; CAIRN_TEST_S3_ENDPOINT, _KEY, _SECRET and _BUCKET
# make it run on any other one: ./conformance --gtest_filter='*/s3'
. "$(dirname "$0")/lib_swift.sh"
suite=$(dirname "${CAIRN_BUILT_BIN:-$CAIRN_BIN}")/../tests/conformance
[ -x "$suite" ] || skip 'the conformance suite is not built'
got=0
CAIRN_TEST_S3_ENDPOINT=$endpoint CAIRN_TEST_S3_KEY=cairn:owner CAIRN_TEST_S3_SECRET=owner-secret CAIRN_TEST_S3_BUCKET=acme-data \
  "$suite" --gtest_filter='*/s3' >"$scratch/out" 2>&1 || got=$?
[ "$got" = 0 ] || { tail -60 "$scratch/out" >&2; fail "the suite ends with $got"; }
grep -q 'PASSED.* 1[0-9] tests' "$scratch/out" || fail 'hardly a test was run'
echo ok
