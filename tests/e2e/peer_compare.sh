# The comparison with other tools runs: on few files, with those of the tools that are installed. Figures are not looked at.
. "$(dirname "$0")/lib.sh"

peers=git
for tool in restic git-lfs; do command -v "$tool" >/dev/null && peers=$peers,$tool; done
expect 0 python3 "$here/../../bench/peers/compare.py" --cairn "$CAIRN_BIN" --work "$scratch" --files 400 --random-mb 2 --runs 1 \
  --peers "$peers" --only start,files,random
says '### 400 JSON files'
says '### one file of 2 MB'
for row in add status push checkout clone 'stored MB' 'peak MB'; do says "| $row |"; done
for tool in ${peers//,/ }; do says "$tool |"; done
