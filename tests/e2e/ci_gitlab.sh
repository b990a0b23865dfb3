# The job template of integrations/gitlab, its scripts run as a runner runs them: one shell, variables of the job, a kept cache;
# and the results that it hands on as JUnit.
. "$(dirname "$0")/lib.sh"

template=$here/../../integrations/gitlab/cairn.yml
# script JOB KEY: the commands of a list in the template, block or one line each, in order.
script() {
  awk -v job="$1:" -v key="  $2:" '
    $0 ~ /^[^ #]/ { inside = $0 == job; list = 0; next }
    inside && $0 ~ /^  [^ ]/ { list = $0 == key; next }
    !inside || !list { next }
    /^    - \|$/ { next }
    /^    #/ { next }
    { sub(/^    - /, ""); print }' "$template"
}
script .cairn before_script >"$scratch/before.sh"
script .cairn-merge-check script >"$scratch/check.sh"
script .cairn-merge-target script >"$scratch/merge.sh"
script .cairn-key script >"$scratch/key.sh"
python3 -c 'import sys, yaml; yaml.safe_load(open(sys.argv[1]))' "$template" 2>"$scratch/out" || grep -q ModuleNotFoundError "$scratch/out" || fail "no YAML: $(cat "$scratch/out")"
grep -q 'cairn ci' "$scratch/before.sh" && grep -q 'cairn init' "$scratch/check.sh" || fail 'no scripts in the template'
job() { # job FILE [NAME=VALUE...]: as the host starts it, with the template's own variables
  env GIT_DEPTH=1 CAIRN_STORE=.cairn-cache CAIRN_PATHS= CAIRN_INCLUDE= CAIRN_EXCLUDE= CAIRN_FLAGS= "${@:2}" sh -e "$1"
}
cases() { # cases FILE: "name:result" of each test case
  python3 - "$1" <<'PY'
import sys, xml.etree.ElementTree as tree
suite = tree.parse(sys.argv[1]).getroot().find("testsuite")
def result(case):
    return next((child.tag for child in case), "passed")
rows = [f'{case.get("name")}:{result(case)}' for case in suite.findall("testcase")]
for tag, name in (("failure", "failures"), ("skipped", "skipped")):
    assert suite.get(name) == str(sum(row.endswith(":" + tag) for row in rows)), suite.attrib
print(" ".join(rows))
PY
}
is_result() { [ "$(cases cairn-ci.xml)" = "$1" ] || fail "the result says $(cases cairn-ci.xml)"; }

mkdir "$scratch/bin" && ln -s "$CAIRN_BIN" "$scratch/bin/cairn" && PATH=$scratch/bin:$PATH
new_repo shop
cd shop
mkdir -p 'data/a set' data/b
for i in $(seq 1 20); do head -c 3000 /dev/urandom >"data/a set/$i.bin"; done
echo one >data/b/one.txt && echo two >data/b/two.txt
cairn add 'data/a set' data/b >/dev/null && git commit -qm v1
cairn remote add prod "$scratch/far" >/dev/null && cairn push >/dev/null
clone() { cd "$scratch" && git clone -q --depth 1 "file://$scratch/shop" "$1" && cd "$1" && git checkout -q --detach && git config cairn-remote.prod.url "$scratch/far"; }

# All of it, and again from the cache with the remote away.
clone one
expect 0 job "$scratch/before.sh" && same_tree "$scratch/shop/data" data
is_result 'data/a set:passed data/b:passed' && grep -q '"fingerprint"' cairn-proof.json
mv .cairn-cache "$scratch/cache" && clone two && mv "$scratch/cache" .cairn-cache && mv "$scratch/far" "$scratch/away"
expect 0 job "$scratch/before.sh" && same_tree "$scratch/shop/data" data
rm -r 'data/a set' && expect 0 job "$scratch/before.sh" CAIRN_FLAGS=--frozen && same_tree "$scratch/shop/data" data
mv "$scratch/away" "$scratch/far"

# The key by content is that of `cairn ci key`, and the job's identity token stands in a file while AWS_ROLE_ARN is set.
expect 0 job "$scratch/key.sh" CAIRN_PATHS=$'data/a set\ndata/b' CAIRN_INCLUDE='*.txt'
[ "$(cat cairn-key.env)" = "CAIRN_CACHE_KEY=$(cairn ci key --include '*.txt' 'data/a set' data/b)" ] || fail "another key: $(cat cairn-key.env)"
{ cat "$scratch/before.sh"; echo 'cat "${AWS_WEB_IDENTITY_TOKEN_FILE:-/dev/null}" && rm -f "${AWS_WEB_IDENTITY_TOKEN_FILE:-}"'; } >"$scratch/identity.sh"
expect 0 job "$scratch/identity.sh" CAIRN_ID_TOKEN=the-token AWS_ROLE_ARN=arn:aws:iam::1:role/x && says the-token
expect 0 job "$scratch/identity.sh" CAIRN_ID_TOKEN=the-token && ! grep -q the-token "$scratch/out" || fail 'a token without a role'

# Paths and patterns, one a line, reach cairn as they are, although files here would match them.
clone three
touch data/x.txt && expect 0 job "$scratch/before.sh" CAIRN_PATHS=$'data/a set\ndata/b' CAIRN_INCLUDE=$'data/a set/1*.bin\n*.txt' CAIRN_EXCLUDE='two*'
[ "$(find data -name '*.bin' | wc -l)" = 11 ] && [ -e data/b/one.txt ] && [ ! -e data/b/two.txt ] || fail 'the patterns did not arrive'
clone four
expect 6 job "$scratch/before.sh" CAIRN_FLAGS=--frozen && says 'cairn fetch --lists' && [ ! -e .cairn-cache/packs ] || fail 'asked for lists'
expect 3 job "$scratch/before.sh" CAIRN_FLAGS='--max-bytes 10K' && is_result 'data/a set:failure data/b:failure' && [ ! -e 'data/a set' ] || fail 'no limit'
grep -q 'over-budget' cairn-ci.xml || fail 'the result does not say why'
expect 0 cairn ci -q --junit pass.xml && [ "$(cases pass.xml)" = 'data/a set:passed data/b:passed' ] || fail 'ci --junit'
expect 2 cairn ci --frozen --no-store

# A merge request of somebody without access is skipped with a word; a branch of the project is not.
clone five
git config --unset cairn-remote.prod.url && git config -f .cairn/config cairn-remote.far.url s3://acme-data/shop
expect 13 job "$scratch/before.sh" CI_PIPELINE_SOURCE=push && is_result 'data/a set:failure data/b:failure'
expect 0 job "$scratch/before.sh" CI_PIPELINE_SOURCE=merge_request_event && says 'skipped: no access' && is_result 'data/a set:skipped data/b:skipped'

# The check of a merge request: all data is pushed, and the target merges with the driver.
cd "$scratch/shop" && git switch -qc ada && echo ada >data/b/ada.txt && cairn add -q data/b && git commit -qm ada && cairn push >/dev/null
git switch -q main && cairn checkout >/dev/null && echo ben >data/b/ben.txt && cairn add -q data/b && git commit -qm ben && cairn push >/dev/null
request() { cd "$scratch" && rm -rf "$1" && git clone -q shop "$1" && cd "$1" && git checkout -q --detach "origin/$1" && git config cairn-remote.prod.url "$scratch/far"; }
merge_check() { job "$scratch/check.sh" CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main CI_COMMIT_SHA="$(git rev-parse HEAD)"; }
request ada && expect 0 merge_check && [ "$(cases cairn-check.xml)" = 'data/a set:passed data/b:passed' ] || fail "merge check: $(cases cairn-check.xml)"
cd "$scratch/shop" && git switch -qc clash ada && cairn checkout >/dev/null && echo clash >data/b/ben.txt && cairn add -q data/b && git commit -qm clash
request clash && expect 3 merge_check && [ "$(cases cairn-check.xml)" = 'data/a set:passed data/b:failure' ] || fail 'not pushed, not said'
cd "$scratch/shop" && cairn push >/dev/null && request clash && expect 1 merge_check && says 'both added      data/b/ben.txt'

# The job that makes the merge: it arrives on the branch of the request with its data, and what clashes changes nothing there.
cd "$scratch" && git clone -q --bare shop hosted.git && git -C shop push -q ../hosted.git ada clash main 2>/dev/null
tip() { git -C "$scratch/hosted.git" rev-parse "$1"; }
merge_target() { # merge_target BRANCH: in a clone as the runner makes it
  cd "$scratch" && rm -rf work && git clone -q "file://$scratch/hosted.git" work && cd work && git checkout -q --detach "origin/$1" && git config cairn-remote.prod.url "$scratch/far"
  job "$scratch/merge.sh" CI_MERGE_REQUEST_SOURCE_BRANCH_NAME="$1" CI_MERGE_REQUEST_TARGET_BRANCH_NAME=main CI_COMMIT_SHA="$(git rev-parse HEAD)" \
    CI_SERVER_URL="file://$scratch" CI_PROJECT_PATH=hosted CAIRN_MERGE_TARGET="$here/../../integrations/merge-target.sh"
}
before=$(tip clash) && expect 1 merge_target clash && says 'both added      data/b/ben.txt' && [ "$(tip clash)" = "$before" ] || fail 'pushed a conflict'
expect 0 merge_target ada && [ "$(git -C ../hosted.git log -1 --format=%s ada)" = 'Merge main into ada' ] || fail 'no merge arrived'
cd "$scratch/work" && expect 0 cairn check --pushed
CAIRN_STORE=.cairn-cache expect 0 cairn ls data/b && says ada.txt && says ben.txt
! grep -rq 'password=[^$]' .git/config || fail 'a token was written'

# The action that does the same, as a runner calls it.
cd "$scratch/shop" && git switch -q ada && cairn checkout -q && echo more >data/b/more.txt && cairn add -q data/b && git commit -qm more && cairn push -q
git push -qf ../hosted.git ada main 2>/dev/null
action=$here/../../integrations/github/merge-target
cd "$scratch" && rm -rf work && git clone -q hosted.git work && cd work && git switch -q ada && git config cairn-remote.prod.url "$scratch/far"
export RUNNER_TEMP=$scratch/runner GITHUB_ACTION_PATH=$action GITHUB_OUTPUT=$scratch/output GITHUB_BASE_REF=main GITHUB_HEAD_REF=ada INPUT_NAME=bot INPUT_EMAIL=bot@localhost
mkdir -p "$RUNNER_TEMP" && while read -r line; do
  expect 0 bash -ec "$line"
done < <(sed -n "s/^      run: '\(.*\)'$/\1/p" "$action/action.yml")
grep -q "^commit=$(tip ada)$" "$scratch/output" && [ "$(git -C ../hosted.git log -1 --format='%s by %an' ada)" = 'Merge main into ada by bot' ] || fail 'the action merged nothing'
expect 0 cairn check --pushed
