import sys
import textwrap

import pytest
import torch

from steelyard.core.errors import UserError
from steelyard.models.backbone import load_backbone

GOOD = """
    import torch
    def tiny():
        return torch.nn.Conv2d(3, 5, 3)
    def sized():
        module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(3 * 8 * 8, 4))
        module.size, module.normalise = 8, lambda images: images.float() / 255
        return module
"""


@pytest.fixture
def spec(tmp_path):
    def write(code, function="tiny"):
        file = tmp_path / "mine.py"
        file.write_text(textwrap.dedent(code))
        return f"{file}:{function}"

    return write


def refusal(spec):
    with pytest.raises(UserError) as caught:
        load_backbone(spec)
    assert caught.value.code == "E161"
    return caught.value


def test_efficientnet_is_read_at_a_side_that_fits_the_images():
    small, large = load_backbone(image_side=32), load_backbone(image_side=500)
    assert (small.size, large.size) == (128, 224)
    assert small.n_features == 1280
    assert small.fingerprint == large.fingerprint
    assert not any(p.requires_grad for p in small.module.parameters())


def test_the_network_from_scratch_is_the_same_every_time():
    first, second = load_backbone("none"), load_backbone("none")
    assert first.fingerprint == second.fingerprint
    assert (first.size, first.n_features) == (32, 128)


def test_loading_leaves_the_global_random_state_alone(spec):
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    load_backbone("none")
    load_backbone(spec(GOOD))
    assert torch.rand(1) == expected


def test_a_user_module_of_maps_is_averaged_over_places(spec):
    backbone = load_backbone(spec(GOOD))
    assert (backbone.size, backbone.n_features) == (224, 5)
    assert not backbone.module.training


def test_a_user_module_may_carry_its_size_and_scale(spec):
    backbone = load_backbone(spec(GOOD, "sized"))
    assert (backbone.size, backbone.n_features) == (8, 4)
    assert backbone.normalise(torch.tensor([255], dtype=torch.uint8)).item() == 1


def test_the_fingerprint_follows_weights_and_source(spec):
    before = load_backbone(spec(GOOD)).fingerprint
    assert load_backbone(spec(GOOD)).fingerprint == before
    assert load_backbone(spec(GOOD + "\n    # other\n")).fingerprint != before


def test_mistyped_names_are_met_with_the_near_one(spec):
    assert "efficientnet-lite0" in refusal("efficientnet-lite").fix
    good = spec(GOOD)
    assert "'tiny'" in refusal(good.replace(":tiny", ":tinny")).fix
    assert "'mine.py'" in refusal(good.replace("mine.py", "mien.py")).fix


def test_what_is_no_module_is_refused(spec):
    assert "list" in refusal(spec("def tiny():\n        return [1]")).what
    assert "ZeroDivisionError" in refusal(spec("def tiny():\n        return 1 / 0")).why
    assert "SystemExit" in refusal(spec("raise SystemExit(3)")).why
    assert "SyntaxError" in refusal(spec("def tiny(:")).why


def test_a_module_that_refuses_images_is_explained(spec):
    code = "import torch\n    def tiny():\n        return torch.nn.Linear(7, 2)"
    assert "(2, 3, 224, 224)" in refusal(spec("    " + code)).what


def test_a_missing_package_is_named(spec):
    assert refusal(spec("import no_such_package_here")).fix == "pip install no_such_package_here"


def test_a_torchvision_of_another_torch_is_explained(spec):
    # What `import torchvision` says when it was built for another torch; see DESIGN section 9.
    code = "raise RuntimeError('operator torchvision::nms does not exist')"
    error = refusal(spec(code))
    assert "torchvision was built for another torch" in error.why
    assert "pip install" in error.fix
    assert "torchvision" in error.fix


def test_a_failed_import_leaves_no_module_behind(spec):
    refusal(spec("import no_such_package_here"))
    assert "steelyard_user_mine" not in sys.modules


def test_the_file_finds_its_neighbours(spec, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "neighbour_of_mine.py").write_text("import torch\nnet = torch.nn.Conv2d(3, 2, 1)\n")
    code = "import neighbour_of_mine\ndef tiny():\n    return neighbour_of_mine.net\n"
    assert load_backbone(spec(code)).n_features == 2
