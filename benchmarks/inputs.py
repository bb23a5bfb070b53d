"""Which tables and labels the ensembles and samplers take, beside imbalanced-learn's own.

python benchmarks/inputs.py [--list] [--only gaps,dates]

Each cell says how many classes do right by an input: learn from it what it tells, or, for dates and
missing labels, refuse with a sentence that names the column or the labels. A sampler must hand out
the kind of table it was given, with the same columns and types. --list says what the others did.
"""

import argparse
import re
import sys
import warnings
from importlib.util import find_spec

import numpy as np

ENSEMBLES = {  # ours -> imbalanced-learn's own, where there is one
    "BalancedRandomForestClassifier": "BalancedRandomForestClassifier",
    "EasyEnsembleClassifier": "EasyEnsembleClassifier",
    "RUSBoostClassifier": "RUSBoostClassifier",
    "UnderBaggingClassifier": "BalancedBaggingClassifier",
}
OVER = ("ADASYN", "BorderlineSMOTE", "SMOTE", "SMOTENC")
# what is to be refused -> what the error must name
REFUSED = {
    "dates": "column 'c'",
    "polars dates": "column 'c'",
    "labels missing": "y has no label|Input y contains NaN",
}


def numbers(seed: int = 0, rows: int = 240):
    """Three columns that all tell the class, one row in eight of which is rare."""
    rng = np.random.default_rng(seed)
    y = (np.arange(rows) % 8 == 0).astype(int)
    return rng.normal(size=(rows, 3)) + [2, 1, 3] * y[:, None], y


def inputs(seed: int = 0) -> dict:
    """Name -> (X, y): one kind of table or labels each."""
    import pandas as pd
    from scipy.sparse import csr_array

    X, y = numbers(seed)
    rng = np.random.default_rng(seed + 1)
    holes = rng.random(X.shape) < 0.1
    frame = pd.DataFrame(X, columns=list("abc"))
    word = np.where(X[:, 2] > 1.5, "high", "low")
    names = np.where(y == 1, "ill", "well")

    def nullable(values, dtype, gaps):
        return pd.array(np.where(gaps, None, values), dtype=dtype)

    found = {
        "arrays": (X, y),
        "gaps": (np.where(holes, np.nan, X), y),
        "pandas": (frame, y),
        "pandas gaps": (frame.mask(holes), y),
        "category": (frame.assign(c=pd.Categorical(word)), y),
        "category gaps": (frame.assign(c=pd.Categorical(word)).mask(holes), y),
        "text": (frame.assign(c=word.astype(object)), y),
        "nullable": (
            frame.assign(
                a=pd.array((10 * X[:, 0]).round(), dtype="Int64"),
                b=pd.array(X[:, 1] > 0.5, dtype="boolean"),
            ),
            y,
        ),
        "nullable gaps": (
            frame.assign(
                a=nullable((10 * X[:, 0]).round(), "Int64", holes[:, 0]),
                b=nullable(X[:, 1] > 0.5, "boolean", holes[:, 1]),
                c=nullable(X[:, 2], "Float64", holes[:, 2]),
            ),
            y,
        ),
        "dates": (frame.assign(c=pd.date_range("2020-01-01", periods=len(y))), y),
        "sparse": (csr_array(np.where(np.abs(X) < 0.3, 0, X)), y),
        "labels text": (X, names),
        "labels boolean": (X, y == 1),
        "labels category": (frame, pd.Series(names, dtype="category")),
        "labels nullable": (frame, pd.Series(y, dtype="Int64")),
        "labels missing": (frame, pd.Series([None, *y[1:]], dtype="Int64")),
    }
    if find_spec("polars"):
        import polars as pl

        table = pl.DataFrame({name: frame[name].to_numpy() for name in frame})
        days = [day.to_pydatetime() for day in pd.date_range("2020-01-01", periods=len(y))]
        a = pl.when(pl.Series(holes[:, 0])).then(None).otherwise(pl.col("a")).alias("a")
        text = pl.Series("c", word.tolist())
        found |= {
            "polars": (table, y),
            "polars gaps": (table.with_columns(a), y),
            "polars category": (table.with_columns(text.cast(pl.Categorical)), y),
            "polars text": (table.with_columns(text), y),
            "polars dates": (table.with_columns(pl.Series("c", days)), y),
            "polars labels": (table, pl.Series("y", names.tolist())),
        }
    return found


def of_ensemble(model, name: str) -> str:
    """Empty where the model does right by the input ``name``, else what it did."""
    try:
        model.fit(*inputs()[name])
        X, y = inputs(seed=7)[name]
        truth = np.asarray(y)
        right = np.asarray(model.predict(X)) == truth
        recalls = [right[truth == label].mean() for label in np.unique(truth)]
    except Exception as error:
        return of_error(error, name)
    if name in REFUSED:
        return "took it without a word"
    return "" if np.mean(recalls) > 0.75 else f"learnt little: {np.mean(recalls):.2f}"


def of_sampler(sampler, name: str) -> str:
    """Empty where the sampler does right by the input ``name``, else what it did."""
    X, y = inputs()[name]
    try:
        new_X, new_y = sampler.fit_resample(X, y)
    except Exception as error:
        return of_error(error, name)
    if name in REFUSED:
        return "took it without a word"
    if type(new_X) is not type(X) or type(new_y) is not type(y):
        return f"gave back {type(new_X).__name__} and {type(new_y).__name__}"
    if str(getattr(new_X, "dtypes", "")) != str(getattr(X, "dtypes", "")):
        return "changed the types of columns"
    counts = np.unique(np.asarray(new_y), return_counts=True)[1]
    more = new_X.shape[0] > X.shape[0]
    over = type(sampler).__name__ in OVER
    if more != over or (over and counts.min() < 0.8 * counts.max()):
        return f"left {counts.tolist()} rows a class"
    return ""


def of_error(error: Exception, name: str) -> str:
    """Empty where the input is to be refused and the error says why, else the error."""
    wanted = REFUSED.get(name)
    if wanted and isinstance(error, ValueError) and re.search(wanted, str(error)):
        return ""
    return f"{type(error).__name__}: {str(error).splitlines()[0][:90]}"


def made(module, name: str, *, ensemble: bool):
    """One of a module's classes, small and with a seed."""
    kind = getattr(module, name)
    if ensemble:
        return kind(n_estimators=5, random_state=0)
    model = kind(categorical_features=[2]) if name == "SMOTENC" else kind()
    return model.set_params(random_state=0) if "random_state" in model.get_params() else model


def sides() -> dict:
    """Column of the table -> (how to judge, the objects)."""
    from imblearn import ensemble, over_sampling, under_sampling

    from steelyard.kit import ensembles, resampling

    samplers = tuple(resampling.SAMPLERS)
    theirs = [(over_sampling if n in OVER else under_sampling, n) for n in samplers]
    theirs = [(module, name) for module, name in theirs if hasattr(module, name)]
    return {
        "ensembles, ours": (
            of_ensemble,
            [made(ensembles, n, ensemble=True) for n in ensembles.__all__],
        ),
        "imbalanced-learn's": (
            of_ensemble,
            [made(ensemble, n, ensemble=True) for n in ENSEMBLES.values()],
        ),
        "samplers, ours": (of_sampler, [made(resampling, n, ensemble=False) for n in samplers]),
        "imbalanced-learn's own": (of_sampler, [made(m, n, ensemble=False) for m, n in theirs]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--list", action="store_true", help="what each class did that is not right")
    parser.add_argument("--only", default="", help="names of inputs, with commas between them")
    asked = parser.parse_args()
    warnings.simplefilter("ignore")
    columns = sides()
    print("| input | " + " | ".join(columns) + " |")
    print("|---|" + "---|" * len(columns))
    wrong = []
    for name in asked.only.split(",") if asked.only else inputs():
        cells = []
        for column, (judge, objects) in columns.items():
            did = {type(one).__name__: judge(one, name) for one in objects}
            wrong += [(name, column, kind, what) for kind, what in did.items() if what]
            cells.append(f"{sum(not what for what in did.values())} of {len(did)}")
        refused = " (to be refused)" if name in REFUSED else ""
        print(f"| {name}{refused} | " + " | ".join(cells) + " |", flush=True)
    if not find_spec("polars"):
        print("polars is not installed: its rows are left out", file=sys.stderr)
    if asked.list:
        for line in wrong:
            print("  ".join(line))


if __name__ == "__main__":
    main()
