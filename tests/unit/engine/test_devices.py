import torch

from steelyard.engine import devices
from steelyard.engine.devices import Device, cpu_has_bfloat16, pick_device


def test_one_thread_after_picking_the_processor(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert pick_device().kind == "cpu"
        assert torch.get_num_threads() == 1
    finally:
        torch.set_num_threads(before)


def test_bfloat16_only_where_the_processor_has_it(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    for has, expected in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(devices, "cpu_has_bfloat16", lambda has=has: has)
        assert pick_device().dtype == expected


def test_the_flags_of_the_processor_decide(monkeypatch):
    for flags, expected in (
        ({"avx512_bf16": True}, True),
        ({"amx_bf16": True}, True),
        ({"avx512_f": True, "avx512_bf16": False}, False),
        ({}, False),
    ):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda flags=flags: flags)
        assert cpu_has_bfloat16() is expected


def test_a_torch_that_cannot_tell_gets_float32(monkeypatch):
    monkeypatch.delattr(torch.cpu, "get_capabilities")
    assert cpu_has_bfloat16() is False


def test_autocast_and_layout():
    device = Device("cpu", torch.bfloat16)
    matrix = torch.ones(2, 2)
    with device.autocast():
        assert (matrix @ matrix).dtype == torch.bfloat16
    with Device("cpu", torch.float32).autocast():
        assert (matrix @ matrix).dtype == torch.float32
    images = device.place_images(torch.zeros(2, 3, 4, 4))
    assert images.is_contiguous(memory_format=torch.channels_last)
