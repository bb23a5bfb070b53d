"""The road on a folder of real images, and the other forms that data come in."""

import csv
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from case_schema import check_case, read_case

from conftest import CHEAP, Ran, steelyard


@pytest.fixture(scope="module")
def digits(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Ran]:
    case = tmp_path_factory.mktemp("cases") / "digits"
    return case, steelyard("treat", data / "digits", "--case", case, *CHEAP)


def test_treat_a_folder_of_images(digits: tuple[Path, Ran]) -> None:
    case, ran = digits
    assert ran.code == 0, ran.err
    facts = read_case(case)
    check_case(facts, treated=True)
    assert facts["data"]["kind"] == "images"
    assert facts["data"]["splits"]["test"] == 80  # the folder's own test split, and all of it
    assert len(facts["data"]["classes"]) == 10
    assert "linear-head" in ran.out
    assert (case / "model" / "network.safetensors").is_file()
    assert (case / "report.html").stat().st_size < 2_000_000


def test_predict_on_a_folder_without_classes(
    digits: tuple[Path, Ran], data: Path, tmp_path: Path
) -> None:
    case, _ = digits
    (tmp_path / "new").mkdir()
    for path in sorted((data / "digits" / "test").glob("*/*.png"))[::4]:
        (tmp_path / "new" / f"{path.parent.name}-{path.name}").write_bytes(path.read_bytes())
    ran = steelyard("predict", case, tmp_path / "new")
    assert ran.code == 0, ran.err
    told = list(csv.DictReader(io.StringIO(ran.out)))
    assert len(told) == 20
    assert np.mean([row["row"].startswith(row["predicted"] + "-") for row in told]) > 0.5


def test_predict_agrees_with_the_test_split(digits: tuple[Path, Ran], data: Path) -> None:
    case, _ = digits
    ran = steelyard("predict", case, data / "digits" / "test")
    told = {row["row"]: row["predicted"] for row in csv.DictReader(io.StringIO(ran.out))}
    classes = read_case(case)["data"]["classes"]
    with np.load(case / "test.npz") as stored:
        for name, k in zip(stored["row_names"], stored["kept_predicted"]):
            assert told[str(name).removeprefix("test/")] == classes[k]


def test_images_listed_in_a_table(data: Path, tmp_path: Path) -> None:
    paths = sorted((data / "digits" / "test").glob("zero/*.png"))
    paths += sorted((data / "digits" / "test").glob("one/*.png"))
    rows = [{"image": str(path), "digit": path.parent.name} for path in paths]
    pd.DataFrame(rows).to_csv(tmp_path / "list.csv", index=False)
    ran = steelyard(
        "examine", tmp_path / "list.csv", "--label", "digit", "--case", tmp_path / "case", "--json",
        *CHEAP,
    )  # fmt: skip
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["data"]["kind"] == "images"
    assert json.loads(ran.out)["data"]["rows"] == 16


def test_small_network_from_scratch(data: Path, tmp_path: Path) -> None:
    for label in ("zero", "one"):
        for path in sorted((data / "digits" / "test" / label).glob("*.png")):
            (tmp_path / "data" / label).mkdir(parents=True, exist_ok=True)
            (tmp_path / "data" / label / path.name).write_bytes(path.read_bytes())
    ran = steelyard(
        "examine", tmp_path / "data", "--case", tmp_path / "case", "--backbone", "none",
        "--seeds", 1, "--minutes", 20, "--json",
    )  # fmt: skip
    assert ran.code == 0, ran.err
    facts = json.loads(ran.out)
    check_case(facts, treated=False)
    assert "P302" in {*facts["quiet"], *(f["code"] for f in facts["findings"])}


def test_a_backbone_of_ones_own(data: Path, tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(
        "import torch\n"
        "def network():\n"
        "    print('on standard output')\n"
        "    return torch.nn.Sequential(torch.nn.AdaptiveAvgPool2d(4), torch.nn.Flatten())\n"
    )
    words = ("examine", data / "digits", "--case", tmp_path / "case", *CHEAP, "--json")
    ran = steelyard(*words, "--backbone", f"{tmp_path / 'mine.py'}:network")
    assert ran.code == 0, ran.err
    check_case(json.loads(ran.out), treated=False)
    (tmp_path / "broken.py").write_text(
        "import torch\nclass Net(torch.nn.Module):\n"
        "    def forward(self, x):\n        raise KeyError('a slip of the user')\n"
    )
    ran = steelyard(*words, "--backbone", f"{tmp_path / 'broken.py'}:Net")
    assert ran.code == 2, ran
    assert "a slip of the user" in ran.err


@pytest.mark.parametrize("ending", ["csv.gz", "tsv", "parquet", "npz"])
def test_other_forms_of_a_table(ending: str, data: Path, tmp_path: Path) -> None:
    frame = pd.read_csv(data / "tumours.csv")
    path = tmp_path / f"tumours.{ending}"
    if ending == "parquet":
        frame.to_parquet(path)
    elif ending == "npz":
        np.savez(path, X=frame.drop(columns="diagnosis"), y=frame["diagnosis"].to_numpy("<U9"))
    else:
        frame.to_csv(path, sep="\t" if ending == "tsv" else ",", index=False)
    label = () if ending == "npz" else ("--label", "diagnosis")
    ran = steelyard("examine", path, *label, "--case", tmp_path / "case", "--json", *CHEAP)
    assert ran.code == 0, ran.err
    facts = json.loads(ran.out)
    assert facts["data"]["counts"] == [150, 25]
    assert facts["data"]["classes"] == ["benign", "malignant"]


def test_predictions_are_examined_but_not_treated(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    y = np.arange(200) % 10 == 0
    proba = np.clip(0.1 + 0.2 * y + rng.normal(0, 0.1, 200), 0.01, 0.99)
    np.savez(tmp_path / "predictions.npz", proba=np.stack([1 - proba, proba], 1), y=y.astype(int))
    words = (tmp_path / "predictions.npz", "--case", tmp_path / "case", "--json", *CHEAP)
    ran = steelyard("examine", *words)
    assert ran.code == 0, ran.err
    facts = json.loads(ran.out)
    assert facts["data"]["kind"] == "predictions"
    assert "P303" in {finding["code"] for finding in facts["findings"]}
    ran = steelyard("treat", *words)
    assert ran.code == 2, ran
    assert "cannot be treated" in ran.err
