# import dvc with repositories made by the real DVC 3 (CAIRN_DVC names it), skipped without. Layouts of DVC 2
# are made by DVC 3 from files without `hash: md5`.
. "$(dirname "$0")/lib.sh"
tool=${CAIRN_DVC:-$(command -v dvc || true)}
[ -n "$tool" ] || { echo 'DVC is not installed' >&2; exit 77; }
dvc() { DVC_NO_ANALYTICS=1 "$tool" "$@" >"$scratch/dvc" 2>&1 || { cat "$scratch/dvc" >&2; fail "dvc $*"; }; }

git init -q repo && cd repo && dvc init -q && dvc config core.analytics false && dvc remote add -d near "$scratch/dvc-remote"
mkdir -p data/deep/er "data/with space" && for i in $(seq 200); do head -c $((i * 131)) /dev/urandom >"data/deep/f$i"; done
printf 'unix\n' >data/u.txt && printf 'dos\r\nlines\r\n' >data/d.txt && : >data/empty && printf 'ü\n' >'data/with space/ümlaut'
head -c 3000000 /dev/urandom >data/deep/er/big && head -c 2500000 /dev/urandom >model.bin && echo tool >run.sh && chmod +x run.sh
dvc add data model.bin run.sh && git add -A && git commit -qm v1 && git tag v1 && mkdir "$scratch/v1" && cp -r data model.bin run.sh "$scratch/v1"
echo more >data/new && rm data/deep/f1 data/deep/f2 && echo new >model.bin && dvc add data model.bin
# An output of a pipeline, in dvc.lock alone, made by a stage with a folder of its own.
mkdir w && printf 'stages:\n  make:\n    wdir: w\n    cmd: echo made > out.txt\n    outs: [out.txt]\n' >dvc.yaml && dvc repro
git add -A && git commit -qm v2 && git tag v2 && mkdir -p "$scratch/v2/w" && cp -r data model.bin run.sh "$scratch/v2" && cp w/out.txt "$scratch/v2/w"
dvc push --all-commits && echo later >later.txt && git add later.txt && git commit -qm later

cairn init --no-hooks >/dev/null && expect 0 cairn import dvc --all-commits && says 'older commits: 2 of 2 versions could be had'
expect 0 cairn status && git add -A && git commit -qm 'data moves'
"$tool" status -q || fail 'DVC sees a change'
for v in v1 v2 HEAD; do expect 0 cairn restore "$v" --to "$scratch/out-$v"; done
same_tree "$scratch/v1" "$scratch/out-v1" && same_tree "$scratch/v2" "$scratch/out-v2" && same_tree "$scratch/v2" "$scratch/out-HEAD"
[ -x "$scratch/out-v1/run.sh" ] || fail 'an executable lost its bit'

# A clone with neither data nor cache: all from DVC's remote, older commits too.
git clone -q . ../far && cd ../far && git switch -qc moved HEAD^ && cairn init --no-hooks >/dev/null
expect 0 cairn import dvc --all-commits && says "from DVC's remote" && says 'older commits: 2 of 2'
expect 0 cairn restore v1 --to "$scratch/far-v1" && same_tree "$scratch/v1" "$scratch/far-v1"
expect 0 cairn checkout && same_tree data "$scratch/v2/data"

# DVC 2: the same data under names of the old scheme.
cd .. && git init -q old && cd old && dvc init -q && cp -r "$scratch/v1/data" "$scratch/v1/model.bin" . && dvc add data model.bin
python3 - data.dvc model.bin.dvc <<'P'
import hashlib, json, os, re, shutil, sys
cache = ".dvc/cache"
def text(block):
    sample = block[:512]
    plain = bytes(range(32, 127)) + b"\n\r\t\f\b"
    return b"\0" not in sample and len(sample.translate(None, plain)) <= 0.3 * len(sample)
def old(data):
    h = hashlib.md5()
    for at in range(0, max(len(data), 1), 2**20):
        block = data[at:at + 2**20]
        h.update(block.replace(b"\r\n", b"\n") if text(block) else block)
    return h.hexdigest()
def move(md5, suffix="", rename={}):
    data = open(f"{cache}/files/md5/{md5[:2]}/{md5[2:]}{suffix}", "rb").read()
    if suffix:
        entries = [{"md5": move(e["md5"]), "relpath": e["relpath"]} for e in json.loads(data)]
        data = json.dumps(entries).encode()
    name = old(data)
    os.makedirs(f"{cache}/{name[:2]}", exist_ok=True)
    open(f"{cache}/{name[:2]}/{name[2:]}{suffix}", "wb").write(data)
    return name
for path in sys.argv[1:]:
    lines = open(path).read().replace("  hash: md5\n", "")
    md5, suffix = re.search(r"md5: ([0-9a-f]{32})(\.dir)?", lines).groups("")
    open(path, "w").write(lines.replace(md5, move(md5, suffix)))
shutil.rmtree(f"{cache}/files")
P
"$tool" status -q || fail 'DVC does not know its own old scheme'
git add -A && git commit -qm old && cairn init --no-hooks >/dev/null && rm -rf data model.bin
expect 0 cairn import dvc && says 'from DVC' && expect 0 cairn checkout && same_tree data "$scratch/v1/data" && cmp model.bin "$scratch/v1/model.bin"

# A bucket, where this DVC can write to one: asked after trust only, and with our own credentials.
cd "$scratch/repo" && "$tool" version 2>&1 | grep -q 's3 (' || { echo ok; exit 0; }
unset ${!AWS_@} CAIRN_TRUST && export AWS_EC2_METADATA_DISABLED=true AWS_ACCESS_KEY_ID=AKOWNER AWS_SECRET_ACCESS_KEY=owner-secret
start_server '127.0.0.1:\([0-9]*\)' python3 "$here/../tools/s3_server.py" --bucket acme-data
git switch -qc bucket v2 && dvc remote add -d -f bucket s3://acme-data/dvc && dvc remote modify bucket endpointurl "http://127.0.0.1:$port"
dvc remote modify bucket region us-east-1 && dvc push -r bucket && git commit -qam bucket && cd .. && git clone -q -b bucket repo from-s3 && cd from-s3 && cairn init --no-hooks >/dev/null
expect 13 cairn import dvc && says 'CAIRN_TRUST=127.0.0.1'
CAIRN_TRUST=127.0.0.1 expect 0 cairn import dvc && says "from DVC's remote" && expect 0 cairn checkout && same_tree data "$scratch/v2/data"
echo ok
