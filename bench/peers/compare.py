#!/usr/bin/env python3
"""cairn beside DVC, git-lfs, restic and git: the same data, one run, a table of seconds and ratios.

  compare.py --cairn PATH [--work DIR] [--runs 3] [--peers dvc,git-lfs,restic,git] [--only files,random,checkpoint,...]
             [--files 100000] [--random-mb 1024]

Each step runs `--runs` times on a fresh copy, the tools taking turns, and the median is printed with its ratio to cairn.
Peers that are not installed are left out of the table and named. DIR should lie on tmpfs. Nothing here asserts a bar:
bench/README.md says how to read the figures.
"""
import argparse
import multiprocessing
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

from tools import tools

STEPS = ["add", "status", "readd", "next", "push", "checkout", "clone"]  # "next": add again, of changed data
ROWS = ["add", "add alone", *STEPS[1:], "add all"]  # of a table, before the others


def serve_commands(pipe):
    """Runs what the pipe asks for. A process of its own, forked while small: a child's peak memory starts with that of
    the process that forked it."""
    while True:
        command, cwd, env = pipe.recv()
        start = time.perf_counter()
        child = subprocess.Popen(["bash", "-c", command], cwd=cwd, env=env, stdout=subprocess.DEVNULL,
                                 stderr=subprocess.PIPE)
        errors = child.stderr.read()
        _, status, usage = os.wait4(child.pid, 0)
        child.returncode = os.waitstatus_to_exitcode(status)
        pipe.send((child.returncode, time.perf_counter() - start, usage.ru_maxrss, errors.decode(errors="replace")))


RUNNER, served = multiprocessing.Pipe()
multiprocessing.Process(target=serve_commands, args=(served,), daemon=True).start()
import data  # noqa: E402  (after the fork: numpy is large)


def sh(command, cwd, env):
    """Runs a shell line; returns (seconds, peak resident KiB of its largest process)."""
    RUNNER.send((command, cwd, env))
    code, seconds, rss, errors = RUNNER.recv()
    if code != 0:
        sys.exit(f"{command}: exit {code}\n{errors[-2000:]}")
    return seconds, rss


def tree_bytes(path):
    total = 0
    for folder, _, names in os.walk(path):
        total += sum(os.lstat(os.path.join(folder, name)).st_size for name in names)
    return total


def change(folder):
    """One file of a hundred, or of a large file one megabyte of a hundred but not its first, where a header may stand,
    gets other bytes of the same length."""
    paths = sorted(os.path.join(above, name) for above, _, names in os.walk(folder) for name in names)
    for path in paths[::100]:
        size = os.path.getsize(path)
        with open(path, "r+b") as stream:
            for at in range(1_000_000, size, 100_000_000) if size > 1_000_000 else [0]:
                stream.seek(at)
                stream.write(os.urandom(min(size - at, 1_000_000) if size > 1_000_000 else 8))


def stored_mb(repo, lines):
    return sum(tree_bytes(os.path.join(repo, place)) for place in lines["store"]) / 1e6


def start_repo(name, lines, work, env):
    base = os.path.join(work, name)
    shutil.rmtree(base, ignore_errors=True)
    repo = os.path.join(base, "repo")
    os.makedirs(repo)
    os.makedirs(os.path.join(base, "remote"))
    sh(lines["init"], repo, env)
    return base, repo


def add(lines, repo, env):
    """Adds `data` and commits; returns (seconds, peak, seconds before the commit, or None where the tool makes none)."""
    seconds, rss = sh(lines["add"], repo, env)
    if "commit" not in lines:
        return seconds, rss, None
    commit, commit_rss = sh(lines["commit"], repo, env)
    return seconds + commit, max(rss, commit_rss), seconds


def run_steps(name, lines, source, work, env, results):
    """One round: every step the tool has, on a fresh repository."""
    base, repo = start_repo(name, lines, work, env)
    subprocess.run(["cp", "-a", source, os.path.join(repo, "data")], check=True)
    time.sleep(0.05)  # older than any racy window
    peak = 0
    for step in STEPS:
        line = lines.get("add" if step == "next" else step)
        if line is None:
            continue
        if step == "next":
            change(os.path.join(repo, "data"))
            time.sleep(0.05)
        if step == "checkout" and name != "restic":
            subprocess.run(["rm", "-rf", os.path.join(repo, "data")], check=True)
        if step in ("add", "next"):
            seconds, rss, alone = add(lines, repo, env)
            if step == "add" and alone is not None:
                results.setdefault(("add alone", name), []).append(alone)
        else:
            seconds, rss = sh(line, base if step == "clone" else repo, env)
        peak = max(peak, rss)
        results.setdefault((step, name), []).append(seconds)
        if step == "add":
            results.setdefault(("stored MB", name), []).append(stored_mb(repo, lines))
        if step == "clone":
            verify = subprocess.run(["diff", "-rq", "repo/data", "clone/data"], cwd=base, capture_output=True)
            if verify.returncode != 0:
                sys.exit(f"{name}: the clone differs: {verify.stdout[:500]}")
    results.setdefault(("peak MB", name), []).append(peak / 1e3)
    shutil.rmtree(base, ignore_errors=True)


def run_series(name, lines, versions, work, env, results):
    """One round: the versions of a series added one after the other."""
    base, repo = start_repo(name, lines, work, env)
    seconds = 0
    peak = 0
    for make in versions:
        make(os.path.join(repo, "data"))
        time.sleep(0.05)
        one, rss, _ = add(lines, repo, env)
        seconds += one
        peak = max(peak, rss)
    results.setdefault(("add all", name), []).append(seconds)
    results.setdefault(("stored MB", name), []).append(stored_mb(repo, lines))
    results.setdefault(("peak MB", name), []).append(peak / 1e3)
    shutil.rmtree(base, ignore_errors=True)


def run_primitives(source, work, env, results):
    """The floor of a large file: `openssl dgst -sha256` plus `cp`, and the start of a process."""
    path = os.path.join(source, os.listdir(source)[0])
    hashed, _ = sh(f"openssl dgst -sha256 {path}", work, env)
    copied, _ = sh(f"cp {path} {work}/copy && rm {work}/copy", work, env)
    for step in ("add", "checkout"):
        results.setdefault((step, "openssl dgst + cp"), []).append(hashed + copied)


def table(title, names, results):
    print(f"\n### {title}\n\n| step | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 1) + "|")
    steps = dict.fromkeys(step for step, _ in results)
    for step in sorted(steps, key=lambda step: ROWS.index(step) if step in ROWS else len(ROWS)):
        own = results.get((step, "cairn"))
        cells = []
        for name in names:
            values = results.get((step, name))
            if not values:
                cells.append("–")
                continue
            value = statistics.median(values)
            ratio = f" ({value / statistics.median(own):.2f}x)" if own and name != "cairn" else ""
            cells.append((f"{value:.0f}" if "MB" in step else f"{value:.2f}") + ratio)
        print(f"| {step} | " + " | ".join(cells) + " |", flush=True)


def machine():
    flags = open("/proc/cpuinfo").read()
    sha = "with SHA-NI" if " sha_ni" in flags else "without SHA-NI"
    model = next((line.split(":", 1)[1].strip() for line in flags.splitlines() if line.startswith("model name")), "?")
    return f"{model}, {os.cpu_count()} cores, {sha}, load {os.getloadavg()[0]:.1f}"


def compare_start(cairn, work, env, runs):
    """`cairn version` beside `true`, in ms: medians of 50 starts each."""
    def median_ms(command):
        times = []
        for _ in range(50 * runs):
            start = time.perf_counter()
            subprocess.run(command, cwd=work, env=env, stdout=subprocess.DEVNULL, check=True)
            times.append(time.perf_counter() - start)
        return statistics.median(times) * 1e3
    print(f"\n### start\n\ncairn version {median_ms([cairn, 'version']):.1f} ms, true {median_ms(['true']):.1f} ms", flush=True)


class Bench:
    def __init__(self, options, work, env, names, known):
        self.options, self.work, self.env, self.names, self.known = options, work, env, names, known

    def steps(self, title, make, primitives=False):
        source = os.path.join(self.work, "source")
        make(source)
        results = {}
        for _ in range(self.options.runs):
            for name in self.names:
                run_steps(name, self.known[name], source, self.work, self.env, results)
            if primitives:
                run_primitives(source, self.work, self.env, results)
        columns = self.names + (["openssl dgst + cp"] if primitives else [])
        table(f"{title} ({tree_bytes(source) / 1e6:.0f} MB)", columns, results)
        shutil.rmtree(source)

    def series(self, title, make):
        results = {}
        for _ in range(self.options.runs):
            for name in self.names:
                run_series(name, self.known[name], make(), self.work, self.env, results)
        table(title, self.names, results)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cairn", required=True)
    parser.add_argument("--work", default="/dev/shm")
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--random-mb", type=int, default=1024)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", default="dvc,git-lfs,restic,git")
    parser.add_argument("--only", default="start,files,random,checkpoint,numbers,checkpoints,images,tables")
    options = parser.parse_args()
    only = options.only.split(",")
    work = tempfile.mkdtemp(prefix="cairn-bench.", dir=options.work)
    env = dict(os.environ, HOME=work, GIT_CONFIG_NOSYSTEM="1", GIT_AUTHOR_NAME="b", GIT_AUTHOR_EMAIL="b@example.org",
               GIT_COMMITTER_NAME="b", GIT_COMMITTER_EMAIL="b@example.org", DVC_NO_ANALYTICS="1")
    cairn = os.path.realpath(options.cairn)
    peers = [n for n in options.peers.split(",") if n]
    names = ["cairn"] + [n for n in peers if shutil.which(n)]
    absent = [n for n in peers if n not in names]
    print(f"{machine()}\nmedian of {options.runs}, seconds; in brackets: times cairn's; not installed: {absent or 'none'}")
    bench = Bench(options, work, env, names, tools(cairn))
    try:
        if "start" in only:
            compare_start(cairn, work, env, options.runs)
        if "files" in only:
            bench.steps(f"{options.files:,} JSON files", lambda p: data.json_files(p, options.files))
        if "random" in only:
            bench.steps(f"one file of {options.random_mb} MB, incompressible",
                        lambda p: data.random_file(p, options.random_mb), primitives=True)
        if "checkpoint" in only:
            bench.steps("one checkpoint (safetensors)", lambda p: data.checkpoints(1, 130)[0](p), primitives=True)
        if "numbers" in only:
            bench.steps("the same arrays in a file of no known format",
                        lambda p: data.checkpoints(1, 130, "raw")[0](p), primitives=True)
        if "checkpoints" in only:
            bench.series("8 checkpoints of a training run, 130 MB each", lambda: data.checkpoints(8, 130))
        if "images" in only:
            bench.series("4 releases of a set of 5,000 images", lambda: data.image_releases(4, 5000))
        if "tables" in only:
            bench.series("8 versions of a table of 200,000 rows", lambda: data.edited_tables(8, 200_000))
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
