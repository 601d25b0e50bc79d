"""A picture that leaves is pixels and nothing else: on cameras' files, and on files with all there is to hold."""

import json
import subprocess
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from random import Random

import numpy as np
import pytest
from PIL import Image, ImageCms, PngImagePlugin

from device.gallery import BadPicture
from device.offload._metadata import bare, encode

CAMERAS = Path("/usr/share/gocode/src/github.com/rwcarlsen/goexif/exif")
"""Heads of files of cameras, and one whole file (Debian's golang-github-rwcarlsen-goexif-dev, BSD-2-Clause)."""
SECRET = "Rosenweg 12"
WRITABLE = ("EXIF", "GPS", "XMP", "IPTC", "Photoshop", "PNG")
HARMLESS = {
    "File": {"FileType", "FileTypeExtension", "MIMEType", "ImageWidth", "ImageHeight", "EncodingProcess"}
    | {"BitsPerSample", "ColorComponents", "YCbCrSubSampling"},
    "JFIF": {"JFIFVersion", "ResolutionUnit", "XResolution", "YResolution"},
    "PNG": {"ImageWidth", "ImageHeight", "BitDepth", "ColorType", "Compression", "Filter", "Interlace"},
    "Composite": {"ImageSize", "Megapixels"},
}
"""What exiftool calls a tag and is no more than what it takes to decode the pixels."""
Colour = tuple[int, int, int]


def drawn(size: tuple[int, int] = (96, 64)) -> Image.Image:
    """Four fields of colour: one can tell which way up it is."""
    image = Image.new("RGB", size, "red")
    image.paste("green", (size[0] // 2, 0, size[0], size[1] // 2))
    image.paste("blue", (0, size[1] // 2, size[0] // 2, size[1]))
    return image


def saved(image: Image.Image, kind: str = "JPEG", **options: object) -> bytes:
    file = BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def opened(data: bytes) -> Image.Image:
    image = Image.open(BytesIO(data))
    image.load()
    return image


def jpeg_pieces(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Marker and content of each piece up to the scan, which is checked to be one that ends with the file."""
    assert data[:2] == b"\xff\xd8"
    at = 2
    while True:
        assert data[at] == 0xFF
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        yield marker, data[at + 4 : at + 2 + length]
        at += 2 + length
        if marker == 0xDA:
            break
    scan = data[at:]
    assert scan.endswith(b"\xff\xd9")
    assert all(scan[i + 1] == 0 or 0xD0 <= scan[i + 1] <= 0xD7 for i in range(len(scan) - 2) if scan[i] == 0xFF)


def png_chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at = 8
    while at < len(data):
        length = int.from_bytes(data[at : at + 4], "big")
        yield data[at + 4 : at + 8], data[at + 8 : at + 8 + length]
        at += 12 + length
    assert at == len(data)


def holds_nothing(data: bytes) -> None:
    """Fails where a file holds a piece that decoding its pixels doesn't need."""
    if data.startswith(b"\x89PNG"):
        kinds = [kind for kind, _ in png_chunks(data)]
        assert kinds[0] == b"IHDR"
        assert kinds[-1] == b"IEND"
        assert set(kinds[1:-1]) == {b"IDAT"}
        return
    pieces = list(jpeg_pieces(data))
    told = [content for marker, content in pieces if 0xE0 <= marker <= 0xEF or marker == 0xFE]
    assert told == [b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0"]  # version 1.1, no unit, no thumbnail
    assert {marker for marker, _ in pieces} == {0xE0, 0xDB, 0xC0, 0xC4, 0xDA}


def exiftool(directory: Path, *more: str) -> list[dict[str, object]]:
    """What exiftool finds in the files of a directory."""
    found = subprocess.run(["exiftool", "-G1", "-a", "-j", *more, str(directory)], check=True, capture_output=True)
    return json.loads(found.stdout)


def beside_the_pixels(directory: Path) -> set[str]:
    tags = {tag for each in exiftool(directory, "-u", "-U", "-ee") for tag in each}  # what it has no name for, too
    groups = (tag.partition(":")[::2] for tag in tags)
    return {
        f"{group}:{name}"
        for group, name in groups
        if group not in ("SourceFile", "ExifTool", "System") and name not in HARMLESS.get(group, ())
    }


@pytest.fixture(scope="module")
def cameras() -> dict[str, bytes]:
    """A picture of ours behind the head of each camera's file, as the camera wrote it."""
    if not CAMERAS.is_dir():
        pytest.skip("the cameras' files are not installed: golang-github-rwcarlsen-goexif-dev")
    pixels = saved(drawn(), "JPEG")
    body = pixels[pixels.index(b"\xff\xdb") :]
    return {path.name: _head(path.read_bytes()) + body for path in sorted((CAMERAS / "samples").glob("*.jpg"))}


def _head(data: bytes) -> bytes:
    """From the start to the last whole one of the segments that are the camera's own; the files are cut behind it."""
    at = 2
    while data[at : at + 1] == b"\xff" and (0xE0 <= data[at + 1] <= 0xEF or data[at + 1] == 0xFE):
        end = at + 2 + int.from_bytes(data[at + 2 : at + 4], "big")
        if end > len(data):
            break
        at = end
    return data[:at]


def test_nothing_is_left_of_what_the_cameras_of_twenty_makers_write(cameras: dict[str, bytes], tmp_path: Path) -> None:
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    after.mkdir()
    for name, data in cameras.items():
        (before / name).write_bytes(data)
        kept = bare(data)
        holds_nothing(kept.data)
        (after / name).write_bytes(kept.data)
    found = exiftool(before)
    makers = {str(each["IFD0:Make"]).split()[0].lower() for each in found if each.get("IFD0:Make")}
    assert makers >= {"canon", "nikon", "sony", "olympus", "fujifilm", "panasonic", "pentax", "samsung", "apple"}
    assert sum(any(tag.startswith("IFD1:") for tag in each) for each in found) > 20  # thumbnails
    assert any(tag.startswith("GPS:") for each in found for tag in each)
    assert beside_the_pixels(after) == set()


def test_a_whole_file_of_a_camera_loses_all_of_it_and_looks_the_same() -> None:
    path = CAMERAS / "sample1.jpg"
    if not path.exists():
        pytest.skip("the cameras' files are not installed: golang-github-rwcarlsen-goexif-dev")
    data = path.read_bytes()
    assert b"NIKON" in data
    kept = bare(data)
    holds_nothing(kept.data)
    difference = np.abs(np.asarray(opened(data), int) - np.asarray(opened(kept.data), int))
    assert difference.mean() < 2


@pytest.mark.parametrize("number", range(1, 9))
def test_a_picture_is_turned_the_right_way_up_however_its_camera_was_held(
    cameras: dict[str, bytes], number: int
) -> None:
    exif = Image.Exif()
    exif[0x0112] = number
    turned = Image.Transpose
    back = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # the way a camera held so sees what is upright
    image = drawn() if number == 1 else drawn().transpose(turned(back[number]))
    seen = opened(bare(saved(image, "JPEG", exif=exif)).data)
    assert seen.size == (96, 64)
    corners = [seen.getpixel(at) for at in ((5, 5), (90, 5), (5, 60))]
    assert [max(range(3), key=lambda i, c=c: c[i]) for c in corners if isinstance(c, tuple)] == [0, 1, 2]


@pytest.fixture(scope="module")
def crammed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """Pictures with every tag that exiftool can write, by type."""
    directory = tmp_path_factory.mktemp("crammed")
    asked = "\n-execute\n".join(f"-listw\n-{group}:All" for group in WRITABLE)
    told = subprocess.run(["exiftool", "-@", "-"], check=True, input=asked, capture_output=True, text=True).stdout
    wishes = [
        f"-{group}:{tag}={SECRET if tag in ('Artist', 'Title', 'Caption-Abstract') else 7}"
        for group, tags in zip(WRITABLE, told.split("Writable")[1:], strict=True)
        for tag in tags.partition("\n")[2].replace("{ready}", "").split()
    ]
    text = [wish for wish in wishes if wish.startswith("-PNG:")]
    (directory / "wishes").write_text("\n".join([*wishes, f"-Comment={SECRET}", f"-AFCP:AFCPDate={SECRET}"]))
    (directory / "thumbnail.jpg").write_bytes(saved(drawn((16, 16))))
    (directory / "profile.icc").write_bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    for kind in ("jpeg", "png", "webp"):
        (directory / f"picture.{kind}").write_bytes(saved(drawn(), kind.upper()))
    files = [f"-ThumbnailImage<={directory / 'thumbnail.jpg'}", f"-ICC_Profile<={directory / 'profile.icc'}"]
    blocks = ["-tagsFromFile", directory / "picture.jpeg", "-EXIF", "-XMP", "-IPTC", "-Photoshop", "-ICC_Profile"]
    for name, what in (("jpeg", [*files, "-@", directory / "wishes"]), ("png", [*blocks, *text]), ("webp", blocks)):
        command = ["exiftool", "-m", "-q", "-q", "-n", "-overwrite_original", *what, directory / f"picture.{name}"]
        subprocess.run(command, check=False, capture_output=True)
    return {kind: (directory / f"picture.{kind}").read_bytes() for kind in ("jpeg", "png", "webp")}


@pytest.mark.parametrize(("kind", "tags"), [("jpeg", 1000), ("png", 1000), ("webp", 1000)])
def test_nothing_is_left_of_every_tag_that_exiftool_can_write(
    crammed: dict[str, bytes], kind: str, tags: int, tmp_path: Path
) -> None:
    data = crammed[kind]
    (tmp_path / f"before.{kind}").write_bytes(data)
    (found,) = exiftool(tmp_path)
    assert len(found) > tags
    (tmp_path / f"before.{kind}").unlink()
    kept = bare(data)
    (tmp_path / f"after.{kept.media_type.partition('/')[2]}").write_bytes(kept.data)
    holds_nothing(kept.data)
    assert SECRET.encode() not in kept.data
    assert beside_the_pixels(tmp_path) == set()


def hidden() -> dict[str, bytes]:
    """Pictures that hide something where exiftool doesn't write: by what hides it."""
    secret = SECRET.encode()
    text = PngImagePlugin.PngInfo()
    for add in (text.add_text, text.add_itxt):
        add("Comment", SECRET)
    for chunk in (b"prVt", b"tIME", b"hIST", b"sPLT"):
        text.add(chunk, secret)
    text.add(b"prIv", secret, after_idat=True)
    jpeg, png, webp = (saved(drawn(), kind) for kind in ("JPEG", "PNG", "WEBP"))
    other = drawn().transpose(Image.Transpose.ROTATE_180)
    segments = b"".join(bytes((0xFF, kind, 0, 2 + len(secret))) + secret for kind in range(0xE2, 0xF0))
    under = drawn().convert("RGBA")
    under.putalpha(Image.new("L", under.size, 0))
    riff = webp[:4] + (len(webp) + 12).to_bytes(4, "little") + webp[8:] + b"SECR" + b"\x0c\0\0\0" + secret + b"!"
    return {
        "bytes after a JPEG": jpeg + secret,
        "bytes after a PNG": png + secret,
        "bytes after a WebP": webp + secret,
        "a second picture in a JPEG": saved(drawn(), "MPO", save_all=True, append_images=[other], comment=secret),
        "a comment": saved(drawn(), "JPEG", comment=secret),
        "segments of nobody's": jpeg[:2] + segments + jpeg[2:],
        "text and chunks of nobody's": saved(drawn(), "PNG", pnginfo=text),
        "a second frame of a PNG": saved(drawn(), "PNG", save_all=True, append_images=[other], pnginfo=text),
        "a second frame of a WebP": saved(drawn(), "WEBP", save_all=True, append_images=[other], lossless=True),
        "a chunk of nobody's in a WebP": riff,
        "what lies under nothing": saved(under, "PNG"),
    }  # fmt: skip


@pytest.mark.parametrize("how", list(hidden()))
def test_nothing_is_left_of_what_a_file_hides(how: str) -> None:
    data = hidden()[how]
    if how != "what lies under nothing":
        with pytest.raises(AssertionError):
            holds_nothing(data)
    kept = bare(data)
    holds_nothing(kept.data)
    assert SECRET.encode() not in kept.data
    image = opened(kept.data)
    assert getattr(image, "n_frames", 1) == 1
    if how == "what lies under nothing":
        assert image.getextrema() == ((0, 0),) * 4
    else:
        corner = image.convert("RGB").getpixel((5, 5))
        assert isinstance(corner, tuple)
        assert np.abs(np.subtract(corner, (255, 0, 0))).max() < 12  # the first picture, not the other


@pytest.mark.parametrize("profile", ["sRGB", "broken"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "LA", "P", "1", "CMYK", "I;16"])
def test_whatever_the_colours_are_kept_in_it_leaves_in_srgb_with_eight_bits_and_no_profile(
    mode: str, profile: str
) -> None:
    icc = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes() if profile == "sRGB" else b"no profile"
    grey = Image.linear_gradient("L")
    image = Image.fromarray(np.asarray(grey, np.uint16) * 257) if mode == "I;16" else grey.convert("RGB").convert(mode)
    kept = bare(saved(image, "JPEG" if mode == "CMYK" else "PNG", icc_profile=icc))
    holds_nothing(kept.data)
    seen = opened(kept.data)
    assert seen.mode == "RGB"
    if mode != "1":
        shown = grey if mode == "I;16" else image.convert("RGB").convert("L")
        difference = np.asarray(seen.convert("L"), int) - np.asarray(shown, int)
        assert np.abs(difference).max() <= 6


def test_colours_of_another_profile_look_as_they_did() -> None:
    """Of a profile that has red and green the wrong way round, made from sRGB's by exchanging two of its tags."""
    profile = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = profile.index(b"rXYZ"), profile.index(b"gXYZ")
    profile[red : red + 4], profile[green : green + 4] = b"gXYZ", b"rXYZ"
    kept = opened(bare(saved(drawn(), "PNG", icc_profile=bytes(profile))).data)
    assert kept.getpixel((5, 5)) == pytest.approx((0, 255, 0), abs=4)


def test_a_transparent_picture_stays_transparent_and_a_png_stays_exact() -> None:
    image = drawn().convert("RGBA")
    image.paste((10, 200, 30, 77), (10, 10, 40, 40))
    for kind, options in (("PNG", {}), ("WEBP", {"lossless": True, "exact": True})):
        kept = bare(saved(image, kind, **options))
        assert kept.media_type == "image/png"
        assert np.array_equal(np.asarray(opened(kept.data)), np.asarray(image))
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8))
    assert np.array_equal(np.asarray(opened(bare(saved(noise, "PNG")).data)), np.asarray(noise))


def test_the_same_picture_always_has_the_same_hash_whatever_stood_beside_it() -> None:
    plain = saved(drawn())
    assert len({bare(data).sha256 for data in (plain, plain + b"more", saved(drawn(), "JPEG", comment=b"me"))}) == 1
    assert encode(drawn(), exact=True).sha256 == bare(saved(drawn(), "PNG")).sha256


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "not a PNG, JPEG or WebP picture"),
        (saved(drawn(), "PNG")[:200], "not a PNG, JPEG or WebP picture"),
        (saved(drawn(), "GIF"), "not a PNG, JPEG or WebP picture"),
        (saved(drawn((64, 63)), "PNG"), "64×63 pixels"),
        (saved(drawn((4097, 64)), "PNG"), "4097×64 pixels"),
    ],
)
def test_what_can_not_be_sent_is_refused_in_a_sentence(data: bytes, sentence: str) -> None:
    with pytest.raises(BadPicture, match=sentence):
        bare(data)


def test_broken_metadata_is_no_reason_not_to_send_a_picture(cameras: dict[str, bytes]) -> None:
    random = Random(3)
    for data in list(cameras.values())[:12]:
        broken = bytearray(data)
        for _ in range(40):  # in the first segment
            broken[random.randrange(12, 4 + int.from_bytes(data[4:6], "big"))] = random.randrange(256)
        holds_nothing(bare(bytes(broken)).data)
