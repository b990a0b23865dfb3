#!/usr/bin/env python3
"""Real data in versions, for bench/peers/compare_versions.py: fixed seeds, nothing asserted.

  make.py OUT [--only training,finetune,edits,tables,jsonl,releases,images,parquet]

A series is OUT/NAME/<version>/…; versions are numbered from 0. Needs requirements.txt, and npm for released data sets.
  training  a small GPT trained from scratch on the sources of Python's library: bf16 weights, and fp32 weights with Adam's moments,
            every 50 steps
  finetune  a pretrained sentence encoder and four steps of its fine-tuning, bf16 and fp32
  edits     that encoder with tensors renamed, reordered, one inserted, rows appended to its vocabulary, adapters beside it
  tables    2.97 million rows of flights as CSV, each second version edited in its own way
  jsonl     the same rows as JSON lines
  parquet   the same rows as Parquet
  releases  four releases of browser-compat-data (one JSON file of 19 MB)
  images    four releases of an emoji set (thousands of PNGs)
"""
import argparse
import pathlib
import sys

import series_models
import series_releases
import series_tables

SERIES = {
    "training": series_models.training,
    "finetune": series_models.finetune,
    "edits": series_models.edits,
    "tables": series_tables.tables,
    "jsonl": series_tables.jsonl,
    "parquet": series_tables.parquet,
    "releases": series_releases.json_releases,
    "images": series_releases.image_releases,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=pathlib.Path)
    parser.add_argument("--only", default=",".join(SERIES))
    args = parser.parse_args()
    for name in args.only.split(","):
        if name not in SERIES:
            sys.exit(f"make.py: unknown series {name}; known: {', '.join(SERIES)}")
        print(f"making {name}", flush=True)
        SERIES[name](args.out)


if __name__ == "__main__":
    main()
