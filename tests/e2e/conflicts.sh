# A pointer that a merge left in conflict: status names it, and commands about other paths go on.
. "$(dirname "$0")/lib.sh"

new_repo shop
cd shop
mkdir d && echo 1 >d/f && echo 1 >a && echo 1 >b && echo 1 >e
cairn add a b d e >/dev/null && git commit -qm 1 && git tag v1
git switch -qc other && echo 2 >a && cairn add a >/dev/null && git commit -qm 2
git switch -q main && cairn -q checkout && echo 3 >a && cairn add a >/dev/null && git commit -qm 3
git merge -q other >/dev/null 2>&1 && fail 'no conflict'

expect 3 cairn status --exit-code
says 'a: merge conflict in its pointer'
says 'next: cairn merge a'
says '3 paths clean'
echo new >new && echo 2 >b && echo 2 >d/f
expect 0 cairn add new b
expect 0 cairn add d/f
expect 0 cairn ls d
expect 0 cairn cat b
expect 0 cairn verify b
expect 0 cairn diff b
rm b && expect 0 cairn checkout b && [ "$(cat b)" = 2 ] || fail 'checkout of another path'
expect 0 cairn checkout v1 -- e
expect 0 cairn rm e
expect 0 cairn mv new newer
expect 3 cairn doctor
for words in 'add a' 'checkout a' 'checkout' 'verify a' 'add -u' 'ls' 'diff' 'ls a'; do
  # shellcheck disable=SC2086
  expect 11 cairn $words
  says 'cairn merge'
done
[ "$(cat a)" = 3 ] || fail 'the path in conflict was touched'
git ls-files -u | grep -q a.cairn || fail 'the conflict was ended by another command'
expect 0 cairn merge a --pick all=theirs
git commit -qm merged
expect 0 cairn checkout
expect 0 cairn status --exit-code
[ "$(cat a)" = 2 ] || fail 'the side that was picked'
