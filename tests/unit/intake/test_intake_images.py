"""Folders of images, decoding, the pixel cache."""

import errno
import io
import os
import struct
import warnings
import zlib
from contextlib import nullcontext

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from steelyard.core.errors import UserError
from steelyard.intake import images
from steelyard.intake.folder import list_folder
from steelyard.intake.images import choose_side, decode_all, decode_new
from steelyard.intake.pixels import decode

RED, BLUE = (200, 30, 10), (10, 30, 200)


def png(image, **options):
    with io.BytesIO() as out:
        image.save(out, options.pop("format", "PNG"), **options)
        return out.getvalue()


def picture(colour=RED, size=(12, 12)):
    return Image.new("RGB", size, colour)


@pytest.fixture
def shells(tmp_path):
    """Two classes of three images each, of different colours."""
    rng = np.random.default_rng(0)
    for name in ("auger", "cowrie"):
        folder = tmp_path / "shells" / name
        folder.mkdir(parents=True)
        for i in range(3):
            pixels = rng.integers(0, 256, (12, 10, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(folder / f"{i}.png")
    return tmp_path / "shells"


# --------------------------------------------------------------------------------- decoding
def test_plain_pixels_come_through_unchanged():
    pixels = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    assert np.array_equal(decode(png(Image.fromarray(pixels)), 16).pixels, pixels)


@pytest.mark.parametrize(
    ("image", "expected", "odd"),
    [
        (Image.new("L", (8, 8), 77), (77, 77, 77), "grey"),
        (Image.new("1", (8, 8), 1), (255, 255, 255), "grey"),
        (picture(size=(8, 8)).quantize(4), RED, "palette"),
        (Image.new("RGBA", (8, 8), (0, 0, 0, 0)), (255, 255, 255), "with alpha"),
        (Image.new("RGBA", (8, 8), (*RED, 255)), RED, "with alpha"),
        (Image.new("LA", (8, 8), (0, 255)), (0, 0, 0), "with alpha"),
        (Image.new("I;16", (8, 8), 65535), (255, 255, 255), "16-bit"),
        (Image.new("I;16", (8, 8), 257 * 9), (9, 9, 9), "16-bit"),
    ],
)
def test_every_mode_becomes_rgb(image, expected, odd):
    found = decode(png(image), 8)
    assert found.pixels.shape == (8, 8, 3)
    assert np.abs(found.pixels[4, 4].astype(int) - expected).max() <= 1
    assert odd in found.odd


def test_sixteen_bits_are_scaled_exactly():
    for grey in (0, 1, 128, 254, 255):
        pixels = decode(png(Image.new("I;16", (8, 8), 257 * grey)), 8).pixels
        assert np.all(pixels == grey)


def test_cmyk_is_read():
    found = decode(png(Image.new("CMYK", (8, 8), (0, 0, 0, 0)), format="JPEG"), 8)
    assert found.pixels[0, 0].tolist() == [255, 255, 255]
    assert "CMYK" in found.odd


def test_exif_turns_the_image():
    image = Image.new("RGB", (8, 8), RED)
    image.paste(BLUE, (0, 0, 8, 4))  # blue above
    exif = Image.Exif()
    exif[0x0112] = 3  # upside down
    found = decode(png(image, exif=exif), 8)
    assert found.pixels[0, 0].tolist() == list(RED)
    assert "turned by EXIF" in found.odd


def test_the_first_frame_of_an_animation():
    raw = png(
        picture(RED, (8, 8)),
        format="GIF",
        save_all=True,
        append_images=[picture(BLUE, (8, 8))],
    )
    found = decode(raw, 8)
    assert np.abs(found.pixels[0, 0].astype(int) - RED).max() <= 8
    assert "animated" in found.odd


def test_the_middle_is_cut_out_and_the_aspect_kept():
    image = Image.new("RGB", (30, 10), RED)
    image.paste(BLUE, (10, 0, 20, 10))
    assert np.all(decode(png(image), 10).pixels == BLUE)


def test_a_png_named_jpg_is_read_and_said():
    assert decode(png(picture()), 12, "shell.jpg").odd == ("not what the ending says",)
    assert decode(png(picture()), 12, "shell.png").odd == ()
    assert decode(png(picture(), format="JPEG"), 12, "shell.jpeg").odd == ()


def test_a_decompression_bomb_is_refused_by_its_header():
    def chunk(kind, body):
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    for side, said in ((12_000, "144 megapixels"), (60_000, "3600 megapixels")):
        header = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
        rows = chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        raw = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + rows + chunk(b"IEND", b"")
        with pytest.warns() if side == 12_000 else nullcontext():
            found = decode(raw, 8)
        assert found.pixels is None
        assert said in found.why


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b"", "empty file"),
        (b"not an image at all", "not an image"),
        (png(picture(), format="JPEG")[:-200], "cut off"),
        (png(Image.effect_noise((64, 64), 90))[:900], "cut off"),
    ],
)
def test_bad_files_come_back_with_a_reason(raw, why):
    found = decode(raw, 8)
    assert (found.pixels, found.why) == (None, why)


@given(st.integers(0, 2**31), st.sampled_from(["PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP"]))
def test_damaged_files_never_raise(seed, form):
    rng = np.random.default_rng(seed)
    raw = bytearray(png(Image.effect_noise((16, 16), 90), format=form))
    for place in rng.integers(0, len(raw), 8):
        raw[place] = rng.integers(0, 256)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as the reading of many does
        found = decode(bytes(raw[: rng.integers(1, len(raw) + 1)]), 8)
    assert (found.pixels is None) == bool(found.why)


# --------------------------------------------------------------------------------- folders
def test_class_folders(shells):
    listing = list_folder(shells)
    assert listing.names == tuple(f"{k}/{i}.png" for k in ("auger", "cowrie") for i in range(3))
    assert listing.labels == ("auger",) * 3 + ("cowrie",) * 3
    assert set(listing.splits) == {""}
    assert listing.notes == ()


def test_splits_above_the_classes(shells, tmp_path):
    top = tmp_path / "all"
    for part in ("Train", "valid", "testing"):
        (top / part).mkdir(parents=True)
        for kind in ("auger", "cowrie"):
            os.symlink(shells / kind, top / part / kind)  # links to folders are followed
    listing = list_folder(top)
    assert [listing.splits.count(s) for s in ("train", "val", "test")] == [6, 6, 6]
    assert listing.names[0] == "Train/auger/0.png"


def test_a_class_may_be_called_train(tmp_path):
    for kind in ("train", "bus"):
        (tmp_path / kind).mkdir()
        picture().save(tmp_path / kind / "1.png")
    assert list_folder(tmp_path).labels == ("bus", "train")


def test_what_is_no_image_is_counted(shells):
    (shells / "auger" / ".hidden.png").write_bytes(b"x")
    (shells / "auger" / "notes.txt").write_text("x")
    (shells / "auger" / "list.csv").write_text("x")
    os.symlink(shells / "nowhere", shells / "cowrie" / "gone.png")
    os.symlink(shells / "cowrie", shells / "cowrie" / "again")
    (shells / "cowrie" / "no_ending").write_bytes(png(picture()))
    listing = list_folder(shells)
    assert len(listing.files) == 7
    assert listing.notes == (
        "1 hidden files ignored",
        "2 files that are no images ignored",
        "1 links that lead nowhere ignored",
        "1 links that lead round in a circle ignored",
    )


def test_images_without_class_folders(tmp_path):
    picture().save(tmp_path / "1.png")
    with pytest.raises(UserError) as caught:
        list_folder(tmp_path)
    assert caught.value.code == "E119"
    (tmp_path / "labels.csv").write_text("file,label\n1.png,a\n")
    with pytest.raises(UserError, match="not in class folders") as caught:
        list_folder(tmp_path)
    assert "labels.csv" in caught.value.fix


def test_a_folder_without_images(tmp_path):
    (tmp_path / "auger").mkdir()
    with pytest.raises(UserError) as caught:
        list_folder(tmp_path)
    assert caught.value.code == "E108"


# ----------------------------------------------------------------------------------- cache
def listed(folder):
    listing = list_folder(folder)
    return listing.files, listing.names


def test_pixels_are_cached_by_content(shells, tmp_path):
    cache = tmp_path / "cache"
    first = decode_all(*listed(shells), 10, cache)
    assert isinstance(first.X, np.memmap)
    assert first.X.shape == (6, 10, 10, 3)
    made = {p: p.stat().st_mtime_ns for p in cache.iterdir()}
    again = decode_all(*listed(shells), 10, cache)
    assert np.array_equal(again.X, first.X)
    assert {p: p.stat().st_mtime_ns for p in cache.iterdir()} == made
    picture().save(shells / "auger" / "0.png")
    changed = decode_all(*listed(shells), 10, cache)
    assert not np.array_equal(changed.X[0], first.X[0])
    assert np.array_equal(changed.X[1:], first.X[1:])


def test_pixels_agree_with_decoding_each(shells, tmp_path):
    files, names = listed(shells)
    stored = decode_all(files, names, 9, tmp_path / "c").X
    plain = [decode(f.read_bytes(), 9).pixels for f in files]
    assert np.array_equal(stored, plain)
    new, said = decode_new(files, names, 9)
    assert np.array_equal(new, plain)
    assert said.tolist() == list(names)


def test_bad_images_are_named_together_or_skipped(shells, tmp_path):
    (shells / "auger" / "1.png").write_bytes(b"")
    (shells / "cowrie" / "2.png").write_bytes((shells / "cowrie" / "2.png").read_bytes()[:100])
    files, names = listed(shells)
    with pytest.raises(UserError) as caught:
        decode_all(files, names, 8, tmp_path / "c")
    error = caught.value
    assert (error.code, error.what) == ("E120", "2 of 6 images cannot be read")
    assert "auger/1.png (empty file)" in error.why
    assert "cowrie/2.png (cut off)" in error.why
    pixels = decode_all(files, names, 8, tmp_path / "c", skip_unreadable=True)
    assert pixels.rows.tolist() == [0, 2, 3, 4]
    assert len(pixels.X) == len(pixels.content) == 4
    with pytest.raises(UserError, match="2 of 6"):
        decode_new(files, names, 8)
    assert len(decode_new(files, names, 8, skip_unreadable=True)[0]) == 4


def test_equal_pixels_in_other_files_have_equal_content(shells, tmp_path):
    Image.open(shells / "auger" / "0.png").save(shells / "cowrie" / "0.bmp")
    pixels = decode_all(*listed(shells), 10, tmp_path / "c")
    names = list(list_folder(shells).names)
    content = dict(zip(names, pixels.content))
    assert content["auger/0.png"] == content["cowrie/0.bmp"]
    assert len(set(content.values())) == 6


def test_mixed_images_are_noted(shells, tmp_path):
    Image.new("L", (9, 9)).save(shells / "auger" / "grey.png")
    notes = decode_all(*listed(shells), 10, tmp_path / "c").notes
    assert notes == ("1 of 7 images are grey",)


def test_the_side_is_the_median_shorter_side_within_limits(shells, tmp_path):
    assert choose_side(listed(shells)[0]) == 10
    picture(size=(2000, 900)).save(tmp_path / "large.png")
    assert choose_side((tmp_path / "large.png",)) == 160


def test_a_full_disk_is_named(shells, tmp_path, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(images, "_write_rows", full)
    with pytest.raises(UserError) as caught:
        decode_all(*listed(shells), 10, tmp_path / "c")
    assert caught.value.code == "E151"
    assert not list((tmp_path / "c").iterdir())
