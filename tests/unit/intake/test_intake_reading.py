"""PATH -> Data, the whole way, and every bad input that intake decides."""

import contextlib
import json
import os
import tempfile
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from steelyard.core.errors import UserError
from steelyard.core.plain import from_plain, to_plain
from steelyard.intake import Schema, from_arrays, memory, read, read_new, schema_of
from steelyard.intake.delimited import DelimitedFile
from steelyard.intake.splits import split_work_test


def table(n=120, seed=0):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "age": rng.integers(20, 80, n).astype(float),
            "weight": rng.normal(70, 9, n),
            "sex": rng.choice(["f", "m"], n),
            "visit": [f"2024-{i % 12 + 1:02d}-{i % 28 + 1:02d}" for i in range(n)],
            "target": np.where(np.arange(n) % 5 == 0, "sick", "well"),
        }
    )


@pytest.fixture
def cache(tmp_path):
    return tmp_path / "case" / "cache"


@pytest.fixture
def patients(tmp_path):
    path = tmp_path / "patients.csv"
    table().to_csv(path, index=False)
    return path


def images(folder, counts, size=(10, 10), seed=0):
    rng = np.random.default_rng(seed)
    for name, n in counts.items():
        (folder / name).mkdir(parents=True, exist_ok=True)
        for i in range(n):
            pixels = rng.integers(0, 256, (*size, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / name / f"{i}.png")
    return folder


def refused(code, call):
    with pytest.raises(UserError) as caught:
        call()
    assert caught.value.code == code, str(caught.value)
    return caught.value


# ---------------------------------------------------------------------------------- tables
def test_a_csv(patients, cache):
    data = read(patients, cache=cache)
    assert (data.name, data.kind, data.label_name) == ("patients", "table", "target")
    assert data.classes == ("sick", "well")
    assert data.counts().tolist() == [24, 96]
    assert [c.name for c in data.used_columns] == ["age", "weight", "sex"]
    assert data.categorical.tolist() == [False, False, True]
    assert data.X.dtype == np.float64
    frame = table()
    assert np.array_equal(data.X[:, 0], frame["age"])
    assert np.allclose(data.X[:, 1], frame["weight"])
    assert data.row_names[:2].tolist() == ["1", "2"]
    assert any("date: 'visit'" in note for note in data.notes)
    assert not cache.exists()


def test_parquet_and_a_frame_read_like_the_csv(patients, cache, tmp_path):
    table().to_parquet(tmp_path / "p.parquet")
    csv, parquet = read(patients, cache=cache), read(tmp_path / "p.parquet", cache=cache)
    frame = table()
    given = from_arrays(frame.drop(columns="target"), frame["target"])
    for other in (parquet, given):
        assert np.allclose(other.X, csv.X)
        assert np.array_equal(other.target, csv.target)
        assert [c.role for c in other.columns] == [c.role for c in csv.columns]


def test_parquet_without_pyarrow_names_the_extra(cache, tmp_path, monkeypatch):
    table().to_parquet(tmp_path / "p.parquet")
    monkeypatch.setitem(__import__("sys").modules, "pyarrow.parquet", None)
    assert (
        "steelyard[big]" in refused("E106", lambda: read(tmp_path / "p.parquet", cache=cache)).fix
    )


def test_a_test_table_beside(patients, cache, tmp_path):
    more = table(40, seed=1)
    more.loc[0, "sex"] = "unheard of"
    more.to_csv(tmp_path / "later.csv", index=False)
    data = read(patients, test=tmp_path / "later.csv", cache=cache)
    assert (data.split == "train").sum() == 120
    assert (data.split == "test").sum() == 40
    assert data.row_names[120] == "test 1"
    assert np.isnan(data.X[120, 2])  # the columns are judged by the rows to learn from
    work, test = split_work_test(data, 0)
    assert (len(work), len(test)) == (120, 40)


def test_a_folder_of_split_tables_and_a_split_column(cache, tmp_path):
    frame = table()
    folder = tmp_path / "both"
    folder.mkdir()
    frame[:90].to_csv(folder / "train.csv", index=False)
    frame[90:].to_csv(folder / "test.csv.gz", index=False)
    by_file = read(folder, cache=cache)
    frame["Split"] = ["Train"] * 90 + ["Test"] * 30
    frame.to_csv(tmp_path / "one.csv", index=False)
    by_column = read(tmp_path / "one.csv", cache=cache, label="target")
    assert np.array_equal(by_file.split, by_column.split)
    assert np.allclose(by_file.X, by_column.X)
    assert "splits: as column 'Split' says" in by_column.notes


def test_a_test_table_that_lacks_a_column(patients, cache, tmp_path):
    table(20).drop(columns="age").to_csv(tmp_path / "later.csv", index=False)
    error = refused("E109", lambda: read(patients, test=tmp_path / "later.csv", cache=cache))
    assert "'age'" in error.what


def test_test_rows_that_are_in_train_are_counted_and_not_trained_on(patients, cache, tmp_path):
    table()[10:13].to_csv(tmp_path / "copies.csv", index=False)
    data = read(patients, test=tmp_path / "copies.csv", cache=cache)
    assert data.duplicates.across == {"train|test": 3}
    assert data.duplicates.examples == {"train|test": ("test 1", "test 2", "test 3")}
    work, test = split_work_test(data, 0)
    assert test.tolist() == [120, 121, 122]
    assert work.tolist() == [i for i in range(120) if i not in (10, 11, 12)]
    assert any("3 rows of train or val copy a test row" in note for note in data.notes)


def test_groups_never_straddle(cache, tmp_path):
    frame = table()
    frame["ward"] = np.arange(120) // 6
    frame.to_csv(tmp_path / "g.csv", index=False)
    data = read(tmp_path / "g.csv", group="ward", cache=cache)
    assert "ward" not in [c.name for c in data.columns]
    work, test = split_work_test(data, 0)
    assert not set(frame["ward"][work]) & set(frame["ward"][test])
    error = refused("E103", lambda: read(tmp_path / "g.csv", group="wart", cache=cache))
    assert error.fix == "did you mean 'ward'?"


def test_a_sample_keeps_the_rare_class_and_the_row_numbers(cache, tmp_path):
    frame = pd.DataFrame({"x": np.arange(5_000) / 7, "target": np.arange(5_000) % 100 == 0})
    frame.to_csv(tmp_path / "t.csv", index=False)
    data = read(tmp_path / "t.csv", sample=1_200, cache=cache)
    assert data.counts().tolist() == [1_150, 50]
    assert np.allclose(data.X[:, 0], (data.row_names.astype(int) - 1) / 7)
    assert any("1200 of 5000 rows" in note for note in data.notes)


def test_one_hundred_thousand_columns(cache, tmp_path):
    rng = np.random.default_rng(0)
    X = rng.integers(0, 9, (12, 100_000))
    with (tmp_path / "wide.csv").open("w") as out:
        out.write(",".join(f"f{j}" for j in range(100_000)) + ",target\n")
        for i, row in enumerate(X):
            out.write(",".join(map(str, row)) + f",{'ab'[i % 2]}\n")
    data = read(tmp_path / "wide.csv", cache=cache)
    constant = np.ptp(X, axis=0) == 0
    assert len(data.columns) == 100_000
    assert np.array_equal(data.X, X[:, ~constant])


# ---------------------------------------------------------------------------------- arrays
def test_arrays_and_npz(cache, tmp_path):
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(50, 4)), np.arange(50) % 2
    data = from_arrays(X, y)
    assert np.array_equal(data.X, X)
    assert (data.classes, data.kind) == (("0", "1"), "table")
    np.savez(tmp_path / "a.npz", X=X[:40], y=y[:40], X_test=X[40:], y_test=y[40:])
    stored = read(tmp_path / "a.npz", cache=cache)
    assert np.array_equal(stored.X, X)
    assert stored.split.tolist() == ["train"] * 40 + ["test"] * 10
    again = read(tmp_path / "a.npz", cache=cache)
    assert again.fingerprint == stored.fingerprint != data.fingerprint
    others = [from_arrays(X, y, groups=y), from_arrays(X, 1 - y), from_arrays(X[:, :2], y)]
    assert len({data.fingerprint, *(other.fingerprint for other in others)}) == 4


def test_features_take_every_column_as_it_is():
    X = np.c_[np.ones(30), np.arange(30.0)]
    assert from_arrays(X, np.arange(30) % 2, kind="features").X.shape == (30, 2)
    assert from_arrays(X, np.arange(30) % 2).X.shape == (30, 1)


def test_arrays_of_images():
    pixels = np.random.default_rng(0).integers(0, 256, (20, 8, 8), dtype=np.uint8)
    data = from_arrays(pixels, np.arange(20) % 2)
    assert (data.kind, data.X.shape) == ("images", (20, 8, 8, 3))
    assert np.array_equal(data.X[..., 1], pixels)


def test_npz_that_do_not_fit_or_are_damaged(cache, tmp_path):
    path = tmp_path / "a.npz"
    for X, y in ((np.zeros(3), [0, 1, 0]), (np.zeros((3, 2)), [0, 1]), (np.float64(1), [0])):
        np.savez(path, X=X, y=y)
        refused("E109", lambda: read(path, cache=cache))
    np.savez(path, data=np.zeros((3, 2)), labels=[0, 1, 0])
    assert "'data', 'labels'" in refused("E119", lambda: read(path, cache=cache)).why
    rng = np.random.default_rng(0)
    np.savez_compressed(path, X=rng.normal(size=(50, 4)), y=np.arange(50) % 2)
    raw = path.read_bytes()
    path.write_bytes(raw[: len(raw) // 2])
    refused("E107", lambda: read(path, cache=cache))
    for _ in range(30):
        spoilt = bytearray(raw)
        spoilt[int(rng.integers(30, len(raw)))] ^= 0xFF
        path.write_bytes(spoilt)
        with contextlib.suppress(UserError):
            read(path, cache=cache)


def test_a_sample_of_arrays(cache, tmp_path):
    y = np.repeat([0, 1], [4_000, 30])
    np.savez(tmp_path / "a.npz", X=np.c_[y, np.random.default_rng(0).normal(size=4_030)], y=y)
    assert read(tmp_path / "a.npz", sample=1_030, cache=cache).counts().tolist() == [1_000, 30]


def test_pickled_npz_are_never_loaded(cache, tmp_path):
    np.savez(tmp_path / "a.npz", X=np.array([{}, {}], dtype=object), y=[0, 1])
    assert "run code" in refused("E107", lambda: read(tmp_path / "a.npz", cache=cache)).why


@pytest.mark.parametrize(
    ("X", "y"),
    [
        (np.zeros((3, 2)), [0, 1]),
        (np.zeros(3), [0, 1, 0]),
        (np.zeros((3, 2), dtype=complex), [0, 1, 0]),
        (np.zeros((3, 4, 4, 5), dtype=np.uint8), [0, 1, 0]),
    ],
)
def test_shapes_that_do_not_fit(X, y):
    refused("E109", lambda: from_arrays(X, y))


def test_a_class_with_one_row_is_kept_for_arrays():
    data = from_arrays(np.arange(18.0).reshape(9, 2), [0] * 4 + [1] * 4 + [2], groups=None)
    assert data.n_classes == 3
    assert any("one row" in note for note in data.notes)


# ---------------------------------------------------------------------------------- images
def test_a_folder_of_class_folders(cache, tmp_path):
    folder = images(tmp_path / "shells", {"auger": 4, "cowrie": 9})
    before = sorted((p, p.stat().st_mtime_ns) for p in folder.rglob("*"))
    data = read(folder, cache=cache)
    assert (data.name, data.kind, data.classes) == ("shells", "images", ("auger", "cowrie"))
    assert data.X.shape == (13, 10, 10, 3)
    assert data.row_names[0] == "auger/0.png"
    assert sorted((p, p.stat().st_mtime_ns) for p in folder.rglob("*")) == before
    assert read(folder, cache=cache).fingerprint == data.fingerprint


def test_a_folder_with_a_test_folder_beside(cache, tmp_path):
    train = images(tmp_path / "a", {"auger": 4, "cowrie": 5})
    test = images(tmp_path / "b", {"auger": 2, "Turrid": 2}, seed=1)
    data = read(train, test=test, cache=cache)
    assert data.split.tolist() == ["train"] * 9 + ["test"] * 2
    assert data.X.shape[0] == 11
    assert data.split_labels["test"] == {"Turrid": 2, "auger": 2}
    assert np.array_equal(data.X[-1], np.asarray(Image.open(test / "auger" / "1.png")))


def test_a_table_that_lists_images(cache, tmp_path):
    folder = images(tmp_path / "data" / "pictures", {"x": 8})
    files = [f"pictures/x/{i}.png" for i in range(8)]
    manifest = pd.DataFrame(
        {"path": files, "label": list("aabbaabb"), "patient": [1, 1, 1, 1, 2, 2, 2, 2]}
    )
    manifest.to_csv(tmp_path / "data" / "list.csv", index=False)
    data = read(tmp_path / "data" / "list.csv", group="patient", cache=cache)
    assert (data.kind, data.label_name, data.X.shape) == ("images", "label", (8, 10, 10, 3))
    assert len(set(data.unit)) == 2
    (folder / "x" / "3.png").unlink()
    read_it = lambda **more: read(tmp_path / "data" / "list.csv", cache=cache, **more)  # noqa: E731
    assert "3.png (no such file or directory)" in refused("E120", read_it).why
    assert read_it(skip_unreadable=True).row_names.tolist() == files[:3] + files[4:]


def test_skipping_unreadable_images_looks_at_the_classes_again(cache, tmp_path):
    folder = images(tmp_path / "s", {"a": 3, "b": 3, "c": 2})
    (folder / "c" / "0.png").write_bytes(b"")
    (folder / "c" / "1.png").write_bytes(b"")
    data = read(folder, skip_unreadable=True, cache=cache)
    assert data.classes == ("a", "b")
    assert len(data.X) == len(data.target) == len(data.row_names) == 6
    (folder / "b" / "1.png").write_bytes(b"")
    (folder / "b" / "2.png").write_bytes(b"")
    refused("E113", lambda: read(folder, skip_unreadable=True, cache=cache))


def test_a_class_whose_training_images_are_all_broken_leaves_test_too(cache, tmp_path):
    for split, seed in (("train", 0), ("test", 1)):
        images(tmp_path / "s" / split, {"a": 3, "b": 3, "c": 2}, seed=seed)
    for i in range(2):
        (tmp_path / "s" / "train" / "c" / f"{i}.png").write_bytes(b"")
    data = read(tmp_path / "s", skip_unreadable=True, cache=cache)
    assert data.classes == ("a", "b")
    assert data.split_labels["test"]["c"] == 2
    for row, name in zip(data.X, data.row_names, strict=True):
        assert np.array_equal(row, np.asarray(Image.open(tmp_path / "s" / name)))


def test_unlabelled_and_unknown_images_are_never_in_the_pixels(cache, tmp_path):
    images(tmp_path / "p", {"x": 9})
    files = [f"p/x/{i}.png" for i in range(9)]
    labels = ["a", "b", "", "a", "b", "a", "a", "z", "b"]
    split = ["train"] * 6 + ["test"] * 3
    frame = pd.DataFrame({"file": files, "label": labels, "split": split})
    frame.to_csv(tmp_path / "m.csv", index=False)
    (tmp_path / "p" / "x" / "1.png").write_bytes(b"")
    data = read(
        tmp_path / "m.csv",
        cache=cache,
        drop_unlabelled=True,
        skip_unreadable=True,
        keep_singletons=True,
    )
    assert data.row_names.tolist() == [files[i] for i in (0, 3, 4, 5, 6, 8)]
    for row, name in zip(data.X, data.row_names):
        assert np.array_equal(row, np.asarray(Image.open(tmp_path / name)))


def test_a_sample_of_images(cache, tmp_path):
    folder = images(tmp_path / "s", {"a": 6, "b": 5})
    assert len(read(folder, sample=4, cache=cache).target) == 11  # small classes stay whole


# ----------------------------------------------------------------------------- predictions
def test_predictions(cache, tmp_path):
    proba = np.array([[0.7, 0.3], [0.2, 0.8], [0.5, 0.5]])
    np.savez(tmp_path / "p.npz", proba=proba, y=np.array([0, 1, 1]), id=np.array(["u", "v", "w"]))
    data = read(tmp_path / "p.npz", cache=cache)
    assert (data.kind, data.classes, data.target.tolist()) == ("predictions", ("0", "1"), [0, 1, 1])
    assert np.allclose(data.X, proba)
    assert data.row_names.tolist() == ["u", "v", "w"]
    frame = pd.DataFrame(np.log(proba), columns=["logit_cat", "logit_dog"])
    frame.assign(y=["cat", "dog", "dog"]).to_csv(tmp_path / "p.csv", index=False)
    data = read(tmp_path / "p.csv", cache=cache)
    assert (data.classes, data.target.tolist()) == (("cat", "dog"), [0, 1, 1])
    assert np.allclose(data.X, proba)


def test_predictions_of_a_weighted_training_stand_beside(cache, tmp_path):
    proba, y = np.array([[0.7, 0.3], [0.2, 0.8], [0.5, 0.5]]), np.array([0, 1, 1])
    np.savez(tmp_path / "p.npz", proba=proba, y=y)
    assert read(tmp_path / "p.npz", cache=cache).weighted_proba is None
    np.savez(tmp_path / "p.npz", proba=proba, y=y, logits_weighted=np.log(proba[::-1]) + 3)
    data = read(tmp_path / "p.npz", cache=cache)
    assert np.allclose(data.X, proba)
    assert np.allclose(data.weighted_proba, proba[::-1])


@pytest.mark.parametrize(
    "change",
    [
        {"proba": np.array([[2.0, 3.0], [0.2, 0.8], [0.5, 0.5]])},
        {"proba": np.array([[np.nan, 0.3], [0.2, 0.8], [0.5, 0.5]])},
        {"y": np.array([0, 1])},
        {"y": np.array([0, 1, 5])},
        {"id": np.array(["u", "u", "w"])},
        {"proba_weighted": np.array([[0.7, 0.3], [0.2, 0.8]])},
        {"proba_weighted": np.array([0.7, 0.2, 0.5])},
        {"proba_weighted": np.array([[0.7, 0.7], [0.2, 0.8], [0.5, 0.5]])},
    ],
)
def test_predictions_that_do_not_fit(cache, tmp_path, change):
    good = {"proba": np.array([[0.7, 0.3], [0.2, 0.8], [0.5, 0.5]]), "y": np.array([0, 1, 1])}
    np.savez(tmp_path / "p.npz", **{**good, **change})
    refused("E117", lambda: read(tmp_path / "p.npz", cache=cache))


# ---------------------------------------------------------------------------------- schema
def test_new_rows_are_read_by_the_schema(patients, cache, tmp_path):
    data = read(patients, cache=cache)
    schema = from_plain(Schema, json.loads(json.dumps(to_plain(schema_of(data)))))
    assert schema == schema_of(data)
    X, names = read_new(patients, schema)
    assert np.array_equal(X, data.X)
    assert np.array_equal(names, data.row_names)
    assert np.array_equal(read_new(table().drop(columns="target"), schema)[0], data.X)
    new = pd.DataFrame({"more": [1, 2], "sex": ["x", "m"], "age": [1, None], "weight": ["?", 5]})
    X, _ = read_new(new, schema)
    code = data.columns[2].categories.index("m")
    np.testing.assert_array_equal(X, [[1, np.nan, np.nan], [np.nan, 5, code]])
    error = refused("E109", lambda: read_new(new.rename(columns={"age": "Age"}), schema))
    assert error.fix == "did you mean 'Age'?"


def test_a_few_new_rows_read_like_all_of_them(cache, tmp_path):
    frame = pd.DataFrame({"code": ["01", "1", "x", "2"] * 9, "ok": ["True", "False", ""] * 12})
    frame.assign(target=list("ab") * 18).to_csv(tmp_path / "t.csv", index=False)
    data = read(tmp_path / "t.csv", cache=cache)
    for rows in ([0], [3], [1, 2], [4, 8]):
        frame.iloc[rows].to_csv(tmp_path / "new.csv", index=False)
        X, _ = read_new(tmp_path / "new.csv", schema_of(data))
        np.testing.assert_array_equal(X, data.X[rows])


def test_new_arrays_have_the_width_of_the_first():
    X = np.c_[np.zeros(20), np.random.default_rng(0).normal(size=(20, 2))]
    schema = schema_of(from_arrays(X, np.arange(20) % 2))
    assert np.array_equal(read_new(X, schema)[0], X[:, 1:])
    refused("E109", lambda: read_new(X[:, 1:], schema))


def test_new_images_are_decoded_as_the_first(cache, tmp_path):
    folder = images(tmp_path / "s", {"a": 3, "b": 3}, size=(14, 20))
    data = read(folder, cache=cache)
    schema = schema_of(data)
    X, names = read_new(folder, schema)
    assert np.array_equal(X, data.X)
    assert names.tolist() == data.row_names.tolist()
    one, name = read_new(folder / "b" / "2.png", schema)
    assert np.array_equal(one[0], data.X[5])
    assert name.tolist() == ["2.png"]


# ------------------------------------------------------------------------------- bad input
def test_a_missing_path_says_what_is_beside_it(cache, tmp_path):
    images(tmp_path / "shells", {"a": 2, "b": 2})
    error = refused("E101", lambda: read(tmp_path / "shels", cache=cache))
    assert error.fix == "did you mean 'shells'?"
    error = refused("E101", lambda: read(tmp_path / "shells" / "aa" / "b", cache=cache))
    assert error.where.endswith("aa")
    refused("E101", lambda: read("x" * 5000, cache=cache))
    refused("E101", lambda: read("a\0b", cache=cache))


def test_empty_things(cache, tmp_path):
    (tmp_path / "empty").mkdir()
    (tmp_path / "empty.csv").write_text("")
    (tmp_path / "blank.csv").write_text("\n \n")
    for name in ("empty", "empty.csv", "blank.csv"):
        refused("E108", lambda name=name: read(tmp_path / name, cache=cache))


@pytest.mark.parametrize("raw", [b"\x89PNG\r\n", b"\0\1\2\3" * 50, b"%PDF-1.4", b"\x80\x04\x95\0"])
def test_files_of_another_kind(cache, tmp_path, raw):
    (tmp_path / "f.csv").write_bytes(raw)
    refused("E119", lambda: read(tmp_path / "f.csv", cache=cache))


@pytest.mark.parametrize("kind", ["table", "images"])
def test_one_class(cache, tmp_path, kind):
    if kind == "table":
        path = tmp_path / "t.csv"
        table().assign(target="well").to_csv(path, index=False)
    else:
        path = images(tmp_path / "shells", {"cowrie": 3})
    assert "only one class" in refused("E110", lambda: read(path, cache=cache)).what


def test_empty_labels(cache, tmp_path):
    frame = table()
    frame.loc[[3, 7], "target"] = None
    frame.to_csv(tmp_path / "t.csv", index=False)
    assert refused("E111", lambda: read(tmp_path / "t.csv", cache=cache)).why == "rows '4', '8'"
    data = read(tmp_path / "t.csv", drop_unlabelled=True, cache=cache)
    assert len(data.target) == len(data.X) == 118
    assert "4" not in data.row_names


def test_a_wrong_label_column(patients, cache):
    error = refused("E103", lambda: read(patients, label="traget", cache=cache))
    assert error.fix == "did you mean 'target'?"


def test_a_class_with_one_row(cache, tmp_path):
    frame = table()
    frame.loc[0, "target"] = "odd"
    frame.to_csv(tmp_path / "t.csv", index=False)
    assert "'odd'" in refused("E113", lambda: read(tmp_path / "t.csv", cache=cache)).what
    data = read(tmp_path / "t.csv", keep_singletons=True, cache=cache)
    work, _ = split_work_test(data, 0)
    assert data.counts(work)[data.classes.index("odd")] == 1


def test_every_feature_constant(cache, tmp_path):
    frame = pd.DataFrame({"u": [1] * 30, "v": ["k"] * 30, "target": ["a", "b"] * 15})
    frame.to_csv(tmp_path / "t.csv", index=False)
    assert "u (constant)" in refused("E114", lambda: read(tmp_path / "t.csv", cache=cache)).why


def test_infinities(cache, tmp_path):
    frame = table()
    frame.loc[[1, 2], "weight"] = [np.inf, -np.inf]
    frame.to_csv(tmp_path / "t.csv", index=False)
    data = read(tmp_path / "t.csv", cache=cache)
    assert np.isnan(data.X[[1, 2], 1]).all()
    assert "2 infinite values read as missing in 'weight'" in data.notes


def test_a_png_named_jpg_and_mixed_channels_are_notes(cache, tmp_path):
    folder = images(tmp_path / "s", {"a": 4, "b": 4})
    os.rename(folder / "a" / "0.png", folder / "a" / "0.jpg")
    Image.new("L", (10, 10), 9).save(folder / "b" / "9.png")
    Image.new("RGBA", (10, 10), (1, 2, 3, 4)).save(folder / "b" / "8.png")
    notes = read(folder, cache=cache).notes
    assert "1 of 10 images are not what the ending says" in notes
    assert "1 of 10 images are grey" in notes
    assert "1 of 10 images are with alpha" in notes


def test_nothing_is_written_into_the_data(tmp_path):
    folder = images(tmp_path / "s", {"a": 2, "b": 2})
    refused("E153", lambda: read(folder, cache=folder / ".steelyard" / "cache"))
    assert sorted(p.name for p in folder.iterdir()) == ["a", "b"]


def test_chance_copies_do_not_chain_all_groups_into_one(cache, tmp_path):
    rng = np.random.default_rng(3)
    frame = pd.DataFrame(
        {
            "income": np.where(rng.random(400) < 0.5, np.nan, rng.normal(size=400)),
            "job": rng.choice(list("abcd"), 400),
            "town": rng.integers(0, 12, 400),
            "branch": rng.integers(0, 20, 400),
            "late": rng.choice(["yes", "no"], 400),
        }
    )
    frame.to_csv(tmp_path / "loans.csv", index=False)
    data = read(tmp_path / "loans.csv", label="late", group="branch", cache=cache)
    assert len(np.unique(data.unit)) == 20
    assert pd.Series(frame["branch"]).groupby(data.unit).nunique().max() == 1
    assert sum("groups are kept whole" in note for note in data.notes) == 1
    work, test = split_work_test(data, 0)
    assert not set(frame["branch"][work]) & set(frame["branch"][test])


@pytest.mark.parametrize("option", ["label", "group"])
def test_columns_are_named_in_a_table_only(option, cache, tmp_path):
    folder = images(tmp_path / "s", {"a": 2, "b": 2})
    arrays = tmp_path / "a.npz"
    np.savez(arrays, X=np.arange(16.0).reshape(8, 2), y=np.arange(8) % 2)
    for path in (folder, arrays):
        error = refused("E103", partial(read, path, cache=cache, **{option: "patient"}))
        assert option in error.what


def test_a_test_split_of_another_form(patients, cache, tmp_path):
    folder = images(tmp_path / "s", {"a": 2, "b": 2})
    refused("E119", lambda: read(patients, test=folder, cache=cache))


def test_a_table_larger_than_memory(patients, cache, monkeypatch):
    monkeypatch.setattr(memory, "available_bytes", lambda: 3_000)
    error = refused("E140", lambda: read(patients, cache=cache))
    assert "--sample" in error.fix


def test_the_estimate_of_memory_is_near_the_truth(tmp_path):
    frame = pd.concat([table()] * 50)
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    used = frame.memory_usage(deep=True, index=False).sum()
    for found in (DelimitedFile(tmp_path / "t.csv"), memory.ParquetFile(tmp_path / "t.parquet")):
        assert memory.rows_estimated(found, 1) == pytest.approx(len(frame), rel=0.02)
        assert used < memory.estimated_bytes(found) < 4 * used
    assert memory.available_bytes() > 0


def test_errors_never_show_the_data(cache, tmp_path):
    secret = "Jane Roe 555-0199"
    frame = table()
    frame["name"] = secret
    frame.loc[3, "target"] = None
    frame.to_csv(tmp_path / "t.csv", index=False)
    for options in ({}, {"label": "name"}, {"label": "age"}, {"label": "nam"}, {"group": "x"}):
        with pytest.raises(UserError) as caught:
            read(Path(tmp_path / "t.csv"), cache=cache, **options)
        if options.get("label") != "name":  # class names may be shown
            assert secret not in str(caught.value)


cells = st.one_of(
    st.text(max_size=8),
    st.sampled_from(
        ["", "a", "b", "1", "2.5", "NA", "inf", "-1e400", '"', "2020-01-01", "é", "\0"]
    ),
)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(raw):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.csv")
        path.write_bytes(raw)
        with contextlib.suppress(UserError):
            assert read(path, cache=Path(folder, "c")).n_classes >= 2


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(cells, min_size=1, max_size=4), min_size=1, max_size=12), st.data())
def test_any_table_is_read_or_refused(rows, draw):
    text = "\n".join(draw.draw(st.sampled_from(",;\t")).join(row) for row in rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "t.csv")
        path.write_text(text, encoding="utf-8", errors="surrogatepass")
        with contextlib.suppress(UserError):
            data = read(path, cache=Path(folder, "c"), drop_unlabelled=True, keep_singletons=True)
            assert len(data.X) == len(data.target) == len(data.unit) == len(data.row_names)
            assert not np.isinf(data.X).any()


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.one_of(st.none(), st.floats(), st.integers(), st.text(max_size=3)), max_size=25),
    st.lists(st.one_of(st.none(), st.booleans(), st.floats(), st.text(max_size=2)), max_size=25),
)
def test_any_arrays_are_read_or_refused(column, labels):
    n = min(len(column), len(labels))
    X = pd.DataFrame({"x": pd.Series(column[:n], dtype=object), "i": np.arange(n) % 3})
    with contextlib.suppress(UserError):
        data = from_arrays(X, pd.Series(labels[:n], dtype=object), drop_unlabelled=True)
        assert len(data.X) == len(data.target) > 0
