"""Photos from phones: bounded, the right way up, and with nothing in them but the picture."""

import base64
import io
import struct
import zlib

import pytest
from PIL import Image, ImageCms

from device.gallery import BadPicture, BadRegion, read_photo, read_region
from device.gallery._photo import LONGEST, MAX_BYTES


def photo(size: tuple[int, int] = (40, 20), kind: str = "JPEG", **options: object) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", size, (200, 40, 40)).save(file, kind, **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def png(width: int, height: int) -> bytes:
    """A PNG that says it is this large and holds next to nothing."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b"")


def test_where_and_when_it_was_taken_is_not_kept() -> None:
    exif = Image.Exif()
    exif[0x010F] = "A camera"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    exif[0x9286] = "a secret comment"
    data = photo(exif=exif, comment=b"a secret comment")
    assert b"a secret comment" in data
    kept = read_photo(data)
    assert b"secret" not in kept
    assert b"camera" not in kept
    assert dict(opened(kept).getexif()) == {}
    assert "exif" not in opened(kept).info


def test_it_is_turned_the_right_way_up() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert opened(read_photo(photo((40, 20), exif=exif))).size == (20, 40)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_it_is_kept_as_a_jpeg_no_larger_than_a_page_shows(kind: str) -> None:
    kept = opened(read_photo(photo((3000, 1500), kind)))
    assert (kept.format, kept.size) == ("JPEG", (LONGEST, LONGEST // 2))
    assert max(abs(a - b) for a, b in zip(kept.getpixel((9, 9)), (200, 40, 40), strict=True)) < 8  # pyright: ignore[reportArgumentType]


def test_colours_of_another_profile_are_turned_into_those_of_the_page() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    kept = opened(read_photo(photo(icc_profile=profile)))
    assert "icc_profile" not in kept.info
    opened(read_photo(photo(icc_profile=b"this is no profile")))


def test_what_is_transparent_becomes_white() -> None:
    file = io.BytesIO()
    Image.new("RGBA", (8, 8), (0, 0, 0, 0)).save(file, "PNG")
    assert opened(read_photo(file.getvalue())).getpixel((4, 4)) == (255, 255, 255)


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "not a JPEG, PNG or WebP photo"),
        (b"GIF89a" + bytes(200), "not a JPEG, PNG or WebP photo"),
        (photo()[:300], "not a JPEG, PNG or WebP photo"),
        (bytes(MAX_BYTES + 1), "larger than 20 MB"),
        (png(10_000, 5_000), "more than 40 million pixels"),
        (png(60_000, 60_000), "not a JPEG|more than 40"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "not a JPEG, PNG or WebP photo"),
    ],
)
def test_what_is_no_photo_or_too_large_is_refused_in_one_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(BadPicture, match=sentence):
        read_photo(data)


def mask(size: int, *box: int) -> str:
    image = Image.new("L", (size, size))
    if box:
        image.paste(255, (box[0], box[1], box[2], box[3]))
    file = io.BytesIO()
    image.save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def test_a_mask_becomes_a_box_and_a_few_bytes() -> None:
    region = read_region({"mask": f"data:image/png;base64,{mask(128, 32, 64, 64, 128)}"})
    assert region.box == (0.25, 0.5, 0.5, 1.0)
    assert len(region.mask) < 200
    assert opened(region.mask).mode == "1"


def test_corners_come_in_any_order() -> None:
    assert read_region({"region": [0.5, 0.9, 0.1, 0.2]}).box == (0.1, 0.2, 0.5, 0.9)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"region": [0, 0, 0.5]},
        {"region": [0, 0, 0, 1]},
        {"region": [-0.1, 0, 1, 1]},
        {"region": ["a", 0, 1, 1]},
        {"region": [float("nan"), 0, 1, 1]},
        {"mask": "not base64!"},
        {"mask": base64.b64encode(b"no picture").decode()},
        {"mask": mask(64)},
        {"mask": mask(4000, 0, 0, 9, 9)},
        {"mask": "A" * 1_000_000},
        {"mask": 7},
    ],
)
def test_what_is_no_region_is_refused_in_one_sentence(body: object) -> None:
    with pytest.raises(BadRegion, match=r"^[A-Z].*\.$"):
        read_region(body)
