import textwrap

import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from steelyard.core.errors import UserError
from steelyard.models import efficientnet_lite0, small_cnn
from steelyard.models.backbone import imagenet_normalise
from steelyard.models.cost import count_parameters
from steelyard.models.networks import NAMES, network_named

GOOD = """
    import torch
    from torch import nn
    def plain(n_classes, depth=1):
        layers = [nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
        return nn.Sequential(*layers, *[nn.Linear(4, 4) for _ in range(depth)],
                             nn.Linear(4, n_classes))
    def sized(n_classes):
        module = nn.Sequential(nn.Flatten(), nn.Linear(3 * 8 * 8, n_classes))
        module.size, module.normalise = 8, lambda images: images.float() / 255
        return module
    def frozen(n_classes):
        return plain(n_classes).requires_grad_(False)
    def half_frozen(n_classes):
        module = plain(n_classes)
        module[0].requires_grad_(False)
        return module
    def tied(n_classes):
        module = plain(n_classes)
        if n_classes == 4:
            module[-1].weight = module[-2].weight
        return module if n_classes == 4 else None
"""


@pytest.fixture
def spec(tmp_path):
    def write(function="plain", code=GOOD):
        file = tmp_path / "mine.py"
        file.write_text(textwrap.dedent(code))
        return f"{file}:{function}"

    return write


def refusal(name, n_classes=4):
    with pytest.raises(UserError) as caught:
        network_named(name, n_classes)
    assert caught.value.code == "E161"
    return caught.value


@pytest.fixture(scope="module", params=NAMES)
def network(request):
    return network_named(request.param, 5, image_side=32)


def test_each_reads_its_pixels_and_trains_in_every_part(network):
    pixels = torch.randint(0, 256, (2, 3, network.side, network.side), dtype=torch.uint8)
    x = network.normalise(pixels)
    assert x.dtype == torch.float32
    assert network.module.training
    logits = network.module(x)
    assert logits.shape == (2, 5)
    cross_entropy(logits, torch.tensor([0, 4])).backward()
    for part in network.parts():
        assert sum(p.grad.abs().sum() for p in part.parameters()) > 0
    network.module.zero_grad()


def test_each_is_its_head_on_its_features(network):
    module = network.module.eval()
    x = torch.randn(2, 3, network.side, network.side)
    with torch.no_grad():
        features = module.features(x)
        assert network.headed
        assert features.shape == (2, module.n_features)
        assert torch.equal(module(x), module.head(features))
    module.train()


def test_the_parts_hold_every_parameter_once_and_end_in_the_head(network):
    parts = network.parts()
    inside = [id(p) for part in parts for p in part.parameters()]
    assert len(inside) == len(set(inside))
    assert set(inside) == {id(p) for p in network.module.parameters()}
    assert parts[-1] is network.module.head


def test_the_parts_are_in_the_order_of_the_data(network):
    order, handles = [], []
    for i, part in enumerate(network.parts()):
        first = next(m for m in part.modules() if not list(m.children()))
        handles.append(first.register_forward_hook(lambda *_, i=i: order.append(i)))
    network.module(torch.zeros(2, 3, network.side, network.side))
    for handle in handles:
        handle.remove()
    assert order == list(range(len(network.parts())))


def test_any_module_can_be_the_head(network):
    module, before = network.module, network.module.head
    keys = module.state_dict().keys()
    try:
        module.head = nn.Identity()
        assert module(torch.zeros(2, 3, network.side, network.side)).shape == (2, module.n_features)
    finally:
        module.head = before
    assert module.state_dict().keys() == keys


def test_efficientnet_keeps_its_pretrained_body_and_reads_at_a_fitting_side():
    network = network_named("efficientnet-lite0", 5, image_side=150)
    published = efficientnet_lite0.pretrained().state_dict()
    ours = network.module.state_dict()
    assert ours.keys() == published.keys()
    assert all(torch.equal(ours[k], published[k]) for k in ours if not k.startswith("_fc"))
    assert (network.side, network.normalise) == (160, efficientnet_lite0.normalise)
    assert any("_bn" in k for k in ours)  # not fused: batch norms go on learning


@pytest.mark.parametrize(("settings", "momentum"), [({}, 0.1), ({"norm_momentum": 0.01}, 0.01)])
def test_batch_norms_of_a_pretrained_network_follow_a_short_training(settings, momentum):
    module = network_named("efficientnet-lite0", 2, **settings).module
    norm, x = module._bn0, torch.full((2, 32, 4, 4), 5.0)
    before = norm.running_mean.clone()
    norm(x)
    torch.testing.assert_close(norm.running_mean, before + momentum * (5 - before))


def test_the_published_count_and_settings_that_reach_the_network():
    assert count_parameters(network_named("resnet-32", 100).module) == 470_004
    assert network_named("resnet-8", 3, width=0.5).module.n_features == 32
    assert network_named("small-cnn", 3, width=8).module.n_features == 32
    assert network_named("mlp", 3, hidden=[7], dropout=0.1).module.n_features == 7


def test_an_mlp_reads_rows_of_features():
    network = network_named("mlp", 3, n_inputs=6)
    assert network.side is None
    rows = torch.randn(2, 6, dtype=torch.float64)
    assert torch.equal(network.normalise(rows), rows.float())
    assert network.module(rows.float()).shape == (2, 3)


def test_the_seed_and_nothing_else_draws_the_weights(spec):
    for name in ("resnet-8", spec()):
        state = torch.get_rng_state()
        first, again, other = (network_named(name, 3, seed=s).module for s in (1, 1, 2))
        assert torch.equal(torch.get_rng_state(), state)
        weights = [next(m.parameters()) for m in (first, again, other)]
        assert torch.equal(weights[0], weights[1])
        assert not torch.equal(weights[0], weights[2])


def test_a_users_module_trains_without_features_or_head(spec):
    network = network_named(spec(), 4, depth=2)
    assert (network.side, network.headed) == (224, False)
    assert network.normalise is imagenet_normalise
    assert len(network.parts()) == 5  # convolution, batch norm, three linear maps
    logits = network.module(torch.randn(2, 3, 9, 9))
    cross_entropy(logits, torch.tensor([0, 3])).backward()
    assert all(p.grad is not None for p in network.module.parameters())


def test_looking_at_a_users_module_moves_no_running_statistic(spec):
    norm = network_named(spec(), 4).module[1]
    assert norm.training
    assert norm.num_batches_tracked == 0


def test_a_users_module_may_carry_its_size_and_scale(spec):
    network = network_named(spec("sized"), 4)
    assert network.side == 8
    assert network.normalise(torch.tensor([255], dtype=torch.uint8)).item() == 1


def test_what_the_user_froze_stays_frozen(spec):
    module = network_named(spec("half_frozen"), 4).module
    assert not module[0].weight.requires_grad
    assert module[-1].weight.requires_grad
    assert "no parameter" in refusal(spec("frozen")).what


def test_a_parameter_that_two_parts_share_makes_them_one(spec):
    network = network_named(spec("tied"), 4)
    assert network.parts() == [network.module]


def test_mistyped_names_are_met_with_the_near_one(spec):
    error = refusal("resnet20")
    assert "'resnet20'" in error.what
    assert error.fix == "did you mean 'resnet-20'?"
    assert "small-cnn | resnet-8" in refusal("gradient boosting").fix
    error = refusal(spec("plian"))
    assert "'plian'" in error.what
    assert error.where.startswith("--model ")
    assert "'plain'" in error.fix


def test_what_gives_no_logits_is_refused_in_the_users_words(spec):
    assert "NoneType" in refusal(spec("tied"), 3).what
    assert "(2, 4) for 2 images, not logits (2, 3)" in refusal(
        spec("f", "from torch import nn\ndef f(n): return nn.Sequential(\n"
             "    nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(3, 4))"), 3
    ).what  # fmt: skip
    error = refusal(spec("f", "import torch\ndef f(n): return torch.nn.Linear(7, n)"))
    assert "(2, 3, 224, 224)" in error.what
    error = refusal(spec("f", "def f(): return None"))
    assert "TypeError" in error.why
    assert "takes the number of classes" in error.fix


def test_a_setting_that_does_not_exist_names_those_that_do():
    with pytest.raises(ValueError, match=r"'resnet-8' has no setting 'hidden'; .* width"):
        network_named("resnet-8", 3, hidden=(3,))
    with pytest.raises(ValueError, match=r"'depth'"):
        network_named("resnet-8", 3, depth=20)
    with pytest.raises(ValueError, match="its settings are norm_momentum"):
        network_named("efficientnet-lite0", 3, width=2)


def test_normalise_of_the_small_networks_is_that_of_the_small_cnn():
    for name in ("small-cnn", "resnet-8", "mlp"):
        assert network_named(name, 2).normalise is small_cnn.normalise


def test_spatial_dropout_leaves_out_whole_maps_in_training_only():
    plain, dropping = (
        network_named("small-cnn", 3, width=4, **more).module
        for more in ({}, {"spatial_dropout": 0.5})
    )
    assert plain.state_dict().keys() == dropping.state_dict().keys()
    seen = []
    dropping.blocks[0].register_forward_hook(lambda module, args, out: seen.append(out))
    images = torch.randn(64, 3, 32, 32, generator=torch.Generator().manual_seed(0))
    torch.manual_seed(0)
    dropping.train()(images)
    gone = (seen[0] == 0).all(dim=(2, 3)).float().mean().item()
    assert gone == pytest.approx(0.5, abs=0.15)
    dropping.load_state_dict(plain.state_dict())
    assert torch.equal(dropping.eval()(images), plain.eval()(images))
