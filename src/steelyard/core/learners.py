"""The names that the ``model`` slot of a Recipe may hold, by what kind of learner they are."""

BOOSTERS = ("lightgbm", "xgboost", "catboost")  # of other packages: the extra `boost`
BOOSTING = ("hist-gradient-boosting", *BOOSTERS)
TREES = (*BOOSTING, "forest")
TABLES = (*TREES, "logistic")
BALANCED = (
    "self-paced",
    "under-bagging",
    "balanced-forest",
    "over-bagging",
    "smote-bagging",
    "adacost",
)
PLAIN_ENSEMBLES = ("bagging", "adaboost")  # the controls of the others
ENSEMBLES = (*BALANCED, *PLAIN_ENSEMBLES)
HEADS = ("linear-head",)
CLASS_MEANS = ("class-mean-head",)
FROM_SCRATCH = ("small-cnn", "resnet-8", "resnet-20", "resnet-32", "mlp")
PRETRAINED = ("efficientnet-lite0",)
NETWORKS = (*FROM_SCRATCH, *PRETRAINED)
BACKBONES = (*PRETRAINED, "none")


def is_network(name: str) -> bool:
    """Whether the training loop trains it, on pixels: ours, or the user's ``file.py:function``.

    >>> is_network("resnet-8"), is_network("net.py:make"), is_network("linear-head")
    (True, True, False)
    """
    return name in NETWORKS or ":" in name
