"""Data sets of the comparison: fixed seeds, made on the spot. A series is a list of functions, each of which turns the
folder of one version into the next."""
import json
import os
import random
import struct

WORDS = "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda label score image source split".split()


def json_files(folder, count):
    """`count` JSON files of 0.2 to 4 KB, a thousand to a folder."""
    rng = random.Random(7)
    for i in range(count):
        directory = os.path.join(folder, f"{i // 1000:03}")
        if i % 1000 == 0:
            os.makedirs(directory)
        row = {"id": i, "text": " ".join(rng.choices(WORDS, k=rng.randrange(10, 500))), "score": rng.random()}
        with open(os.path.join(directory, f"{i:06}.json"), "w") as out:
            json.dump(row, out)


def random_file(folder, megabytes, name="random.bin", seed=11):
    os.makedirs(folder, exist_ok=True)
    rng = random.Random(seed)
    with open(os.path.join(folder, name), "wb") as out:
        for _ in range(megabytes):
            out.write(rng.randbytes(1 << 20))


def write_arrays(folder, arrays, form):
    """`form`: "safetensors", or "raw" for the bytes of the arrays alone, of which a reader knows nothing."""
    if form == "raw":
        with open(os.path.join(folder, "model.bin"), "wb") as out:
            out.write(b"".join(array.tobytes() for array in arrays.values()))
        return
    header, end = {}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": "F32", "shape": list(array.shape), "data_offsets": [end, end + array.nbytes]}
        end += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(folder, "model.safetensors"), "wb") as out:
        out.write(struct.pack("<Q", len(text)) + text)
        for array in arrays.values():
            out.write(array.tobytes())


def checkpoints(steps, megabytes, form="safetensors"):
    """A training run in small: a least-squares model of fp32 weights under Adam, saved with its two moments after each
    of `steps` steps as the three arrays of a checkpoint. Needs numpy."""
    import numpy

    rng = numpy.random.default_rng(3)
    count = megabytes * (1 << 20) // 12
    weights = rng.normal(0, 0.02, count).astype(numpy.float32)
    target = weights + rng.normal(0, 0.005, count).astype(numpy.float32)
    first = numpy.zeros(count, numpy.float32)
    second = numpy.zeros(count, numpy.float32)

    def save(folder, step):
        os.makedirs(folder, exist_ok=True)
        noise = rng.normal(0, 0.01, count).astype(numpy.float32)
        gradient = (weights - target) + noise
        first[:] = 0.9 * first + 0.1 * gradient
        second[:] = 0.999 * second + 0.001 * gradient * gradient
        unbiased = first / (1 - 0.9 ** (step + 1))
        weights[:] -= 1e-4 * unbiased / (numpy.sqrt(second / (1 - 0.999 ** (step + 1))) + 1e-8)
        write_arrays(folder, {"weights": weights, "exp_avg": first, "exp_avg_sq": second}, form)

    return [lambda folder, step=step: save(folder, step) for step in range(steps)]


def image_releases(releases, count):
    """Releases of a set of `count` images (incompressible, 20 to 60 KB): each adds 10 %, replaces 2 % and drops 1 %."""
    rng = random.Random(5)
    names = []

    def write(folder, name):
        with open(os.path.join(folder, name), "wb") as out:
            out.write(b"\xff\xd8\xff\xe0" + rng.randbytes(rng.randrange(20_000, 60_000)))

    def first(folder):
        os.makedirs(folder, exist_ok=True)
        for i in range(count):
            names.append(f"{i:06}.jpg")
            write(folder, names[-1])

    def following(folder):
        for name in rng.sample(names, len(names) // 100):
            os.remove(os.path.join(folder, name))
            names.remove(name)
        for name in rng.sample(names, len(names) // 50):
            write(folder, name)
        for i in range(len(names) // 10):
            names.append(f"{len(names) + 1_000_000 * i:09}.jpg")
            write(folder, names[-1])

    return [first] + [following] * (releases - 1)


def edited_tables(versions, rows):
    """A CSV table of `rows` rows: each version changes 0.1 % of them, inserts as many and drops half as many."""
    rng = random.Random(9)
    table = []

    def row():
        return f"{rng.randrange(10**9)},{rng.choice(WORDS)},{rng.random():.6f},{' '.join(rng.choices(WORDS, k=6))}\n"

    def write(folder):
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "table.csv"), "w") as out:
            out.writelines(table)

    def first(folder):
        table.extend(row() for _ in range(rows))
        write(folder)

    def following(folder):
        for _ in range(rows // 1000):
            table[rng.randrange(len(table))] = row()
            table.insert(rng.randrange(len(table)), row())
        for _ in range(rows // 2000):
            table.pop(rng.randrange(len(table)))
        write(folder)

    return [first] + [following] * (versions - 1)
