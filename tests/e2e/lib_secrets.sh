# Secrets that no command may print or write down: every script runs with them, and what it says and leaves is searched for them.
# They are those of the environment, of tests/tools/s3_server.py and of lib_s3.py.
secrets=(canary-{environment,session,job}-2Hf6 {owner,pusher,reader,temp}-secret temp-token canary-{owner-7Jq2,pusher-9Xw4,reader-3Rt8,temp-5Lm1,token-Zk6pVvQ0sT})

# has_secrets FILE...: the names of those that hold one.
has_secrets() { printf '%s\n' "${secrets[@]}" | LC_ALL=C grep -lF -f - -- "$@"; }

# Run as a program: lib_secrets.sh COMMAND... runs it with secrets in its environment, and fails if its output holds any.
if [ "${BASH_SOURCE[0]}" = "$0" ]; then
  export AWS_ACCESS_KEY_ID=AKENVIRONMENT AWS_SECRET_ACCESS_KEY=${secrets[0]} AWS_SESSION_TOKEN=${secrets[1]} GITHUB_TOKEN=${secrets[2]} CI_JOB_TOKEN=${secrets[2]}
  said=$(mktemp)
  trap 'rm -f "$said"' EXIT
  "$@" 2>&1 | tee "$said"
  got=${PIPESTATUS[0]}
  if [ "$got" = 0 ] && has_secrets "$said" >/dev/null; then
    echo "FAILED: a secret is printed" >&2
    exit 1
  fi
  exit "$got"
fi
