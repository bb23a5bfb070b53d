"""Scripts written for imbalanced-ensemble 0.2.3 run after changing only their import lines."""

import re
from pathlib import Path

import pytest

pytest.importorskip("matplotlib", reason="the scripts draw, and matplotlib is not installed")
pytest.importorskip("imblearn", reason="some samplers and metrics are imbalanced-learn's")

OURS = "steelyard.kit.imbens"
SCRIPTS = sorted((Path(__file__).parent / "scripts_for_imbens").glob("*.py"))


def swapped(script: str) -> str:
    """The script with our room in its import lines, and nothing else changed."""
    script = re.sub(r"(?m)^import imbens$", f"import {OURS} as imbens", script)
    return re.sub(r"(?m)^from imbens\b", f"from {OURS}", script)


@pytest.fixture
def run(capsys):
    """Runs a script by name; its words and what it defined."""

    from matplotlib import pyplot

    pyplot.switch_backend("agg")

    def once(name: str) -> tuple[str, dict]:
        path = next(p for p in SCRIPTS if p.stem == name)
        defined = {"__name__": "__main__"}
        exec(compile(swapped(path.read_text("utf-8")), str(path), "exec"), defined)
        return capsys.readouterr().out, defined

    yield once
    pyplot.close("all")


pytestmark = [
    # of scikit-learn 1.9, and of a show without a window
    pytest.mark.filterwarnings("ignore:.*`probability` parameter:FutureWarning"),
    pytest.mark.filterwarnings("ignore:.*non-interactive:UserWarning"),
]


def test_only_import_lines_change():
    for path in SCRIPTS:
        before = path.read_text("utf-8").splitlines()
        after = swapped("\n".join(before)).splitlines()
        changed = [b for b, a in zip(before, after, strict=True) if b != a]
        assert changed, path.name
        assert all(line.startswith(("import imbens", "from imbens")) for line in changed)
        assert "steelyard" not in "\n".join(before)


@pytest.mark.slow
def test_the_readme(run):
    out, defined = run("readme")
    assert float(re.search(r"valid accuracy (\S+)", out)[1]) > 0.65  # half are of the largest class
    logs = dict(re.findall(r"(?s)log: ([^\n]+)\n(.*?)(?=log:|\Z)", out))
    assert len(re.findall(r"members", logs["auto"])) == 10
    lowest = min(defined["clf"].origin_distr_.values())
    assert f"{{0: {lowest}, 1: {lowest}, 2: {lowest}}}" in logs["auto"]
    assert "train balanced_acc" in logs["auto"]
    assert "{" not in logs["metrics alone"]
    assert len(logs["metrics alone"].splitlines()) == 5
    assert "valid weighted_f1" in logs["valid too"]
    assert "balanced_acc" not in logs["own metrics"]
    assert defined["axes"].shape == (1, 3)
    assert defined["visualizer"].eval_datasets_.keys() == {"train"}


def test_the_basic_example(run):
    out, _ = run("basic_example")
    assert float(re.search(r"valid balanced accuracy (\S+)", out)[1]) > 0.9
    scores = re.findall(r"SVC as (?:base_)?estimator: (\S+), SVC", out)
    assert len(scores) == 2
    assert scores[0] == scores[1]
    assert "ExtraTreeClassifier" in out
    assert "50 members" in out


@pytest.mark.slow
def test_curves_and_confusion_matrices(run):
    out, defined = run("performance_curve")
    assert "EasyEnsembleClassifier trained" in out
    frame = defined["visualizer"].perf_dataframe_
    steps = frame.query("method == 'SPE' and dataset == 'training' and metric == 'acc'")
    assert steps.n_estimators.tolist() == [1, *range(5, 51, 5)]
    smallest = 3 * min(defined["ensemble_dict"]["SPE"].origin_distr_.values())
    assert steps.n_samples.tolist() == [smallest * n for n in steps.n_estimators]
    last = frame.query("n_estimators == 50 and dataset == 'validation'").set_index("metric")
    X, y = defined["X_valid"], defined["y_valid"]
    for name, model in defined["fitted_ensembles"].items():
        at_the_end = last[last.method == name].score["acc"]
        assert at_the_end == pytest.approx((model.predict(X) == y).mean())


def test_schedules(run):
    out, _ = run("sampling_schedule")
    logs = dict(re.findall(r"(?m)^(\w+Classifier \w+)\n((?:\s+\d+ members.*\n)+)", out))
    data = re.sub(r"np.int64\((\d)\)", r"\1", re.search(r"data (.*)", out)[1])
    least, largest = "{0: 100, 1: 100, 2: 100}", "{0: 600, 1: 600, 2: 600}"
    assert data == "{0: 100, 1: 300, 2: 600}"
    for kind, target in (("SelfPacedEnsemble", least), ("SMOTEBoost", largest)):
        lines = {
            schedule: re.findall(r"\{.*\}", logs[f"{kind}Classifier {schedule}"])
            for schedule in ("uniform", "progressive", "as_it_is", "straight")
        }
        assert lines["uniform"] == [target] * 5
        assert lines["as_it_is"] == [data] * 5
        assert lines["progressive"] == lines["straight"]
        assert lines["progressive"][0] == data
        assert lines["progressive"][-1] == target
        assert len(set(lines["progressive"])) == 5
    assert f"targets [{least}, {largest}]" in out


def test_targets(run):
    out, _ = run("resampling_target")
    told = re.findall(r"(?m)^(\w+)Classifier .*(\{[^{}]*\})$", out)
    assert [name for name, _ in told] == ["SelfPacedEnsemble"] * 4 + ["SMOTEBoost"] * 4
    assert [distr for _, distr in told] == [
        "{0: 100, 1: 100, 2: 100}",
        "{0: 100, 1: 300, 2: 300}",
        "{0: 100, 1: 200, 2: 200}",
        "{0: 80, 1: 200, 2: 400}",
        "{0: 600, 1: 600, 2: 600}",
        "{0: 300, 1: 300, 2: 600}",
        "{0: 400, 1: 400, 2: 600}",
        "{0: 200, 1: 400, 2: 600}",
    ]


def test_cost_matrices(run):
    out, defined = run("cost_matrix")
    assert "inverse [[1.0, 0.33, 0.17], [3.0, 1.0, 0.5], [6.0, 2.0, 1.0]]" in out
    assert "uniform [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]" in out
    assert defined["cost_matrices"]["my own"].tolist() == defined["my_cost_matrix"]


def test_a_cost_has_the_decision_in_its_row(run):
    """Where it is dear to take class 0 for another, more rows are taken for class 0."""
    from sklearn.datasets import make_classification

    from steelyard.kit.imbens.ensemble import AdaCostClassifier

    X, y = make_classification(
        1000, 6, n_informative=4, n_classes=3, weights=[0.2, 0.4], flip_y=0.1, random_state=0
    )
    dear, cheap = [[1, 1, 1], [20, 1, 1], [20, 1, 1]], [[1, 20, 20], [1, 1, 1], [1, 1, 1]]
    found = [
        (
            AdaCostClassifier(n_estimators=5, random_state=0).fit(X, y, cost_matrix=c).predict(X)
            == 0
        ).sum()
        for c in (dear, cheap)
    ]
    assert found[0] > found[1]


@pytest.mark.slow
def test_every_ensemble_draws_its_regions(run):
    out, _ = run("classifier_comparison")
    scores = [float(s) for s in re.findall(r"(?m)Classifier \d (\S+)$", out)]
    assert len(scores) == 3 * 14
    assert min(scores) > 0.36  # a third of the rows are of the class that is scored
    assert sum(scores) / len(scores) > 0.55
    assert "CompatibleAdaBoostClassifier" in out
    assert "CompatibleBaggingClassifier" in out


def test_metrics_and_pipelines(run):
    out, defined = run("metrics_and_pipeline")
    assert "geometric mean 0." in out
    assert "nearest neighbour balanced Acc: 0." in out
    assert defined["X_train"].shape == (500, 20)
