"""What the benchmarks of this folder share: a HOME of their own, commands, medians."""
import os
import statistics
import subprocess
import tempfile
import time


class Place:
    """A scratch folder with git set up, gone at the end."""

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="cairn-bench.")
        self.path = self.folder.name
        self.env = dict(os.environ, HOME=self.path, GIT_CONFIG_NOSYSTEM="1", AWS_ACCESS_KEY_ID="bench",
                        AWS_SECRET_ACCESS_KEY="bench", LC_ALL="C.UTF-8")
        for key, value in (("user.name", "Bench"), ("user.email", "bench@example.org"), ("init.defaultBranch", "main")):
            self.run(self.path, "git", "config", "--global", key, value)

    def run(self, directory, *words, **variables):
        env = dict(self.env, **variables)
        done = subprocess.run(words, cwd=directory, env=env, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(f"{' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done

    def seconds(self, directory, *words, **variables):
        start = time.monotonic()
        self.run(directory, *words, **variables)
        return time.monotonic() - start


def row(name, times, peer=None):
    """A line of the table: median, least, and the median as a multiple of the peer's."""
    median = statistics.median(times)
    ratio = f"{median / statistics.median(peer):6.2f} x" if peer else ""
    print(f"{name:52} {median * 1000:9.1f} ms  least {min(times) * 1000:9.1f} ms {ratio}")
