import torch
from torch import nn

from steelyard.models.cost import count_flops, count_parameters
from steelyard.models.efficientnet_lite0 import EfficientNetLite0


def test_parameters_by_hand():
    module = nn.Sequential(nn.Linear(3, 2), nn.BatchNorm1d(2))
    assert count_parameters(module) == (3 * 2 + 2) + (2 + 2)
    module[0].requires_grad_(False)
    assert count_parameters(module, trainable=True) == 4


def test_flops_of_a_convolution_by_hand():
    # 5 images, 4 output channels of 6 x 6, each of 3 * 3 * 2 products: two operations each.
    assert count_flops(nn.Conv2d(2, 4, 3), (5, 2, 8, 8)) == 5 * 4 * 36 * 18 * 2


def test_attention_is_seen():
    layer = nn.TransformerEncoderLayer(8, 1, 16, batch_first=True)
    without = 2 * 10 * (8 * 24 + 8 * 8 + 2 * 8 * 16)  # the four affine maps on 10 tokens
    attention = 2 * 2 * 10 * 10 * 8
    assert count_flops(layer, (1, 10, 8)) == without + attention


def test_the_published_cost_of_efficientnet_lite0_and_an_untouched_module():
    network = EfficientNetLite0()
    flops = count_flops(network, (1, 3, 224, 224))
    # The authors publish 407 million multiply-adds, rounding up; others count 385.
    assert 0.38e9 < flops / 2 < 0.41e9
    assert network.training
    assert next(network.parameters()).device == torch.device("cpu")
