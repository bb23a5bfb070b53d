import pytest
import torch
from sklearn.datasets import load_digits
from torch.nn.functional import cross_entropy

from steelyard.engine.augmentation import augment, colour, random_affine
from steelyard.models.networks import network_named


@pytest.fixture(scope="module")
def digits():
    pixels, target = load_digits(return_X_y=True)
    images = torch.from_numpy(pixels * 15.9).byte().reshape(-1, 1, 8, 8).expand(-1, 3, 8, 8)
    return (
        images[:600],
        torch.from_numpy(target[:600]),
        images[600:],
        torch.from_numpy(target[600:]),
    )


def accuracy(digits, changed, disturbed, name="small-cnn", width=8, epochs=12):
    """Of a network trained on changed copies, on disturbed test images it has never seen."""
    images, target, test_images, test_target = digits
    network, generator = network_named(name, 10, width=width), torch.Generator().manual_seed(0)
    module, normalise = network.module, network.normalise
    optimiser = torch.optim.SGD(module.parameters(), 0.05, momentum=0.9, nesterov=True)
    for _ in range(epochs):
        for batch in torch.randperm(600, generator=generator).split(50):
            loss = cross_entropy(
                module(normalise(changed(images[batch], generator))), target[batch]
            )
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
    seen = normalise(disturbed(test_images, torch.Generator().manual_seed(1)))
    with torch.no_grad():
        return (module.eval()(seen).argmax(1) == test_target).double().mean().item()


def as_they_are(images, generator):
    return images


def test_affine_copies_teach_what_turns_and_shifts_leave_alone(digits):
    def moved(images, generator):
        return random_affine(images, generator, degrees=25, scale=(0.8, 1.2), shift=0.125)

    plain, taught = (accuracy(digits, change, moved) for change in (as_they_are, moved))
    assert taught > plain + 0.15


def test_coloured_copies_teach_what_light_leaves_alone(digits):
    def lit(images, generator):
        return colour(images, generator, brightness=0.9, contrast=0.9)

    plain, taught = (accuracy(digits, change, lit) for change in (as_they_are, lit))
    assert taught > plain + 0.08


def test_a_resnet_learns_with_and_without_copies(digits):
    settings = {"disturbed": as_they_are, "name": "resnet-8", "width": 0.5, "epochs": 6}
    assert accuracy(digits, as_they_are, **settings) > 0.85

    def strong(images, generator):
        return augment(images, "strong", generator)

    assert accuracy(digits, strong, **settings) > 0.5
