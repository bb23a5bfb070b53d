"""Exam -> Findings: one file a detector; dropping a file in registers it."""

from dataclasses import dataclass

from steelyard.core.errors import NotApplicable
from steelyard.core.exam import Exam
from steelyard.core.finding import Finding
from steelyard.core.shelf import Shelf, matches

DETECTORS = Shelf("steelyard.diagnose")


@dataclass(frozen=True)
class Diagnosis:
    """What the detectors said.

    Attributes
    ----------
    findings : the worst and surest first.
    quiet : codes of the detectors that looked and found nothing.
    not_applicable : code -> what it lacks, ``needs ...``.
    """

    findings: tuple[Finding, ...]
    quiet: tuple[str, ...]
    not_applicable: dict[str, str]


def diagnose(
    exam: Exam, *, select: tuple[str, ...] = (), ignore: tuple[str, ...] = ()
) -> Diagnosis:
    """Ask every detector, or those that ``select`` names and ``ignore`` does not.

    Parameters
    ----------
    select, ignore : codes or their beginnings, ``P3``. An empty ``select`` means all.

    A detector that raises anything but `NotApplicable` is our bug and is not hidden.
    """
    findings: list[Finding] = []
    quiet: list[str] = []
    lacking: dict[str, str] = {}
    for code in DETECTORS.codes:
        if (select and not matches(code, select)) or matches(code, ignore):
            continue
        try:
            finding = DETECTORS[code].detect(exam)
        except NotApplicable as reason:
            lacking[code] = str(reason)
            continue
        if finding is None:
            quiet.append(code)
        else:
            findings.append(finding)
    # sorted() is stable, so equally ranked findings stay in the order of their codes.
    ranked = tuple(sorted(findings, key=lambda finding: finding.rank))
    return Diagnosis(ranked, tuple(quiet), lacking)


def ask_again(diagnosis: Diagnosis, code: str, exam: Exam) -> Diagnosis:
    """The diagnosis after a detector that lacked something was asked about what is known now.

    As it was where the detector was not asked before, or has said its word.
    """
    if code not in diagnosis.not_applicable:
        return diagnosis
    late = diagnose(exam, select=(code,))
    findings = sorted((*diagnosis.findings, *late.findings), key=lambda finding: finding.rank)
    lacking = {c: why for c, why in diagnosis.not_applicable.items() if c != code}
    quiet = tuple(sorted((*diagnosis.quiet, *late.quiet)))
    return Diagnosis(tuple(findings), quiet, lacking | late.not_applicable)
