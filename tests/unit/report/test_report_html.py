"""The report's page: complete, self-contained, small, and deaf to what the user's names contain."""

import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from synthetic_case import class_names, write_case, write_members

from steelyard.core.case import Case
from steelyard.core.errors import UserError
from steelyard.report import write_report
from steelyard.report.contents import Contents
from steelyard.report.html import render

VOID = {"meta", "img", "br", "line", "circle", "rect", "path", "polyline", "text", "g"}
HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src='http://evil.example/x.png'>",
    "{{ 7 * 7 }}",
    "' onload='alert(1)",
    "url(http://evil.example)",
    "</style></title><svg/onload=alert(1)>",
    "very long " * 400,
    "right\u202eleft\x1b[31m",
    "猫 & 犬 <b>",
    "",
    "&lt;i&gt;",
    "javascript:alert(1)",
)


class Page(HTMLParser):
    """What a reader of HTML sees: tags, ids, attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(key, value or "") for key, value in attrs]
        self.ids += [value or "" for key, value in attrs if key == "id"]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in ("meta", "img"):
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, f"</{tag}> closes something else"

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] not in ("style", "title"):
            self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def page_of(folder: Path, **how: Any) -> tuple[str, Page]:
    path = write_report(write_case(folder, **how))
    page = path.read_text("utf-8")
    return page, Page(page)


def assert_alone(page: str, read: Page) -> None:
    """No script, no network, at most two megabytes, every tag closed, no id twice."""
    assert len(page.encode()) <= 2_000_000
    assert "script" not in read.tags
    assert not [key for key, _ in read.attributes if key.startswith("on")]
    for key, value in read.attributes:
        if key in ("src", "href", "xlink:href", "data", "action", "poster"):
            assert value.startswith(("data:image/png;base64,", "#"))
    style = "".join(re.findall(r"<style>(.*?)</style>", page, re.S))
    assert "url(" not in style
    assert "@import" not in style
    assert "link" not in read.tags
    assert read.open == []
    assert len(read.ids) == len(set(read.ids))


TREATED = {
    "lead", "verdict", "recall", "gains", "metrics", "flips", "findings", "counts", "confusion",
    "calibration", "curves", "sentences", "look", "reproduce", "recipe", "not-checked", "notes",
}  # fmt: skip


@pytest.mark.parametrize(("k", "kind"), [(2, "table"), (12, "images"), (100, "images")])
def test_a_proven_case_has_every_part(k: int, kind: str, tmp_path: Path) -> None:
    page, read = page_of(tmp_path, k=k, kind=kind, largest=500 if k < 100 else 100)
    assert_alone(page, read)
    assert set(read.ids) >= TREATED
    assert "Logit adjustment (R610) is proven better than the base" in read.text
    assert "What it costs:" in read.text
    assert "What was wrong:" in read.text
    assert ("img" in read.tags) == (kind == "images")
    assert read.tags.count("img") <= 200
    # one row a class in the recall chart, folded or not
    recall = page[page.index('id="recall"') : page.index('id="gains"')]
    assert recall.count('<th scope="row">') == k
    assert (f"{k - 24} classes between" in recall) == (k > 30)


def test_nothing_proven_is_said_first_and_nothing_is_claimed(tmp_path: Path) -> None:
    page, read = page_of(tmp_path, state="no-proven-difference")
    assert_alone(page, read)
    first = page[page.index("<h1>") + 4 : page.index("</h1>")]
    assert first == "Nothing that was tried is proven to help on this data, so the base is kept."
    assert "is proven better" not in read.text
    assert "led, not kept" in read.text
    assert not {"flips", "look", "newly-wrong"} & set(read.ids)
    assert {"recall", "gains", "metrics"} <= set(read.ids)


def test_no_trial_finished_is_said_first(tmp_path: Path) -> None:
    page, read = page_of(tmp_path, state="no-trial-finished")
    assert_alone(page, read)
    assert "<h1>No trial finished in the time given" in page
    assert "0.05 minutes were too short." in read.text
    assert not {"gains", "flips", "look"} & set(read.ids)


def test_an_examination_has_findings_and_no_verdict(tmp_path: Path) -> None:
    page, read = page_of(tmp_path, state="examined", kind="table")
    assert_alone(page, read)
    assert {"lead", "findings", "recall", "metrics", "counts", "confusion", "curves"} <= set(
        read.ids
    )
    assert not {"verdict", "gains", "flips", "look", "recipe"} & set(read.ids)
    assert "out of fold on the work rows" in read.text
    assert "#verdict" not in page


def test_case_json_alone_makes_a_page(tmp_path: Path) -> None:
    case = write_case(tmp_path)
    for name in ("exam.json", "test.npz", "thumbnails.npz", "reproduce.json"):
        (tmp_path / name).unlink()
    page = write_report(case).read_text("utf-8")
    assert_alone(page, Page(page))
    assert {"lead", "verdict", "gains", "findings", "counts"} <= set(Page(page).ids)
    assert "recall" not in Page(page).ids


def test_without_thumbnails_the_rows_are_named(tmp_path: Path) -> None:
    case = write_case(tmp_path)
    (tmp_path / "thumbnails.npz").unlink()
    read = Page(write_report(case).read_text("utf-8"))
    assert "img" not in read.tags
    assert "Look at the rows" in read.text
    assert re.search(r"\w+/\d{4}\.png", read.text)


@pytest.mark.parametrize("k", [2, 12, 100])
def test_an_ensembles_members_are_drawn(k: int, tmp_path: Path) -> None:
    case = write_case(tmp_path, k=k, kind="table")
    assert not {"members", "member-rows"} & set(Page(write_report(case).read_text("utf-8")).ids)
    write_members(case, k, "R710(balanced-forest)")
    page = write_report(case).read_text("utf-8")
    read = Page(page)
    assert_alone(page, read)
    assert {"members", "member-rows"} <= set(read.ids)
    assert (
        "R710(balanced-forest): each member saw as many rows of one class as of another"
        in read.text
    )
    assert "the ensemble that gained most of those tried" in read.text
    rows = page[page.index('id="member-rows"') :]
    rows = rows[: rows.index("</figure>")]
    assert rows.count('<th scope="row">') == k
    assert rows.count('<td class="figure">20</td>') >= k
    panels = page[page.index('id="members"') : page.index('id="member-rows"')]
    assert panels.count("<polyline") == 2 * 2 * (6 + 1)  # two panels, two sides, means
    held = case.read_arrays("ensemble.npz")["val_score"].mean(axis=0)
    assert f"is {held[0]:.3f} with 1 member, {held[-1]:.3f} with 10 members" in read.text


def test_a_members_curve_says_when_its_trial_decides_by_another_rule(tmp_path: Path) -> None:
    case = write_case(tmp_path, k=3, kind="table")
    write_members(case, 3)
    assert (
        "decisions by the largest probability. Where"
        in Page(write_report(case).read_text("utf-8")).text
    )
    write_members(case, 3, rule="logit-adjusted")
    said = "largest probability (the trial itself decides by the logit-adjusted rule"
    assert said in Page(write_report(case).read_text("utf-8")).text


def test_members_that_trained_with_a_sample_of_the_rows_say_so(tmp_path: Path) -> None:
    case = write_case(tmp_path, k=3, kind="table")
    said = "Of so many rows a round of boosting trains with a sample"
    for by_sample in (False, True):
        write_members(case, 3, "R740")
        case.write_arrays(
            "ensemble.npz",
            {**case.read_arrays("ensemble.npz"), "by_sample": np.array([by_sample])},
        )
        assert (said in Page(write_report(case).read_text("utf-8")).text) == by_sample


def test_the_kept_ensemble_is_called_kept_and_one_member_makes_no_curve(tmp_path: Path) -> None:
    case = write_case(tmp_path, k=3, kind="table")
    write_members(case, 3, "R610", members=1)
    read = Page(write_report(case).read_text("utf-8"))
    assert "members" not in read.ids
    assert "member-rows" in read.ids
    assert "The kept model, R610." in read.text


def test_no_case_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        write_report(Case(tmp_path / "nothing"))
    assert caught.value.code == "E104"
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize("state", ["proven-better", "examined"])
def test_hostile_names_stay_words(state: str, tmp_path: Path) -> None:
    page, read = page_of(tmp_path, names=HOSTILE, state=state)
    assert_alone(page, read)
    assert "<script>alert(1)</script>" in read.text  # as words
    assert "{{ 7 * 7 }}" in read.text
    assert "\x1b" not in page
    assert "\u202e" not in page
    assert "very long " * 40 not in page
    assert 'title="very long very long' in page


def test_the_page_shows_the_numbers_of_the_case(tmp_path: Path) -> None:
    case = write_case(tmp_path, 3, kind="table", smallest=60)
    contents = Contents.of(case)
    text = Page(render(contents)).text
    verdict = case.read_json("case.json")["verdict"]["test"]
    before, after = (verdict[which]["balanced-accuracy"] for which in ("base", "kept"))
    assert f"balanced accuracy {before['mean']:.3f} → {after['mean']:.3f}" in text
    assert f"[{after['low']:.3f}, {after['high']:.3f}]" in text
    test = case.read_arrays("test.npz") or {}
    for k, name in enumerate(contents.classes):
        rows = test["target"] == k
        recalls = [(test[f"{m}_predicted"][rows] == k).mean() for m in ("base", "kept")]
        assert f"{name} {rows.sum()} {recalls[0]:.2f} {recalls[1]:.2f}" in text
    flips = verdict["flips"]
    assert f"{flips['negative']} rows are lost, {flips['positive']} are won" in text


def test_the_same_case_gives_the_same_page(tmp_path: Path) -> None:
    case = write_case(tmp_path, 3, kind="table", smallest=60)
    assert render(Contents.of(case)) == render(Contents.of(case))


def test_noise_pictures_do_not_burst_the_page(tmp_path: Path) -> None:
    case = write_case(tmp_path, 100, largest=120)
    shown = case.read_arrays("thumbnails.npz") or {}
    noise = np.random.default_rng(0).integers(0, 256, shown["pixels"].shape, dtype=np.uint8)
    case.write_arrays("thumbnails.npz", {"row": shown["row"], "pixels": noise})
    page = write_report(case).read_text("utf-8")
    assert len(page.encode()) <= 2_000_000
    assert page.count("<img") > 50
    assert re.search(r"Shown are \d+ of \d+", page)


def without_proba(case: Case) -> None:
    """The base did not run."""
    exam = case.read_json("exam.json")
    case.write_json("exam.json", {**exam, "proba": None, "fold": None, "curves": []})
    (case.folder / "test.npz").unlink()


def keeps_tuned_base(case: Case) -> None:
    """The base's own settings were what was wrong."""
    plain = case.read_json("case.json")
    plain["verdict"]["kept"] = "tuned-base"
    case.write_json("case.json", plain)


def costs(case: Case) -> None:
    """``--goal cost:FILE``: large numbers, less is better."""
    plain = case.read_json("case.json")
    plain["goal"] = "cost"
    test = plain["verdict"]["test"]
    for who, mean in (("base", 51234.5), ("kept", 1203.25), ("tuned_base", 45000.0)):
        test[who] = {"cost": {"mean": mean, "low": mean - 500, "high": mean + 500}, **test[who]}
    test["difference"] = {"mean": 50031.25, "low": 40000.0, "high": 60000.0, "p": 0.001}
    case.write_json("case.json", plain)


def lacks_a_class_in_test(case: Case) -> None:
    """No row of the largest class reached the test split."""
    test = case.read_arrays("test.npz") or {}
    seen = test["target"] > 0
    case.write_arrays("test.npz", {name: array[seen] for name, array in test.items()})
    (case.folder / "thumbnails.npz").unlink()


def is_healthy(case: Case) -> None:
    """Nothing found, everything checked."""
    plain = case.read_json("case.json")
    case.write_json("case.json", {**plain, "findings": [], "not_applicable": []})


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (without_proba, "is proven better"),
        (keeps_tuned_base, "The base with its settings tuned (tuned-base) is proven better"),
        (costs, "cost 51234 → 1203 on the test split"),
        (lacks_a_class_in_test, "no rows here"),
        (is_healthy, "Every detector that could run was quiet."),
    ],
)
def test_odd_cases_make_a_page(spoil: Any, says: str, tmp_path: Path) -> None:
    case = write_case(tmp_path)
    spoil(case)
    page = write_report(case).read_text("utf-8")
    read = Page(page)
    assert_alone(page, read)
    assert says in read.text
    assert " nan" not in read.text.lower()


def test_an_old_reader_meets_a_newer_case(tmp_path: Path) -> None:
    case = write_case(tmp_path, 3, kind="table", smallest=60)
    plain = case.read_json("case.json")
    plain["future"] = {"x": 1}
    plain["findings"][0]["future"] = 1
    plain["verdict"]["test"]["flips"]["seed_to_seed_negative"] = None
    case.write_json("case.json", plain)
    text = Page(write_report(case).read_text("utf-8")).text
    assert "two seeds" not in text.lower()


def test_classes_of_the_page_are_those_of_the_case(tmp_path: Path) -> None:
    _, read = page_of(tmp_path, k=12, state="examined")
    for name in class_names(12):
        assert name in read.text
