"""Bad input, row by row: a clear error or note, exit code 2, nothing of the user's changed."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from conftest import CHEAP, fingerprint, refused, steelyard


@pytest.fixture
def examine(tmp_path: Path):
    """Examine what lies at a path, and check that it stays as it is."""

    def run(path: Path, *words: object):
        before = fingerprint(path) if path.exists() else {}
        ran = steelyard("examine", path, "--case", tmp_path / "case", *CHEAP, *words)
        assert not path.exists() or fingerprint(path) == before
        return ran

    return run


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Two folders of 12 PNGs each, dark and light."""
    rng = np.random.default_rng(0)
    for label, shade in (("dark", 60), ("light", 190)):
        place = tmp_path / "pictures" / label
        place.mkdir(parents=True)
        for number in range(12):
            pixels = rng.normal(shade, 30, (8, 8, 3)).clip(0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(place / f"{number:02d}.png")
    return tmp_path / "pictures"


# ------------------------------------------------------------------------- paths
def test_missing_path(examine, table) -> None:
    path = table(name="shells.csv")
    message = refused(examine(path.with_name("shels.csv")), "E101")
    assert "did you mean 'shells.csv'?" in message


def test_empty_folder(examine, tmp_path: Path) -> None:
    (tmp_path / "nothing").mkdir()
    refused(examine(tmp_path / "nothing"), "E108")


def test_folder_of_empty_folders(examine, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / "classes" / name).mkdir(parents=True)
    refused(examine(tmp_path / "classes"), "E108")


def test_case_inside_the_data(pictures: Path) -> None:
    before = fingerprint(pictures)
    refused(steelyard("examine", pictures, "--case", pictures / "case", *CHEAP), "E153")
    assert fingerprint(pictures) == before


# ------------------------------------------------------------------------ labels
def test_one_class(examine, table) -> None:
    refused(examine(table(lambda frame: frame.assign(target="cowrie"))), "E110")


@pytest.mark.parametrize("empty", [None, "", "  ", np.nan])
def test_empty_labels(examine, table, empty: object) -> None:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[[3, 17], "target"] = empty
        return frame

    path = table(change)
    message = refused(examine(path), "E111")
    assert "2 of 60 labels are empty" in message
    ran = examine(path, "--drop-unlabelled", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["data"]["rows"] == 58


def test_label_column_that_does_not_exist(examine, table) -> None:
    message = refused(examine(table(), "--label", "tarlget"), "E103")
    assert "did you mean 'target'?" in message


def test_class_with_one_row(examine, table) -> None:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[5, "target"] = "auger"
        return frame

    assert "'auger'" in refused(examine(table(change)), "E113")


def test_class_only_in_test(examine, table) -> None:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame["split"] = np.where(frame.index < 40, "train", "test")
        frame.loc[45:49, "target"] = "turrid"
        return frame

    ran = examine(table(change))
    assert ran.code == 0, ran.err
    assert "'turrid'" in ran.out
    assert "S501" in ran.out
    path = table(lambda frame: frame.assign(target=frame["target"] + "s"), "test.csv")
    message = refused(examine(table(name="work.csv"), "--test", path), "E112")
    assert "did you mean 'rare'?" in message or "did you mean 'common'?" in message


def test_test_rows_also_in_train(examine, table) -> None:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame["split"] = np.where(frame.index < 40, "train", "test")
        columns = ["a", "b", "c", "target"]
        frame.loc[40:43, columns] = frame.loc[0:3, columns].to_numpy()
        return frame

    ran = examine(table(change), "--json")
    assert ran.code == 0, ran.err
    facts = json.loads(ran.out)
    (found,) = [f for f in facts["findings"] if f["code"] == "D120"]
    assert "4" in found["says"]
    assert facts["data"]["splits"] == {"work": 36, "test": 20}  # never worked with and tested on


# ---------------------------------------------------------------------- features
def test_every_feature_constant(examine, table) -> None:
    path = table(lambda frame: frame.assign(a=1.0, b="x", c=0))
    message = refused(examine(path), "E114")
    assert "constant" in message


def test_infinities(examine, table) -> None:
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[2, "a"], frame.loc[9, "a"], frame.loc[4, "b"] = np.inf, -np.inf, 1e300
        return frame

    ran = examine(table(change))
    assert ran.code == 0, ran.err
    assert "infinit" in ran.out.lower()


def test_table_with_100_000_columns(examine, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = tmp_path / "wide.csv"
    with path.open("w") as stream:
        stream.write(",".join(["target", *(f"c{j}" for j in range(100_000))]) + "\n")
        for row in range(12):
            values = rng.integers(0, 10, 100_000) + row % 2
            stream.write(",".join([f"class{row % 2}", *map(str, values)]) + "\n")
    ran = examine(path, "--json")
    assert ran.code in (0, 2), ran.err
    if ran.code == 0:
        assert json.loads(ran.out)["data"]["rows"] == 12


def test_label_that_is_a_quantity(examine, table) -> None:
    path = table(lambda frame: frame.assign(target=np.random.default_rng(1).normal(size=60)))
    refused(examine(path, "--label", "target"), "E115")


@pytest.mark.parametrize("junk", [b"\0\1\2" * 400, b"\x80\x04\x95rest of a pickle", b"%PDF-1.7 "])
def test_file_that_is_no_table(examine, tmp_path: Path, junk: bytes) -> None:
    (tmp_path / "junk.csv").write_bytes(junk)
    refused(examine(tmp_path / "junk.csv"), "E119")


def test_zero_bytes(examine, tmp_path: Path) -> None:
    (tmp_path / "zero.csv").write_bytes(b"")
    refused(examine(tmp_path / "zero.csv"), "E108")


# ------------------------------------------------------------------------ images
@pytest.mark.parametrize("how", ["corrupt", "truncated", "zero bytes"])
def test_image_that_cannot_be_read(examine, pictures: Path, how: str) -> None:
    broken = pictures / "dark" / "03.png"
    whole = broken.read_bytes()
    harm = {
        "corrupt": whole[:40] + bytes(255 - byte for byte in whole[40:]),
        "truncated": whole[: len(whole) // 2],
        "zero bytes": b"",
    }
    broken.write_bytes(harm[how])
    message = refused(examine(pictures), "E120")
    assert "1 of 24" in message
    assert "03.png" in message
    ran = examine(pictures, "--skip-unreadable", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["data"]["rows"] == 23
    assert "03.png" in " ".join(json.loads(ran.out)["data"]["notes"])


def test_png_named_jpg(examine, pictures: Path) -> None:
    for number in range(4):
        (pictures / "dark" / f"{number:02d}.png").rename(pictures / "dark" / f"{number:02d}.jpg")
    ran = examine(pictures)
    assert ran.code == 0, ran.err
    assert "4" in ran.out
    assert "ending" in ran.out


def test_mixed_channels(examine, pictures: Path) -> None:
    for number, mode in enumerate(["L", "LA", "RGBA", "P", "1", "CMYK"]):
        path = pictures / "light" / f"{number:02d}.png"
        kept = Image.open(path).convert(mode)
        path.unlink()
        kept.save(path.with_suffix(".tif" if mode == "CMYK" else ".png"))
    ran = examine(pictures, "--json")
    assert ran.code == 0, ran.err
    facts = json.loads(ran.out)["data"]
    assert facts["rows"] == 24
    assert "grey" in " ".join(facts["notes"])


# ------------------------------------------------------------------------- flags
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--minutes", "0"], "E180"),
        (["--minutes", "nan"], "E180"),
        (["--minutes", "ten"], "E190"),
        (["--seeds", "0"], "E180"),
        (["--goal", "macro-f2"], "E116"),
        (["--goal", "cost:nowhere.csv"], "E170"),
        (["--prior", "unifrom"], "E181"),
        (["--group", "nobody"], "E103"),
        (["--sample", "-3"], "E190"),
        (["--random-state", "-1"], "E180"),
        (["--select", "Z9"], "E102"),
        (["--ignore", "Z9"], "E102"),
        (["--no-such-flag"], "E190"),
        (["--test", "nowhere.csv"], "E101"),
    ],
)
def test_bad_flags(examine, table, words: list[str], code: str) -> None:
    refused(examine(table(), *words), code)


def test_unknown_backbone(examine, pictures: Path) -> None:
    refused(examine(pictures, "--backbone", "resnet", "--json"), "E161")


def test_unknown_things() -> None:
    assert "did you mean 'treat'?" in refused(steelyard("tread", "x"), "E190")
    assert "did you mean 'R610'?" in refused(steelyard("explain", "R6100"), "E102")
    refused(steelyard("predict", "nowhere", "x.csv"), "E104")
    refused(steelyard("report", "nowhere"), "E104")
    refused(steelyard("compare", "nowhere", "base", "kept"), "E104")
    refused(steelyard(), "E190")


@pytest.mark.parametrize("word", ["R730(smote-bagging)", "oversampled-ensembles"])
def test_a_trial_or_a_name_is_no_code_to_select(data: Path, tmp_path: Path, word: str) -> None:
    words = ("treat", data / "patients.csv", "--label", "course", "--case", tmp_path / "case")
    told = refused(steelyard(*words, "--select", word), "E102")
    assert "did you mean 'R730'?" in told
    assert "codes select, with all their settings" in told
