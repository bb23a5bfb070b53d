"""Columns judged, frames encoded, text tables read."""

import bz2
import gzip
import lzma
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.core.errors import UserError
from steelyard.intake.columns import MAX_CATEGORIES, OTHER, fit_columns
from steelyard.intake.delimited import DelimitedFile
from steelyard.intake.dialect import find_dialect, find_encoding
from steelyard.intake.names import distinct_texts
from steelyard.intake.packing import open_bytes, size_unpacked
from steelyard.intake.sampling import draw_rows
from steelyard.intake.table import describe, encode

N = 60


def judged(values, name="x"):
    (column,) = fit_columns(pd.DataFrame({name: values}))
    return column


@pytest.mark.parametrize(
    ("values", "role", "why"),
    [
        (np.linspace(0, 1, N), "number", ""),
        ([1, 2, 3] * 20, "number", ""),
        (["u", "v", None] * 20, "category", ""),
        ([True, False] * 30, "boolean", ""),
        ([True, None, False] * 20, "boolean", ""),
        ([7] * N, "set-aside", "constant"),
        (["same"] * N, "set-aside", "constant"),
        ([1.0, None] * 30, "number", ""),  # whether it is there may tell
        ([None] * N, "set-aside", "empty"),
        (np.arange(N) + 100, "set-aside", "id-like"),
        (np.random.default_rng(0).permutation(N), "set-aside", "id-like"),
        ([f"A{i:04d}" for i in range(N)], "set-aside", "id-like"),
        (pd.date_range("2020-01-01", periods=N), "set-aside", "date"),
        ([f"2020-01-{i % 28 + 1:02d}" for i in range(N)], "set-aside", "date"),
        ([f"{i % 28 + 1}/3/21 10:00" for i in range(N)], "set-aside", "date"),
        ([f"the patient came in with pain {i}" for i in range(N)], "set-aside", "free text"),
        (["10-14", "15-19", "20-24"] * 20, "category", ""),  # ages, no dates
        (["1", "2", "?", "3"] * 15, "number", ""),
        (["1", "2", "u", "v"] * 15, "category", ""),
        (pd.Categorical([1, 2, 3] * 20), "category", ""),
        ([[1], [2], [1]] * 20, "category", ""),
    ],
)
def test_roles(values, role, why):
    column = judged(values)
    assert (column.role, column.why) == (role, why)


def test_an_id_is_known_by_its_name_when_it_does_not_count_up():
    values = np.arange(N) * 17 + 3
    assert judged(values, "customer_id").why == "id-like"
    assert judged(values, "price").role == "number"


def test_counts_of_missing_and_distinct():
    column = judged([1.0, 2.0, np.nan, np.inf, 2.0] * 12)
    assert (column.missing, column.distinct) == (24, 2)


def test_categories_are_coded_by_frequency_then_by_name():
    frame = pd.DataFrame({"c": ["b"] * 3 + ["z"] * 5 + ["a"] * 3 + [None]})
    columns = fit_columns(frame)
    assert columns[0].categories == ("z", "a", "b")
    codes = encode(frame, columns)[:, 0]
    assert codes[:11].tolist() == [2] * 3 + [0] * 5 + [1] * 3
    assert np.isnan(codes[11])


def test_rare_categories_are_grouped():
    texts = [f"city {i}" for i in range(300) for _ in range(1 + (i < 260))] * 3
    frame = pd.DataFrame({"city": texts})
    columns = fit_columns(frame)
    assert len(columns[0].categories) == MAX_CATEGORIES
    assert columns[0].categories[-1] == OTHER
    codes = encode(frame, columns)[:, 0]
    assert codes.max() == MAX_CATEGORIES - 1
    new = encode(pd.DataFrame({"city": ["never seen", None]}), columns)[:, 0]
    assert new[0] == MAX_CATEGORIES - 1
    assert np.isnan(new[1])
    assert any("'city'" in note for note in describe(columns, frame))


def test_new_rows_are_encoded_as_the_first_were():
    first = pd.DataFrame({"n": [1, 2, 3, 4] * 5, "c": list("uvvv") * 5, "b": [True, False] * 10})
    columns = fit_columns(first)
    new = pd.DataFrame(
        {
            "more": [0, 0, 0],
            "b": ["True", None, "False"],
            "c": ["v", "w", "u"],
            "n": ["2", "?", "3"],
        }
    )
    np.testing.assert_array_equal(
        encode(new, columns), [[2, 0, 1], [np.nan, np.nan, np.nan], [3, 1, 0]]
    )


def test_lacking_columns_are_named():
    columns = fit_columns(pd.DataFrame({"age": np.linspace(0, 1, 9)}))
    with pytest.raises(UserError) as caught:
        encode(pd.DataFrame({"ages": [1.0]}), columns)
    assert (caught.value.code, caught.value.fix) == ("E109", "did you mean 'ages'?")


def test_text_where_numbers_were_is_refused():
    columns = fit_columns(pd.DataFrame({"age": np.linspace(0, 1, 9)}))
    with pytest.raises(UserError, match="'age' holds text"):
        encode(pd.DataFrame({"age": ["old", "young"]}), columns)


def test_infinities_are_missing_with_a_note():
    frame = pd.DataFrame({"x": [1.0, np.inf, -np.inf, 2.0, 3.0], "y": [1, 2, 3, 4, 5]})
    columns = fit_columns(frame)
    assert np.isnan(encode(frame, columns)[:, 0]).tolist() == [False, True, True, False, False]
    assert "2 infinite values read as missing in 'x'" in describe(columns, frame)


def test_lost_words_among_numbers_are_counted():
    frame = pd.DataFrame({"x": [str(i % 7) for i in range(99)] + ["many"]})
    columns = fit_columns(frame)
    assert columns[0].role == "number"
    assert "1 cells of 'x' are no numbers: read as missing" in describe(columns, frame)


values = st.one_of(
    st.none(), st.integers(-3, 3), st.floats(width=16), st.booleans(), st.sampled_from("ab?")
)


@settings(max_examples=150)
@given(st.lists(values, min_size=1, max_size=30))
def test_any_column_is_judged_and_encoded(column):
    frame = pd.DataFrame({"x": pd.Series(column, dtype=object)})
    columns = fit_columns(frame)
    X = encode(frame, columns)
    assert X.shape == (len(column), int(columns[0].role != "set-aside"))
    assert not np.isinf(X).any()
    if columns[0].categories:
        assert np.nanmax(X, initial=0) < len(columns[0].categories)


def test_repeated_names_are_numbered():
    assert distinct_texts(["a", "a.1", "a", "a"]) == ["a", "a.1", "a.2", "a.3"]


# ------------------------------------------------------------------------------ text tables
ROWS = "größe;farbe;target\n1,5;grün;a\n2,5;blau;b\n3,25;rot;a\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_encodings(tmp_path, encoding):
    rows = ROWS.splitlines(keepends=True)
    (tmp_path / "t.csv").write_bytes("".join(rows + rows[1:] * 10).encode(encoding))
    frame = DelimitedFile(tmp_path / "t.csv").read()
    assert list(frame.columns) == ["größe", "farbe", "target"]
    assert frame["größe"].tolist()[:3] == [1.5, 2.5, 3.25]
    assert frame["farbe"][0] == "grün"


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "   "])
def test_separators(tmp_path, separator):
    rows = [["x", "name", "y"], ["1.5", "anna", "0"], ["2.5", "berta", "1"], ["3.5", "carl", "0"]]
    (tmp_path / "t.csv").write_text("\n".join(separator.join(row) for row in rows))
    frame = DelimitedFile(tmp_path / "t.csv").read()
    assert frame["x"].tolist() == [1.5, 2.5, 3.5]
    assert frame["y"].tolist() == [0, 1, 0]


@pytest.mark.parametrize("packed", ["gz", "bz2", "xz", "zip", "csv"])
def test_compressed_files_are_known_by_their_bytes(tmp_path, packed):
    path = tmp_path / "t.csv"  # no ending that says it
    raw = b"x,y\n" + b"1,a\n2,b\n" * 500
    pack = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "csv": bytes}
    if packed == "zip":
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("inside.csv", raw)
    else:
        path.write_bytes(pack[packed](raw))
    with open_bytes(path) as stream:
        assert stream.read() == raw
    assert DelimitedFile(path).read().shape == (1000, 2)
    assert size_unpacked(path) == len(raw)


def test_a_cut_off_archive_is_named(tmp_path):
    path = tmp_path / "t.csv.gz"
    raw = np.random.default_rng(0).bytes(40_000).hex().encode()
    path.write_bytes(gzip.compress(b"x,y\n" + raw)[:20_000])
    with pytest.raises(UserError) as caught:
        DelimitedFile(path).read()
    assert caught.value.code == "E107"


def test_an_encrypted_archive_is_named(tmp_path):
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("t.csv", "x,y\n1,a\n")
    raw = bytearray(path.read_bytes())
    raw[6] |= 1  # the flag of encryption, in the file's header and in the directory
    raw[raw.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(raw)
    with pytest.raises(UserError, match="cannot be unpacked") as caught:
        DelimitedFile(path).read()
    assert caught.value.code == "E107"


def test_odd_letters_far_into_the_file(tmp_path):
    path = tmp_path / "t.csv"
    words = ["собака", "кошка", "лошадь", "корова", "медведь", "волк", "лисица", "заяц"]
    rows = "".join(f"{i},{words[i % 8]}\n" for i in range(80))
    path.write_bytes(b"x,y\n" + b"12345,cat\n" * 120_000 + rows.encode("cp1251"))
    table = DelimitedFile(path)
    assert table.dialect.encoding == "utf-8"
    assert table.read()["y"].tolist()[-8:] == words


def test_none_is_a_word_and_na_is_missing(tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n1,None\n,null\nNA,ok\n2,\n")
    frame = DelimitedFile(tmp_path / "t.csv").read()
    assert frame["y"].tolist()[:3] == ["None", "null", "ok"]
    assert frame["x"].isna().tolist() == [False, True, True, False]
    assert frame["y"].isna().tolist() == [False, False, False, True]


def test_lines_that_do_not_fit_are_named_with_their_number(tmp_path):
    (tmp_path / "t.csv").write_text("x,y\n1,a\n2,b\n3,c,secret,more\n")
    with pytest.raises(UserError) as caught:
        DelimitedFile(tmp_path / "t.csv").read()
    assert caught.value.code == "E107"
    assert "line 4" in caught.value.where
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "header", "columns"),
    [
        ("5.1,3.5,setosa\n4.9,3.0,setosa\n", False, ("column 0", "column 1", "column 2")),
        ("0,1,2,kind\n5,3,2,a\n4,3,1,b\n", True, ("0", "1", "2", "kind")),
        ("a,a,\n1,2,3\n", True, ("a", "a.1", "column 2")),
        ("a,b\nr1,1,2\nr2,3,4\n", True, ("row name", "a", "b")),
    ],
)
def test_headers(text, header, columns):
    dialect = find_dialect(text, "utf-8")
    assert (dialect.header, dialect.columns) == (header, columns)


def test_decimal_commas_do_not_separate():
    dialect = find_dialect("x\ty\n" + "1,5\ta\n2,5\tb\n" * 20, "utf-8")
    assert (dialect.separator, dialect.decimal) == ("\t", ",")


def test_lines_broken_inside_quotes_are_one_row():
    text = "a;b\n" + '"x\ny, z";1,5\n' * 9
    dialect = find_dialect(text, "utf-8")
    assert (dialect.separator, dialect.columns) == (";", ("a", "b"))


def test_commas_inside_quotes_do_not_separate():
    assert find_dialect('a;b\n"1,2,3";x\n"4,5,6";y\n', "utf-8").separator == ";"


@pytest.mark.parametrize(
    ("words", "encoding"),
    [
        (["été", "garçon", "forêt", "châtaigne", "naïve"], "cp1252"),
        (["собака", "кошка", "лошадь", "корова", "медведь"], "cp1251"),
        (["σκύλος", "γάτα", "άλογο", "λύκος"], "cp1253"),
        (["köpek", "ağaç", "güneş", "ışık"], "cp1254"),
        (["犬", "猫です", "馬が走る", "東京都"], "shift_jis"),
        (["狗", "猫咪", "马在跑", "北京市"], "gbk"),
    ],
)
def test_encodings_of_other_languages(words, encoding):
    raw = ("x,y\n" + "".join(f"{i},{word}\n" for i, word in enumerate(words * 12))).encode(encoding)
    assert raw.decode(find_encoding(raw)) == raw.decode(encoding)


@given(st.binary(min_size=1, max_size=200))
def test_any_bytes_have_an_encoding(raw):
    assert raw.decode(find_encoding(raw), errors="replace") is not None


@given(st.lists(st.integers(-1, 3), min_size=1, max_size=200), st.integers(0, 300))
def test_a_sample_of_small_classes_keeps_every_row(codes, sample):
    assert draw_rows(np.array(codes), sample, 0).tolist() == list(range(len(codes)))


def test_a_sample_keeps_rare_rows_and_the_seed_decides():
    codes = np.random.default_rng(0).permutation(np.repeat([0, 1, 2], [60_000, 20_000, 37]))
    rows = draw_rows(codes, 8_037, 1)
    assert np.bincount(codes[rows]).tolist() == [6_000, 2_000, 37]
    assert np.all(np.diff(rows) > 0)
    assert np.array_equal(rows, draw_rows(codes, 8_037, 1))
