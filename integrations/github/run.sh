#!/usr/bin/env bash
# The shell parts of action.yml and merge-target/action.yml: run.sh install|key|restore|prune|merge_target. Inputs come by environment,
# never by text substitution.
set -euo pipefail
export PATH="$RUNNER_TEMP/cairn-bin:$PATH" CAIRN_STORE="$RUNNER_TEMP/cairn-store"

output() { printf '%s=%s\n' "$1" "$2" >>"$GITHUB_OUTPUT"; }

# words NAME FLAG: the lines of $NAME as arguments in `found`; each behind FLAG unless that is empty.
words() {
  found=()
  local line
  while IFS= read -r line; do
    [ -n "$line" ] || continue
    [ -z "$2" ] || found+=("$2")
    found+=("$line")
  done <<<"${!1:-}"
}

# The files that are wanted, in `selection`: flags first, then `--` and paths.
select_files() {
  selection=()
  words INPUT_INCLUDE --include; selection+=("${found[@]}")
  words INPUT_EXCLUDE --exclude; selection+=("${found[@]}")
  words INPUT_PATHS ''; selection+=(-- "${found[@]}")
}

# On PATH already, or built from the sources that this action stands in.
install() {
  if command -v cairn >/dev/null; then cairn version; return; fi
  local source packages
  source=$(cd "$GITHUB_ACTION_PATH/../.." && pwd)
  packages=$(awk '!/^#/ && NF == 1' "$source/.ci/packages.txt")
  # shellcheck disable=SC2086
  sudo apt-get -qq update && sudo apt-get -qq -y install --no-install-recommends $packages
  cmake -S "$source" -B "$RUNNER_TEMP/cairn-build" -G Ninja -DBUILD_TESTING=OFF
  cmake --build "$RUNNER_TEMP/cairn-build" --target cairn
  mkdir -p "$RUNNER_TEMP/cairn-bin"
  cp "$RUNNER_TEMP/cairn-build/bin/cairn" "$RUNNER_TEMP/cairn-bin/"
  cairn version
}

key() {
  select_files
  output key "$(cairn ci key "${selection[@]}")"
}

restore() {
  select_files
  local flags=(--annotations github --summary "$GITHUB_STEP_SUMMARY") proof=$RUNNER_TEMP/cairn-proof.json said
  [ -z "${INPUT_REMOTE:-}" ] || flags+=(-r "$INPUT_REMOTE")
  [ -z "${INPUT_MAX_BYTES:-}" ] || flags+=(--max-bytes "$INPUT_MAX_BYTES")
  [ -z "${INPUT_EXPECT:-}" ] || flags+=(--expect "$INPUT_EXPECT")
  # A pull request from a fork gets no credentials: that is no fault of its author.
  [ "${GITHUB_EVENT_NAME:-}" != pull_request ] || flags+=(--skip-without-access)
  [ -n "${CAIRN_TRUST:-}" ] || unset CAIRN_TRUST
  rm -f "$proof"
  said=$(cairn ci --proof "$proof" "${flags[@]}" "${selection[@]}") || { local code=$?; echo "$said"; return $code; }
  echo "$said"
  if [ ! -e "$proof" ]; then output skipped true; return; fi
  output skipped false
  output fingerprint "$(sed -n 's/^fingerprint //p' <<<"$said")"
  output downloaded-bytes "$(sed -n 's/^  "downloaded_bytes": \([0-9]*\),*$/\1/p' "$proof")"
  output proof "$proof"
}

# Caches are saved on the default branch alone: any pull request can read them, and none may fill them.
prune() {
  local flags=(--max-size "${INPUT_CACHE_SIZE:-4G}")
  [ -z "${INPUT_REMOTE:-}" ] || flags+=(-r "$INPUT_REMOTE")
  [ -n "${CAIRN_TRUST:-}" ] || unset CAIRN_TRUST
  if [ "${GITHUB_REF_NAME:-}" != "${DEFAULT_BRANCH:-}" ] || [ "${GITHUB_EVENT_NAME:-}" = pull_request ]; then
    output save false
  elif cairn cache prune "${flags[@]}"; then
    output save true
  else
    echo "the cache is not saved: it does not fit"
    output save false
  fi
}

# The branch that a pull request comes from, in a clone on its tip.
merge_target() {
  local target=${INPUT_TARGET:-${GITHUB_BASE_REF:-}}
  [ -n "$target" ] || { echo "::error title=cairn merge target::not a pull request: name the target"; exit 2; }
  [ -n "${CAIRN_TRUST:-}" ] || unset CAIRN_TRUST
  git config user.name "$INPUT_NAME"
  git config user.email "$INPUT_EMAIL"
  if ! sh "$(dirname "${BASH_SOURCE[0]}")/../merge-target.sh" "$target" ${GITHUB_HEAD_REF:+"$GITHUB_HEAD_REF"}; then
    echo "::error title=cairn merge target::$target is not merged: \`git merge $target\` and \`cairn merge\` in a clone decide it"
    exit 1
  fi
  output commit "$(git rev-parse HEAD)"
}

case "${1:-}" in
  install | key | restore | prune | merge_target) "$1" ;;
  *) echo "run.sh install|key|restore|prune|merge_target" >&2; exit 2 ;;
esac
