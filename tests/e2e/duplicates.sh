# Copies among small files that do not compress: frames that have to be put together from pieces hold the right bytes.
. "$(dirname "$0")/lib.sh"
command -v python3 >/dev/null || exit 77
python3 - "$scratch/made" <<'PY'
import os, random, sys
source, seen = random.Random(3), []
for i in range(1500):
    folder = os.path.join(sys.argv[1], f"{i // 40:02}")
    os.makedirs(folder, exist_ok=True)
    octets = source.choice(seen) if i % 9 == 8 else source.randbytes(source.randrange(500, 14_000))
    seen.append(octets)
    with open(os.path.join(folder, f"{i:04}.bin"), "wb") as stream:
        stream.write(octets)
PY
for jobs in 1 2 8; do
  new_repo "$scratch/repo$jobs"
  cd "$scratch/repo$jobs"
  cp -a "$scratch/made" data
  expect 0 cairn add --jobs $jobs data
  expect 0 cairn fsck
  rm -rf data
  expect 0 cairn checkout
  same_tree "$scratch/made" data
done
echo ok
