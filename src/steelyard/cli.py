"""The command ``steelyard``: one sub-command a function; each imports what it needs inside."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from steelyard import __version__
from steelyard.core.errors import UserError, did_you_mean

if TYPE_CHECKING:
    from pathlib import Path


FINE, FAILED, BAD_INPUT, OUR_BUG, INTERRUPTED = 0, 1, 2, 3, 130
Arguments = argparse.Namespace


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code and never shows a traceback."""
    began = time.monotonic()
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        arguments = parser().parse_args(words)
        arguments.began, arguments.words = began, words
        run: Callable[[Arguments], int] = arguments.run
        return run(arguments)
    except UserError as error:
        print(error, file=sys.stderr)
        return BAD_INPUT
    except KeyboardInterrupt:
        print("stopped; the same command goes on where this one was", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # the reader of our output has gone (`| head`): nothing more to say
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FINE
    except Exception as error:
        if os.environ.get("STEELYARD_DEBUG"):
            raise
        print(
            f"error[E300]: a bug in steelyard: {type(error).__name__}: {error}\n"
            "  fix: run it again with STEELYARD_DEBUG=1 and report what it prints",
            file=sys.stderr,
        )
        return OUR_BUG


# ------------------------------------------------------------------------- the words
class _Parser(argparse.ArgumentParser):
    """Speaks of bad arguments as steelyard speaks of all bad input."""

    def error(self, message: str) -> NoReturn:
        raise UserError("E190", message, where=self.prog, fix=f"see `{self.prog} --help`")

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            choices = [str(choice) for choice in action.choices]
            raise UserError(
                "E190",
                f"there is no '{value}'",
                where=self.prog,
                why=f"it may be {', '.join(choices)}",
                fix=did_you_mean(str(value), choices) or f"see `{self.prog} --help`",
            )


def parser() -> argparse.ArgumentParser:
    """All sub-commands and their flags."""
    top = _Parser(
        prog="steelyard",
        description="Finds out why a classifier fails on your data, tries the remedies on this "
        "very data under an equal budget, and keeps the one that provably helps.",
        epilog="steelyard treat data.csv --label target --minutes 5",
    )
    top.add_argument("--version", action="version", version=f"steelyard {__version__}")
    commands = top.add_subparsers(metavar="COMMAND", required=True, parser_class=_Parser)

    def command(run: Callable[[Arguments], int], name: str, text: str) -> argparse.ArgumentParser:
        sub: argparse.ArgumentParser = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    _data_flags(command(examine, "examine", "find out what is wrong"), minutes=5.0)
    _data_flags(command(treat, "treat", "find out, try the remedies, keep what helps"), 10.0)
    sub = command(compare, "compare", "what a new model wins and breaks against an old one")
    sub.add_argument("path", metavar="CASE", help="the folder of a case")
    sub.add_argument("old", metavar="OLD", help="base, kept, candidate, or a predictions file")
    sub.add_argument("new", metavar="NEW", help="base, kept, candidate, or a predictions file")
    sub.add_argument("--max-negative-flips", type=float, metavar="SHARE", help="the gate: exit 1")
    sub.add_argument("--all", action="store_true", help="list every class")
    sub.add_argument("--json", action="store_true", help="print numbers as JSON and nothing else")
    sub = command(predict, "predict", "use the kept model on new data")
    sub.add_argument("case", metavar="CASE", help="the folder of a case")
    sub.add_argument("new", metavar="NEW_DATA", help="a table or a folder of images")
    sub.add_argument("--skip-unreadable", action="store_true", help="leave broken images out")
    sub.add_argument("--out", metavar="FILE", help="write a CSV there instead of printing it")
    sub = command(report, "report", "write the report of a case again")
    sub.add_argument("case", metavar="CASE", help="the folder of a case")
    sub = command(explain, "explain", "what a detector or remedy is, and why")
    sub.add_argument("code", metavar="CODE", help="such as P301 or R610")
    sub = command(show_list, "list", "all detectors, remedies or goals")
    sub.add_argument("what", nargs="?", default="all", choices=("all", *_LISTS))
    command(doctor, "doctor", "is this installation healthy?")
    sub = command(new, "new", "write the skeleton of a detector or remedy of your own")
    sub.add_argument("kind", choices=("detector", "remedy"))
    sub.add_argument("name", metavar="NAME", help="such as d140_my_detector or r640_my_remedy")
    sub.add_argument("--folder", metavar="DIR", help="default: its shelf in this checkout")
    return top


def _data_flags(sub: argparse.ArgumentParser, minutes: float) -> None:
    add = sub.add_argument
    add("path", metavar="PATH", help="a table, a folder of class folders, an .npz, a manifest")
    add("--minutes", type=float, default=minutes, metavar="N", help=f"default {minutes:g}")
    add("--label", metavar="COL", help="the column with the classes")
    add("--group", metavar="COL", help="rows of one group never straddle splits")
    add("--test", metavar="PATH", help="a test split of its own")
    add("--goal", default="balanced-accuracy", metavar="GOAL", help="see `steelyard list goals`")
    add("--prior", default="", help="the class mix in use: uniform, train or FILE")
    add("--backbone", default="efficientnet-lite0", help="for images; none, or file.py:function")
    add(
        "--model",
        default="",
        help="a network for images, or file.py:function; or for tables, "
        "such as lightgbm, xgboost, catboost, logistic",
    )
    add("--seeds", type=int, default=3, metavar="N")
    add("--random-state", type=int, default=0, metavar="N")
    add("--select", type=_codes, default=(), metavar="CODES", help="only these, such as P3,R610")
    add("--ignore", type=_codes, default=(), metavar="CODES", help="all but these")
    add("--sample", type=_count, metavar="ROWS", help="read a sample that keeps every rare row")
    add("--drop-unlabelled", action="store_true", help="leave rows without a label out")
    add("--keep-singletons", action="store_true", help="accept classes with one row")
    add("--skip-unreadable", action="store_true", help="leave broken images out")
    add("--case", metavar="DIR", help="where to keep the case; default .steelyard/NAME")
    add("--plan", action="store_true", help="say what would be done, and stop")
    add("--json", action="store_true", help="print the case file's summary and nothing else")
    add("--fail-on", choices=("low", "medium", "high", "critical"), help="exit 1 from there on")


def _count(text: str) -> int:
    if (count := int(text)) < 1:
        raise argparse.ArgumentTypeError(f"{count} is not 1 or more")
    return count


def _codes(text: str) -> tuple[str, ...]:
    return tuple(code.strip().upper() for code in text.split(",") if code.strip())


# ---------------------------------------------------------------------- the commands
def examine(arguments: Arguments) -> int:
    """``steelyard examine PATH``."""
    from steelyard.session import Session

    return Session(arguments, treating=False).run()


def treat(arguments: Arguments) -> int:
    """``steelyard treat PATH``."""
    from steelyard.session import Session

    return Session(arguments, treating=True).run()


def compare(arguments: Arguments) -> int:
    """``steelyard compare CASE OLD NEW``."""
    from steelyard.report.comparison import compare_models

    return compare_models(arguments)


def predict(arguments: Arguments) -> int:
    """``steelyard predict CASE NEW_DATA``."""
    import csv
    from pathlib import Path

    from steelyard.core.case import cannot_write
    from steelyard.predictor import Predictor

    predictor = Predictor.load(_case(arguments.case))
    if arguments.out:
        _require_outside(Path(arguments.out), Path(arguments.new))
    decision, names = predictor.decide(arguments.new, skip_unreadable=arguments.skip_unreadable)
    rows = [["row", "predicted", *(f"proba_{name}" for name in predictor.classes)]]
    for name, p, k in zip(names, *decision):
        rows.append([str(name), predictor.classes[k], *(f"{value:.6f}" for value in p)])
    if arguments.out:
        try:
            with Path(arguments.out).open("w", newline="", encoding="utf-8") as stream:
                csv.writer(stream, lineterminator="\n").writerows(rows)
        except OSError as error:
            raise cannot_write(Path(arguments.out), error, "--out FILE") from error
    else:
        csv.writer(sys.stdout, lineterminator="\n").writerows(rows)
    return FINE


def report(arguments: Arguments) -> int:
    """``steelyard report CASE``."""
    from steelyard.core.case import Case
    from steelyard.report import write_report

    print(write_report(Case(_case(arguments.case))))
    return FINE


def explain(arguments: Arguments) -> int:
    """``steelyard explain CODE``."""
    from steelyard.catalogue import entry, told

    print(told(entry(arguments.code.upper())))
    return FINE


_LISTS = ("detectors", "remedies", "goals")


def show_list(arguments: Arguments) -> int:
    """``steelyard list``."""
    from steelyard.catalogue import goals, lines

    wanted = _LISTS if arguments.what == "all" else (arguments.what,)
    for number, name in enumerate(wanted):
        print(f"{'' if number == 0 else chr(10)}{name}")
        for line in goals() if name == "goals" else lines(name):
            print(f"  {line}")
    return FINE


def doctor(arguments: Arguments) -> int:
    """``steelyard doctor``."""
    from steelyard.installation import check_installation

    text, healthy = check_installation()
    print(text)
    return FINE if healthy else FAILED


def new(arguments: Arguments) -> int:
    """``steelyard new detector|remedy NAME``."""
    from pathlib import Path

    from steelyard.skeleton import write_skeleton

    folder = Path(arguments.folder) if arguments.folder else None
    for path in write_skeleton(arguments.kind, arguments.name, folder):
        print(path)
    return FINE


def _require_outside(out: Path, data: Path) -> None:
    """`UserError` E154 for an output that would replace the data or lie among them."""
    place, source = os.path.realpath(out), os.path.realpath(data)
    if place == source or (os.path.isdir(source) and place.startswith(source + os.sep)):
        raise UserError(
            "E154",
            f"'{out}' is part of the data '{data}'",
            where="--out FILE",
            why="nothing is ever written into your data",
            fix="give a file outside: --out FILE",
        )


def _case(given: str) -> Path:
    from pathlib import Path

    folder = Path(given)
    if not os.path.isfile(folder / "case.json"):  # also no for a name too long
        near = [str(p.parent) for p in Path(".steelyard").glob("*/case.json")]
        raise UserError(
            "E104",
            f"there is no case '{given}'",
            where=given,
            why="a case is a folder with a case.json, made by `steelyard treat`",
            fix=did_you_mean(given, near)
            or (f"cases here: {', '.join(near)}" if near else "make one: steelyard treat PATH"),
        )
    return folder


if __name__ == "__main__":
    sys.exit(main())
