# Memory of a command grows by so little for each file of a folder that a million stay below 512 MiB.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || exit 77
cat >"$scratch/peak.py" <<'PY'
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
PY
peak() { python3 "$scratch/peak.py" "$CAIRN_BIN" -q "$@"; }

measure() { # COUNT: peaks in KiB, as named below, into $peaks
  local repo=$scratch/of$1
  new_repo "$repo"
  cd "$repo"
  small_files "$1" data
  cairn remote add prod "$scratch/remote$1" >/dev/null
  peaks=$(peak add data)
  git commit -qm v1
  peaks="$peaks $(peak status) $(peak push) $(peak verify)"
  rm -rf data
  peaks="$peaks $(peak checkout) $(peak restore --to "$scratch/to$1")"
  rm -rf data "$scratch/to$1" .git/cairn/packs .git/cairn/index
  peaks="$peaks $(peak pull)"
  echo changed >data/0001/0001500.json
  peaks="$peaks $(peak add data)"
  cd "$scratch"
  rm -rf "$repo" "$scratch/remote$1"
}
measure 20000
few=($peaks)
measure 200000
many=($peaks)
names=(add status push verify checkout restore pull 'add after a change')
for i in "${!names[@]}"; do
  each=$(((many[i] - few[i]) * 1024 / 180000))
  total=$((few[i] / 1024 + each * 1000000 / 1048576))
  echo "${names[i]}: ${few[i]} and ${many[i]} KiB, $each bytes a file, $total MiB for a million"
  [ "$total" -le 512 ] || fail "${names[i]} of a million files would need $total MiB"
done
