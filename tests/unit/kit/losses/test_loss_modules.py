"""The modules: made from the functions, counts that stay exact, copies, autocast and DDP."""

import copy
import inspect
import io
import pickle
import subprocess
import sys

import pytest
import torch
from torch import multiprocessing, nn

from steelyard.kit import losses
from steelyard.kit.losses import FUNCTIONS, MODULES, functions

COUNTS = [100_000, 1001, 7]


def test_every_function_has_its_module():
    assert set(FUNCTIONS) == set(functions.__all__)
    assert list(MODULES)[:4] == [
        "Asymmetric", "BalancedSoftmax", "BinaryCrossEntropy", "ClassBalancedCrossEntropy"
    ]  # fmt: skip
    for module, name in MODULES.items():
        made = getattr(losses, module)
        assert made.__name__ == module
        assert made is getattr(losses, module)
        keywords = inspect.signature(getattr(losses, name)).parameters.values()
        assert list(inspect.signature(made).parameters.values()) == [
            p for p in keywords if p.kind is p.KEYWORD_ONLY
        ]
    assert losses.balanced_softmax is losses.logit_adjusted
    assert set(dir(losses)) >= {*FUNCTIONS, *MODULES}


@pytest.mark.parametrize("module", [m for m, n in MODULES.items() if "penalty" not in n])
def test_a_module_gives_what_its_function_gives(module):
    x = torch.randn(6, 3, generator=torch.Generator().manual_seed(0))
    y = torch.tensor([0, 1, 2, 0, 1, 2])
    name = MODULES[module]
    if name in ("asymmetric", "binary_cross_entropy", "smooth_l1"):
        y = nn.functional.one_hot(y, 3)
    more = (torch.ones(6, 4),) if name == "influence_balanced" else ()
    given = {"reduction": "sum"} | ({} if name == "smooth_l1" else {"counts": COUNTS})
    made = getattr(losses, module)(**given)
    expected = getattr(losses, name)(x, y, *more, **given)
    torch.testing.assert_close(made(x, y, *more), expected, rtol=0, atol=0)


def test_settings_are_checked_when_it_is_made():
    with pytest.raises(TypeError, match="counts"):
        losses.LogitAdjusted()
    with pytest.raises(TypeError, match="tua"):
        losses.LogitAdjusted(counts=COUNTS, tua=1.0)
    with pytest.raises(AttributeError, match="no attribute 'Focus'"):
        losses.Focus  # noqa: B018


def test_counts_stay_exact_through_a_change_of_dtype():
    """As float16 they would be infinity and 1001 would become 1000."""
    model = nn.Sequential(nn.Linear(2, 3), losses.LogitAdjusted(counts=COUNTS))
    for change in (nn.Module.half, nn.Module.bfloat16, nn.Module.double):
        change(model)
        assert model[1].counts.tolist() == COUNTS
    assert losses.Focal(alpha=[0.1, 0.2]).half().alpha.tolist() == [0.1, 0.2]
    assert losses.LogitAdjusted(counts=COUNTS).to("meta").counts.device.type == "meta"


def test_saved_copied_and_pickled_modules_are_the_same():
    loss = losses.Ldam(counts=COUNTS, max_margin=0.3, weight=[1.0, 2.0, 3.0])
    saved = io.BytesIO()
    torch.save(loss.state_dict(), saved)
    saved.seek(0)
    other = losses.Ldam(counts=[1, 1, 1], max_margin=0.3, weight=[1.0, 1.0, 1.0])
    other.load_state_dict(torch.load(saved, weights_only=True))
    x, y = torch.eye(3), torch.arange(3)
    for twin in (other, copy.deepcopy(loss), pickle.loads(pickle.dumps(loss))):  # noqa: S301
        assert twin(x, y) == loss(x, y)
    assert repr(loss) == "Ldam(counts=(3,), weight=(3,), max_margin=0.3)"


def test_the_callers_counts_are_not_held():
    counts = torch.tensor(COUNTS)
    loss = losses.LogitAdjusted(counts=counts)
    counts[0] = 1
    assert loss.counts.tolist() == COUNTS


def test_class_weights_load_no_torch():
    code = (
        "import sys; from steelyard.kit.losses import class_weights, class_balanced_weights\n"
        "print('torch' in sys.modules)\n"
        "from steelyard.kit.losses import focal; print(focal.__name__, 'torch' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "focal", "True"]


class WithLoss(nn.Module):
    """A model that returns its loss, as one under DDP may."""

    def __init__(self):
        super().__init__()
        torch.manual_seed(0)
        self.linear = nn.Linear(4, 3)
        self.loss = losses.VectorScaling(counts=COUNTS, weight="sqrt")

    def forward(self, x, y):
        return self.loss(self.linear(x), y)


def data():
    generator = torch.Generator().manual_seed(1)
    return torch.randn(8, 4, generator=generator), torch.tensor([0, 1, 2, 0, 1, 2, 0, 0])


def on_one_rank(rank, file, results):
    torch.set_num_threads(1)
    torch.distributed.init_process_group("gloo", f"file://{file}", rank=rank, world_size=2)
    model = nn.parallel.DistributedDataParallel(WithLoss())
    x, y = data()
    with torch.autocast("cpu", torch.bfloat16, enabled=False):
        model(x[rank::2], y[rank::2]).backward()
    results[rank] = model.module.linear.weight.grad.tolist()
    torch.distributed.destroy_process_group()


@pytest.mark.slow
def test_two_ranks_learn_what_one_does(tmp_path):
    alone = WithLoss()
    alone(*data()).backward()
    with multiprocessing.Manager() as manager:
        results = manager.dict()
        multiprocessing.spawn(on_one_rank, (str(tmp_path / "meet"), results), nprocs=2)
        for rank in range(2):
            torch.testing.assert_close(torch.tensor(results[rank]), alone.linear.weight.grad)


def test_counts_that_change_in_place_are_noticed():
    logits, target = torch.zeros(1, 2), torch.tensor([1])
    counts = torch.tensor([90, 10])
    before = losses.balanced_softmax(logits, target, counts=counts)
    assert before.exp().item() == pytest.approx(10)
    counts[1] = 90
    assert losses.balanced_softmax(logits, target, counts=counts).exp().item() == pytest.approx(2)
    other = torch.tensor([10, 90])  # may lie where a tensor of before lay
    loss = losses.balanced_softmax(logits, target, counts=other)
    assert loss.exp().item() == pytest.approx(10 / 9)
