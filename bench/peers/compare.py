#!/usr/bin/env python3
"""cairn beside DVC, git-lfs, restic and git: the same data, one run, a table of seconds and ratios.

  compare.py --cairn PATH [--work DIR] [--files 100000] [--random-mb 1024] [--runs 3] [--peers dvc,git-lfs,restic,git]

Each step runs `--runs` times on a fresh copy, the tools taking turns, and the median is printed with its ratio to cairn.
Peers that are not installed are left out of the table and named. DIR should lie on tmpfs. Nothing here asserts a bar:
bench/README.md says how to read the figures.
"""
import argparse
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time


def sh(command, cwd, env, check=True):
    """Runs a shell line; returns (seconds, peak resident KiB)."""
    start = time.perf_counter()
    child = subprocess.Popen(["bash", "-c", command], cwd=cwd, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    errors = child.stderr.read()
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - start
    if check and child.returncode != 0:
        sys.exit(f"{command}: exit {child.returncode}\n{errors.decode(errors='replace')[-2000:]}")
    return seconds, usage.ru_maxrss


def tree_bytes(path):
    total = 0
    for folder, _, names in os.walk(path):
        total += sum(os.lstat(os.path.join(folder, name)).st_size for name in names)
    return total


# ---- data, with fixed seeds --------------------------------------------------------------------------------------
WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda label score image source split".split()


def make_json_files(folder, count):
    rng = random.Random(7)
    for i in range(count):
        directory = os.path.join(folder, f"{i // 1000:03}")
        if i % 1000 == 0:
            os.makedirs(directory)
        row = {"id": i, "text": " ".join(rng.choices(WORDS, k=rng.randrange(10, 500))), "score": rng.random()}
        with open(os.path.join(directory, f"{i:06}.json"), "w") as out:
            json.dump(row, out)


def make_random_file(path, megabytes):
    rng = random.Random(11)
    with open(path, "wb") as out:
        for _ in range(megabytes):
            out.write(rng.randbytes(1 << 20))


# ---- tools: shell lines for each step ------------------------------------------------------------------------------
def tools(cairn):
    init_git = "git init -q . && git commit -q --allow-empty -m start"
    return {
        "cairn": {
            "init": f"{init_git} && {cairn} -q init && {cairn} -q remote add r ../remote",
            "add": f"{cairn} -q add data && git commit -qm data",
            "status": f"{cairn} -q status",
            "readd": f"{cairn} -q add data",
            "checkout": f"{cairn} -q checkout",
            "push": f"{cairn} -q push",
            "clone": f"git clone -q repo clone && cd clone && {cairn} -q remote add r ../remote && {cairn} -q pull",
            "store": ".git/cairn",
        },
        "dvc": {
            "init": f"{init_git} && dvc init -q && dvc config core.analytics false && dvc config cache.type copy"
                    " && dvc remote add -q -d r ../remote && git add -A && git commit -qm dvc",
            "add": "dvc add -q data && git add -A && git commit -qm data",
            "status": "dvc status -q || true",
            "readd": "dvc add -q data",
            "checkout": "dvc checkout -q",
            "push": "dvc push -q",
            "clone": "git clone -q repo clone && cd clone && dvc pull -q -r r",
            "store": ".dvc/cache",
        },
        "git-lfs": {
            "init": f"{init_git} && git lfs install --local >/dev/null && git lfs track 'data/**' >/dev/null",
            "add": "git add -A && git commit -qm data",
            "status": "git status --porcelain",
            "checkout": "git lfs checkout",
            "store": ".git/lfs",
        },
        "restic": {
            "init": "RESTIC_PASSWORD=x restic init -q -r ../remote",
            "add": "RESTIC_PASSWORD=x restic backup -q -r ../remote data",
            "readd": "RESTIC_PASSWORD=x restic backup -q -r ../remote data",
            "checkout": "rm -rf ../out && RESTIC_PASSWORD=x restic restore -q -r ../remote latest --target ../out",
            "store": "../remote",
        },
        "git": {
            "init": init_git,
            "add": "git add data && git commit -qm data",
            "status": "git status --porcelain",
            "checkout": "git -c checkout.workers=2 checkout -- data",
            "store": ".git/objects",
        },
    }


STEPS = ["add", "status", "readd", "push", "checkout", "clone"]


def run_tool(name, lines, source, work, env, results):
    """One round: every step the tool has, on a fresh repository."""
    base = os.path.join(work, name)
    shutil.rmtree(base, ignore_errors=True)
    repo = os.path.join(base, "repo")
    os.makedirs(repo)
    os.makedirs(os.path.join(base, "remote"))
    sh(lines["init"], repo, env)
    subprocess.run(["cp", "-a", source, os.path.join(repo, "data")], check=True)
    time.sleep(0.05)  # older than any racy window
    peak = 0
    for step in STEPS:
        if step not in lines:
            continue
        if step == "checkout" and name != "restic":
            subprocess.run(["rm", "-rf", os.path.join(repo, "data")], check=True)
        seconds, rss = sh(lines[step], base if step == "clone" else repo, env)
        peak = max(peak, rss)
        results.setdefault((step, name), []).append(seconds)
        if step == "add":
            results.setdefault(("stored MB", name), []).append(tree_bytes(os.path.join(repo, lines["store"])) / 1e6)
        if step == "clone":
            verify = subprocess.run(["diff", "-rq", source, os.path.join(base, "clone", "data")], capture_output=True)
            if verify.returncode != 0:
                sys.exit(f"{name}: the clone differs: {verify.stdout[:500]}")
    results.setdefault(("peak MB", name), []).append(peak / 1e3)
    shutil.rmtree(base, ignore_errors=True)


def table(title, names, results):
    print(f"\n### {title}\n\n| step | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 1) + "|")
    for step in [*STEPS, "stored MB", "peak MB"]:
        own = results.get((step, "cairn"))
        cells = []
        for name in names:
            values = results.get((step, name))
            if not values:
                cells.append("–")
                continue
            value = statistics.median(values)
            ratio = f" ({value / statistics.median(own):.1f}x)" if own and name != "cairn" else ""
            cells.append((f"{value:.0f}" if "MB" in step else f"{value:.2f}") + ratio)
        print(f"| {step} | " + " | ".join(cells) + " |", flush=True)


def machine():
    flags = open("/proc/cpuinfo").read()
    sha = "with SHA-NI" if " sha_ni" in flags else "without SHA-NI"
    model = next((line.split(":", 1)[1].strip() for line in flags.splitlines() if line.startswith("model name")), "?")
    return f"{model}, {os.cpu_count()} cores, {sha}, load {os.getloadavg()[0]:.1f}"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cairn", required=True)
    parser.add_argument("--work", default="/dev/shm")
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--random-mb", type=int, default=1024)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", default="dvc,git-lfs,restic,git")
    options = parser.parse_args()
    work = tempfile.mkdtemp(prefix="cairn-bench.", dir=options.work)
    env = dict(os.environ, HOME=work, GIT_CONFIG_NOSYSTEM="1", GIT_AUTHOR_NAME="b", GIT_AUTHOR_EMAIL="b@example.org",
               GIT_COMMITTER_NAME="b", GIT_COMMITTER_EMAIL="b@example.org", DVC_NO_ANALYTICS="1")
    programs = {"git-lfs": "git-lfs"}
    known = tools(os.path.realpath(options.cairn))
    names = ["cairn"] + [n for n in options.peers.split(",") if n and shutil.which(programs.get(n, n))]
    absent = [n for n in options.peers.split(",") if n and n not in names]
    print(f"{machine()}\nmedian of {options.runs}, seconds; in brackets: times cairn's; not installed: {absent or 'none'}")
    try:
        for title, make in (
            (f"{options.files:,} JSON files", lambda p: (os.makedirs(p), make_json_files(p, options.files))),
            (f"one file of {options.random_mb} MB, incompressible",
             lambda p: (os.makedirs(p), make_random_file(os.path.join(p, "random.bin"), options.random_mb))),
        ):
            source = os.path.join(work, "source")
            make(source)
            results = {}
            for _ in range(options.runs):
                for name in names:
                    run_tool(name, known[name], source, work, env, results)
            table(f"{title} ({tree_bytes(source) / 1e6:.0f} MB)", names, results)
            shutil.rmtree(source)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
