"""Skeletons: what ``steelyard new detector|remedy NAME`` writes, ready to be filled in."""

import re
from dataclasses import dataclass
from pathlib import Path
from string import Template

import steelyard
from steelyard.core.errors import UserError
from steelyard.core.shelf import Shelf
from steelyard.diagnose import DETECTORS
from steelyard.treat import REMEDIES

_NAME = re.compile(r"([a-z])(\d{3})_([a-z][a-z0-9]*(?:_[a-z0-9]+)*)")
_PACKAGE = Path(str(steelyard.__file__)).parent


@dataclass(frozen=True)
class Kind:
    """What differs between a detector and a remedy."""

    word: str
    letters: str
    shelf: Shelf
    room: str
    text: Template
    test: Template

    @property
    def example(self) -> str:
        """A good name whose code is free."""
        return f"{self.free(self.letters[0] + '1').lower()}_my_{self.word}"

    def free(self, family: str) -> str:
        """The next round code of a family: after ``D130`` comes ``D140``."""
        family = family.upper()
        taken = [int(code[2:]) for code in self.shelf.codes if code.startswith(family)]
        following = max(taken, default=0) // 10 * 10 + 10
        unused = (n for n in [*range(following, 100), *range(1, 100)] if n not in taken)
        return f"{family}{next(unused):02d}"


def write_skeleton(word: str, name: str, folder: Path | None = None) -> list[Path]:
    """Write the file of a new ``detector`` or ``remedy``, and its test in a checkout.

    Parameters
    ----------
    name : the file's name without its ending, ``d140_my_detector``.
    folder : where to write; the package's own folder when None, which needs a checkout.

    Returns
    -------
    The files written: the entry, and a test where it went into a checkout.

    Raises
    ------
    UserError
        E196 the name is not in the form; E197 its code is taken; E198 the file exists;
        E199 no folder that can be written to.
    """
    kind = KINDS[word]
    letter, number, rest = _parts(kind, name)
    code = f"{letter}{number}".upper()
    if code in kind.shelf:
        instead = f"{kind.free(code[:2]).lower()}_{rest}"
        raise UserError(
            "E197", f"the code {code} is taken", where=name,
            why=f"it is {kind.shelf[code].NAME}; a code is never reused",
            fix=f"take the next one: steelyard new {word} {instead}",
        )  # fmt: skip
    words = {"code": code, "name": rest.replace("_", "-"), "module": name}
    files = {(folder or _own_folder(kind)) / f"{name}.py": kind.text.substitute(words)}
    if folder is None:
        test = _PACKAGE.parents[1] / "tests" / "unit" / kind.room / f"test_{name}.py"
        files[test] = kind.test.substitute(words)
    for path in files:
        if path.exists():
            raise UserError(
                "E198", f"'{path}' exists", where=name, why="nothing is ever overwritten",
                fix="take another name, or move the file away",
            )  # fmt: skip
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        except OSError as error:
            raise UserError(
                "E199", f"cannot write '{path}'", where=name, why=error.strerror or "",
                fix="name another folder: --folder DIR",
            ) from error  # fmt: skip
    return list(files)


def _parts(kind: Kind, name: str) -> tuple[str, str, str]:
    match = _NAME.fullmatch(name)
    if match and match[1] in kind.letters:
        return match[1], match[2], match[3]
    raise UserError(
        "E196",
        f"'{name}' is no name for a {kind.word}",
        where="NAME",
        why=f"a name is a letter ({', '.join(kind.letters)}), three digits and words: "
        f"{kind.example}",
        fix=f"did you mean '{_mended(kind, name)}'?",
    )


def _mended(kind: Kind, name: str) -> str:
    """The nearest good name: the user's own words, with a code of theirs or a free one."""
    words = re.findall(r"[a-z0-9]+", name.removesuffix(".py").lower())
    code = kind.free(kind.letters[0] + "1")
    if words and (given := re.fullmatch(r"([a-z])(\d)(\d*)", words[0])):
        family = (given[1] if given[1] in kind.letters else kind.letters[0]).upper() + given[2]
        whole = len(given[3]) == 2 and family + given[3] not in kind.shelf
        code, words = family + given[3] if whole else kind.free(family), words[1:]
    rest = "_".join(words).lstrip("0123456789_") or f"my_{kind.word}"
    return f"{code.lower()}_{rest}"


def _own_folder(kind: Kind) -> Path:
    if not (_PACKAGE.parents[1] / "pyproject.toml").is_file():
        raise UserError(
            "E199",
            "this steelyard is installed, not a checkout",
            where=str(_PACKAGE),
            why="a file written among installed packages is lost with the next update",
            fix=f"name a folder: steelyard new {kind.word} NAME --folder DIR, or work in a "
            'checkout: pip install -e ".[torch,resample]"',
        )
    return _PACKAGE / kind.room


_DETECTOR = Template('''\
"""$code $name: one sentence on what is wrong when it speaks.

What it sees
------------
Which facts of the exam it looks at.

Why it hurts
------------
What the illness costs the user.

How it decides
--------------
The rule, its limits, and the test behind "proven".

When it is wrong
----------------
The healthy data on which it would speak, and the sick on which it stays silent.

What helps
----------
Codes of remedies, best first, the same as HELPS. Each of them must name $code under TREATS.

References
----------
Author, Title, Venue and year, with the equation or section.
"""

import numpy as np

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.finding import Finding

CODE = "$code"
NAME = "$name"
HELPS: tuple[str, ...] = ()


def detect(exam: Exam) -> Finding | None:
    """Speak when ..., else return None; raise `NotApplicable` where a fact is missing."""
    raise NotApplicable("needs its detect() to be written")


def sick(k: int, rng: np.random.Generator) -> Exam:
    """An exam of k classes on which it must speak; `diagnose.twins` makes exams."""
    raise NotImplementedError("$code $name: write sick()")


def sick_where(k: int) -> tuple[str, ...]:
    """The classes it must name on the sick twin, and no others."""
    raise NotImplementedError("$code $name: write sick_where()")


def healthy(k: int, rng: np.random.Generator) -> Exam:
    """An exam of k classes, as like the sick one as can be, on which it must be silent."""
    raise NotImplementedError("$code $name: write healthy()")
''')

_REMEDY = Template('''\
"""$code $name: one sentence on what it does.

What it does
------------
Which slots it changes, to what, and its settings.

Why it helps
------------
The reason, and what was measured.

When it is wrong
----------------
What it costs, and where it does harm.

References
----------
Author, Title, Venue 2026, with the equation or section.
"""

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.learners import HEADS, NETWORKS, TABLES
from steelyard.core.recipe import Recipe

CODE = "$code"
NAME = "$name"
TREATS: tuple[str, ...] = ()  # detectors; each must name $code under "What helps"
SLOTS: tuple[str, ...] = ()  # of `core.recipe.SLOTS`: it may change these and no others
STAGE = "full"  # of `prescription.STAGES`: the milder are tried first
COST = 1.0  # in trainings of the base
CLASHES: tuple[str, ...] = ()  # remedies it cannot be combined with; they name it too
KINDS = (*TABLES, *HEADS, *NETWORKS)
GAIN = 0.0  # points of balanced accuracy to hope for, from a source named above; orders the race
DOUBTFUL: tuple[str, ...] = ()  # of these, the models for which it is tried last
BESIDE: tuple[str, ...] = ()  # remedies, or R123(setting), that race right beside it: its controls
PRICED = False  # whether its seconds and calibration are told wherever its trial is shown
OPTIONS: tuple[dict[str, object], ...] = ({},)  # settings worth racing, the default first


def apply(recipe: Recipe, exam: Exam) -> Recipe:
    """A changed copy of ``recipe``; raise `NotApplicable` where it cannot be applied."""
    raise NotApplicable("needs its apply() to be written")
''')

_DETECTOR_TEST = Template('''\
"""$code $name at its limits; the contracts of tests/contracts hold for it already."""

from steelyard.diagnose import $module as detector


def test_it_speaks_just_past_its_limit_and_not_before() -> None:
    """Counted by hand: two exams on either side of the limit, and the numbers in the finding."""
    raise NotImplementedError(f"write the test of {detector.CODE}")
''')

_REMEDY_TEST = Template('''\
"""$code $name: the recipes it makes; the contracts of tests/contracts hold for it already."""

from steelyard.treat import $module as remedy


def test_it_makes_the_recipe_that_its_docstring_promises() -> None:
    """For one recipe of each kind: the changed slots, written out."""
    raise NotImplementedError(f"write the test of {remedy.CODE}")
''')

KINDS = {
    kind.word: kind
    for kind in (
        Kind("detector", "dlptms", DETECTORS, "diagnose", _DETECTOR, _DETECTOR_TEST),
        Kind("remedy", "r", REMEDIES, "treat", _REMEDY, _REMEDY_TEST),
    )
}
