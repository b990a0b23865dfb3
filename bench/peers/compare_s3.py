#!/usr/bin/env python3
"""cairn beside s5cmd and DVC (with dvc-s3) on one S3 server in memory that checks nothing (bench/s3): one run, the same data,
a table of seconds and ratios; "no-store" is cairn pulling straight into the files. The server shares the cores with the client; what it costs is printed.

  compare_s3.py --cairn PATH --server PATH [--work DIR] [--runs 3] [--files 100000] [--random-mb 1024] [--only files,random]

Any other server: --endpoint URL --bucket NAME in place of --server, with its keys in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; what
a run leaves in that bucket lies below bench/. tests/tools/swift.sh starts an OpenStack Swift.
"""
import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import uuid

import compare  # noqa: E402  (its runner forks while this process is small)
import data

NO_STORE = "no-store"  # cairn, pulling with --no-store
GIT = "git init -q . && git commit -q --allow-empty -m start"


class Server:
    def __init__(self, program):
        self.process = subprocess.Popen([program], stdout=subprocess.PIPE, text=True)
        self.endpoint = "http://127.0.0.1:" + self.process.stdout.readline().split()[1]

    def seconds(self):
        """Processor time so far."""
        fields = open(f"/proc/{self.process.pid}/stat").read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.kill()
        self.process.wait()


class Elsewhere:
    """A server that was started by somebody else."""

    def __init__(self, endpoint):
        self.endpoint = endpoint

    def seconds(self):
        return 0.0

    def stop(self):
        pass


def lines_of(name, cairn, endpoint, place):
    """`place`: bucket and prefix. What is not timed, the push, what is not timed, the pull. s5cmd knows no versions: it copies the folder."""
    if name in ("cairn", NO_STORE):
        pull = "pull --no-store" if name == NO_STORE else "pull"
        return (f"{GIT} && {cairn} -q init && {cairn} -q add data && {cairn} -q remote add r s3://{place}/shop"
                f" --endpoint {endpoint} --region us-east-1 && git add -A && git commit -qm data",
                f"{cairn} -q push",
                f"git clone -q . ../clone && cd ../clone && {cairn} -q trust r", f"cd ../clone && {cairn} -q {pull}")
    if name == "dvc":
        return (f"{GIT} && dvc init -q && dvc config core.analytics false && dvc config cache.type copy && dvc add -q data"
                f" && dvc remote add -q -d r s3://{place}/dvc && dvc remote modify r endpointurl {endpoint}"
                " && git add -A && git commit -qm data",
                "dvc push -q", "git clone -q . ../clone", "cd ../clone && dvc pull -q")
    s5cmd = f"s5cmd --endpoint-url {endpoint}"
    return ("true", f"{s5cmd} cp data/ s3://{place}/data/ >/dev/null", "mkdir -p ../clone/data",
            f"{s5cmd} cp 's3://{place}/data/*' ../clone/data/ >/dev/null")


def run_one(name, options, source, work, env, results):
    base = os.path.join(work, name)
    shutil.rmtree(base, ignore_errors=True)
    repo = os.path.join(base, "repo")
    os.makedirs(repo)
    subprocess.run(["cp", "-a", source, os.path.join(repo, "data")], check=True)
    server = Elsewhere(options.endpoint) if options.endpoint else Server(options.server)
    place = f"{options.bucket}/bench/{uuid.uuid4().hex}" if options.endpoint else "bench-" + name
    try:
        before_push, push, before_pull, pull = lines_of(name, os.path.realpath(options.cairn), server.endpoint, place)
        compare.sh(before_push, repo, env)
        peak = 0
        for step, before, line in (("push", "true", push), ("pull", before_pull, pull)):
            compare.sh(before, repo, env)
            spent = server.seconds()
            seconds, rss = compare.sh(line, repo, env)
            results.setdefault((step, name), []).append(seconds)
            results.setdefault((f"{step}: server's CPU", name), []).append(server.seconds() - spent)
            peak = max(peak, rss)
        results.setdefault(("peak MB", name), []).append(peak / 1e3)
    finally:
        server.stop()
    if subprocess.run(["diff", "-rq", source, os.path.join(base, "clone", "data")], capture_output=True).returncode != 0:
        sys.exit(f"{name}: the clone differs")
    shutil.rmtree(base, ignore_errors=True)


def table(title, names, results):
    print(f"\n### {title}\n\n| step | " + " | ".join(names) + " |")
    print("|---" * (len(names) + 1) + "|")
    for step in dict.fromkeys(step for step, _ in results):
        own = statistics.median(results[(step, "cairn")])
        cells = []
        for name in names:
            value = statistics.median(results[(step, name)])
            ratio = f" ({value / own:.2f}x)" if name != "cairn" and own > 0 else ""
            cells.append(f"{value:.2f}{ratio}")
        print(f"| {step} | " + " | ".join(cells) + " |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cairn", required=True)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--server", help="bin/s3_bench_server of a build with CAIRN_BENCH=ON")
    where.add_argument("--endpoint", help="URL of a server that runs")
    parser.add_argument("--bucket", help="on that server")
    parser.add_argument("--work", default="/dev/shm")
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--random-mb", type=int, default=1024)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--peers", default="s5cmd,dvc")
    parser.add_argument("--only", default="random,files")
    options = parser.parse_args()
    work = tempfile.mkdtemp(prefix="cairn-bench.", dir=options.work)
    env = dict(os.environ, HOME=work, GIT_CONFIG_NOSYSTEM="1", GIT_AUTHOR_NAME="b", GIT_AUTHOR_EMAIL="b@example.org",
               GIT_COMMITTER_NAME="b", GIT_COMMITTER_EMAIL="b@example.org", DVC_NO_ANALYTICS="1",
               AWS_REGION="us-east-1")
    if options.server:
        env |= dict(AWS_ACCESS_KEY_ID="bench", AWS_SECRET_ACCESS_KEY="bench")
    names = ["cairn", NO_STORE] + [n for n in options.peers.split(",") if n and shutil.which(n)]
    print(f"{compare.machine()}\nmedian of {options.runs}, seconds; in brackets: times cairn's; tools: {', '.join(names)}")
    kinds = {"random": (f"one file of {options.random_mb} MB, incompressible", lambda p: data.random_file(p, options.random_mb)),
             "files": (f"{options.files:,} JSON files", lambda p: data.json_files(p, options.files))}
    try:
        for kind in options.only.split(","):
            title, make = kinds[kind]
            source = os.path.join(work, "source")
            make(source)
            results = {}
            for _ in range(options.runs):
                for name in names:
                    run_one(name, options, source, work, env, results)
            table(title, names, results)
            shutil.rmtree(source)
    finally:
        shutil.rmtree(work, ignore_errors=True)


if __name__ == "__main__":
    main()
