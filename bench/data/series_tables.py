"""Series of tables: flights of the United States in 2001 as the npm package vega-datasets carries them."""
import random

import pyarrow.csv
import pyarrow.parquet

import series_releases

SEED = 4


def flights(out):
    import numpy
    package = series_releases.npm_package(out, "vega-datasets", "3.2.1")
    table = pyarrow.parquet.read_table(package / "data" / "flights-3m.parquet")
    return table.add_column(0, "key", pyarrow.array(numpy.arange(table.num_rows)))


def write(out, series, number, name, lines):
    folder = out / series / str(number)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / name, "wb") as file:
        file.writelines(lines)


def csv_lines(out):
    sink = pyarrow.BufferOutputStream()
    pyarrow.csv.write_csv(flights(out), sink)
    return bytes(sink.getvalue()).splitlines(keepends=True)


def edited(lines, count, rng):
    """One cell of each of `count` rows is another number."""
    lines = list(lines)
    for row in rng.sample(range(1, len(lines)), count):
        cells = lines[row].rstrip(b"\n").split(b",")
        cells[-1] = str(rng.randrange(10_000)).encode()
        lines[row] = b",".join(cells) + b"\n"
    return lines


def without(lines, rows):
    gone = set(rows)
    return [line for row, line in enumerate(lines) if row not in gone]


def appended(lines, share):
    count = int(len(lines) * share)
    return lines + [b"9" + line for line in lines[1:count + 1]]


def tables(out):
    rng, lines = random.Random(SEED), csv_lines(out)
    middle = len(lines) // 2
    versions = {
        "edits-100": edited(lines, 100, rng),
        "edits-1000": edited(lines, 1_000, rng),
        "edits-10000": edited(lines, 10_000, rng),
        "block-deleted": lines[:middle] + lines[middle + 1_000:],
        "rows-deleted-1000": without(lines, rng.sample(range(1, len(lines)), 1_000)),
        "rows-deleted-1-percent": without(lines, rng.sample(range(1, len(lines)), len(lines) // 100)),
        "appended-1-percent": appended(lines, 0.01),
    }
    for name, changed in versions.items():
        write(out, f"csv-{name}", 0, "flights.csv", lines)
        write(out, f"csv-{name}", 1, "flights.csv", changed)


def jsonl(out):
    rng, lines = random.Random(SEED), csv_lines(out)
    names = [name.strip(b'"') for name in lines[0].strip().split(b",")]
    rows = [b"{" + b", ".join(b'"%s": %s' % (name, cell or b"null") for name, cell in zip(names, line.strip().split(b","))) + b"}\n"
            for line in lines[1:800_001]]
    changed = list(rows)
    for row in rng.sample(range(len(rows)), 300):
        changed[row] = changed[row].replace(b"}", b', "checked": true}')
    write(out, "jsonl-edits-300", 0, "flights.jsonl", rows)
    write(out, "jsonl-edits-300", 1, "flights.jsonl", changed)
    write(out, "jsonl-edits-300", 2, "flights.jsonl", appended(changed, 0.01))


def parquet(out):
    table = flights(out)
    rows = [row for row in range(table.num_rows)]
    gone = set(random.Random(SEED).sample(rows, 1_000))
    kept = table.take([row for row in rows if row not in gone])
    for number, version in enumerate((table, kept)):
        folder = out / "parquet-rows-deleted" / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        pyarrow.parquet.write_table(version, folder / "flights.parquet", compression="snappy")
