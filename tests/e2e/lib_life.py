"""What tests of random lives share: reading what stands at a path, and running one life from its seed."""

import os
import shutil
import subprocess
import sys
import tempfile

CAIRN = os.environ["CAIRN_BIN"]
DONE, CONFLICT = 0, 11


def scan(path):
    """What stands at a path: {name inside: ("file", bytes, x bit) | ("link", target) | ("empty",)}; a lone file has the name ""."""
    if os.path.islink(path):
        return {"": ("link", os.readlink(path))}
    if os.path.isfile(path):
        return {"": node(path)}
    out = {}
    for folder, folders, files in os.walk(path):
        inside = os.path.relpath(folder, path)
        inside = "" if inside == "." else inside + "/"
        for name in files + [name for name in folders if os.path.islink(os.path.join(folder, name))]:
            out[inside + name] = node(os.path.join(folder, name))
        if inside and not folders and not files:
            out[inside[:-1]] = ("empty",)
    return out


def node(path):
    if os.path.islink(path):
        return ("link", os.readlink(path))
    with open(path, "rb") as stream:
        return ("file", stream.read(), bool(os.stat(path).st_mode & 0o100))


def content(entry):
    return entry[:2] if entry else None


def play(name, seed, steps, begin):
    """`begin(seed, top)` makes a life with step(), end() and `steps`, the list of what it did; a failure prints seed and list."""
    top = tempfile.mkdtemp(prefix=f"cairn-{name}.")
    home = os.path.join(top, "home")
    os.makedirs(home)
    os.environ.update(HOME=home, XDG_CONFIG_HOME=home, GIT_CONFIG_NOSYSTEM="1", LC_ALL="C.UTF-8")
    for key, value in (("user.name", "Tester"), ("user.email", "tester@example.org")):
        subprocess.run(["git", "config", "--global", key, value], check=True)
    done = []
    try:
        life = begin(seed, top, done)
        for _ in range(steps):
            life.step()
        life.end()
    except BaseException:
        variable = f"CAIRN_{name.upper()}_"
        print(f"FAILED: {variable}SEED={seed} {variable}STEPS={steps}", *done, sep="\n  ", file=sys.stderr)
        raise
    finally:
        if not os.environ.get(f"CAIRN_{name.upper()}_KEEP"):
            shutil.rmtree(top, ignore_errors=True)


def play_all(name, rounds, steps, begin, first=5):
    """So many lives from a seed on: CAIRN_NAME_ROUNDS, _STEPS and _SEED win over what is given."""
    for variable in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        os.environ.pop(variable, None)
    given = {key: os.environ.get(f"CAIRN_{name.upper()}_{key}") for key in ("SEED", "ROUNDS", "STEPS")}
    first, rounds, steps = int(given["SEED"] or first), int(given["ROUNDS"] or rounds), int(given["STEPS"] or steps)
    for seed in range(first, first + rounds):
        play(name, seed, steps, begin)
