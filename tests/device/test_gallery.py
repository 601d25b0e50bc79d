"""The gallery: what was made is whole, or not there at all."""

import asyncio
import hashlib
import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from device.events import Stage
from device.gallery import BadPicture, Gallery, Picture, TooLate, UnknownPicture
from device.store import Store
from edge_models.image.scene import Scene, Subject

FOX = Scene(subjects=(Subject(noun="fox", colour="red"),), time="night")


def image(colour: str, size: tuple[int, int] = (64, 48), kind: str = "PNG") -> bytes:
    buffer = BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return buffer.getvalue()


@pytest.fixture
def gallery(store: Store, tmp_path: Path) -> Gallery:
    return Gallery(store, tmp_path / "pictures")


async def fox(gallery: Gallery, prompt: str = "a red fox") -> Picture:
    return await gallery.new(turn="t", prompt=prompt, scene=FOX, seed=7)


async def test_a_picture_comes_back_as_it_was_made(gallery: Gallery) -> None:
    first = await fox(gallery)
    second = await gallery.new(turn="t2", prompt="blue", scene=None, seed=8, parent=first.id)
    assert await gallery.get(first.id) == first
    assert await gallery.get(second.id) == second
    assert first.scene == FOX
    assert first.best is None
    assert await gallery.get("no such picture") is None


async def test_the_best_version_is_the_final_then_the_latest_partial_then_the_draft(gallery: Gallery) -> None:
    picture = await fox(gallery)
    seen: list[str] = []
    stages: tuple[Stage, ...] = ("draft", "partial", "partial", "final")
    for stage, colour in zip(stages, ("red", "green", "blue", "white"), strict=True):
        version = await gallery.add(picture.id, stage=stage, engine=colour, data=image(colour))
        found = await gallery.get(picture.id)
        assert found is not None
        assert found.best == version
        seen.append(version.stage)
    assert seen == list(stages)


async def test_partial_pictures_go_when_the_next_picture_is_finished(gallery: Gallery, tmp_path: Path) -> None:
    other = await fox(gallery)
    shared = await gallery.add(other.id, stage="draft", engine="e", data=image("green"))
    picture = await fox(gallery)
    draft = await gallery.add(picture.id, stage="draft", engine="e", data=image("red"))
    for colour in ("green", "blue", "white"):
        await gallery.add(picture.id, stage="partial", engine="e", data=image(colour))
    final = await gallery.add(picture.id, stage="final", engine="e", data=image("white"))
    found = await gallery.get(picture.id)
    assert found is not None
    # A page may be loading one of them at this moment.
    assert [version.stage for version in found.versions] == ["draft", "partial", "partial", "partial", "final"]

    unfinished = await gallery.add((await fox(gallery)).id, stage="partial", engine="e", data=image("grey"))
    last = await gallery.add(other.id, stage="final", engine="e", data=image("yellow"))
    found = await gallery.get(picture.id)
    assert found is not None
    assert found.versions == (draft, final)
    files = {shared.path, draft.path, final.path, unfinished.path, last.path}
    assert set((tmp_path / "pictures").iterdir()) == files

    with pytest.raises(TooLate):
        await gallery.add(picture.id, stage="partial", engine="e", data=image("black"))
    assert await gallery.get(picture.id) == found
    assert set((tmp_path / "pictures").iterdir()) == files


async def test_a_final_that_is_not_committed_leaves_the_partial_ones(gallery: Gallery, store: Store) -> None:
    picture = await fox(gallery)
    partial = await gallery.add(picture.id, stage="partial", engine="e", data=image("red"))
    prepared = await gallery.prepare(picture.id, stage="final", engine="e", data=image("blue"))

    def store_and_fail(db) -> None:
        prepared.write_row(db)
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        await store.write(store_and_fail)
    await gallery.remove_unused(prepared.replaced)
    found = await gallery.get(picture.id)
    assert found is not None
    assert found.versions == (partial,)
    assert partial.path.exists()


async def test_pictures_are_for_their_owner_alone(gallery: Gallery, tmp_path: Path) -> None:
    version = await gallery.add((await fox(gallery)).id, stage="draft", engine="e", data=image("red"))
    assert version.path.stat().st_mode & 0o777 == 0o600
    assert (tmp_path / "pictures").stat().st_mode & 0o777 == 0o700


async def test_a_temporary_file_that_will_not_go_is_left_to_the_sweep(
    gallery: Gallery, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = await gallery.prepare((await fox(gallery)).id, stage="final", engine="e", data=image("red"))

    def refuse(self: Path, missing_ok: bool = False) -> None:
        raise OSError(30, "Read-only file system")

    with monkeypatch.context() as patch:
        patch.setattr(Path, "unlink", refuse)
        prepared.discard()
    assert await gallery.sweep() == 1


@pytest.mark.parametrize(("kind", "media_type"), [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp")])
async def test_a_file_is_named_by_its_hash_and_holds_the_bytes(gallery: Gallery, kind: str, media_type: str) -> None:
    data = image("red", kind=kind)
    version = await gallery.add((await fox(gallery)).id, stage="draft", engine="e", data=data)
    assert version.path.read_bytes() == data
    assert version.path.stem == version.sha256 == hashlib.sha256(data).hexdigest()
    assert (version.media_type, version.width, version.height) == (media_type, 64, 48)
    assert version.path.is_absolute()
    assert await gallery.version(version.id) == version
    assert await gallery.version("no such version") is None


async def test_the_same_bytes_again_are_the_same_version(gallery: Gallery) -> None:
    picture = await fox(gallery)
    once = await gallery.add(picture.id, stage="final", engine="e", data=image("red"))
    again = await gallery.add(picture.id, stage="final", engine="e", data=image("red"))
    assert once == again
    found = await gallery.get(picture.id)
    assert found is not None
    assert found.versions == (once,)


def bomb() -> bytes:
    """A PNG of a few hundred bytes that says it has 60,000 × 60,000 pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0" * 999)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"<html>502 Bad Gateway</html>", id="a web page"),
        pytest.param(image("red", (300, 300))[:-40], id="a truncated PNG"),
        pytest.param(image("red", (300, 300), "JPEG")[:-400], id="a truncated JPEG"),
        pytest.param(image("red", kind="GIF"), id="a GIF"),
        pytest.param(image("red", (4097, 64)), id="too wide"),
        pytest.param(bomb(), id="a bomb"),
    ],
)
async def test_what_is_no_picture_is_refused_and_leaves_no_file(gallery: Gallery, tmp_path: Path, data: bytes) -> None:
    picture = await fox(gallery)
    with pytest.raises(BadPicture):
        await gallery.add(picture.id, stage="final", engine="e", data=data)
    assert list((tmp_path / "pictures").iterdir()) == []
    assert await gallery.get(picture.id) == picture


async def test_other_bytes_than_promised_are_refused_and_leave_no_file(gallery: Gallery, tmp_path: Path) -> None:
    picture = await fox(gallery)
    with pytest.raises(BadPicture, match="not the ones"):
        await gallery.add(picture.id, stage="final", engine="e", data=image("red"), sha256="0" * 64)
    assert list((tmp_path / "pictures").iterdir()) == []


async def test_the_list_is_newest_first_and_goes_on_where_it_stopped(gallery: Gallery) -> None:
    pictures = [await fox(gallery, f"number {n}") for n in range(5)]
    for picture in pictures:
        await gallery.add(picture.id, stage="draft", engine="e", data=image("red"))
    await fox(gallery, "one that there is nothing to see of")
    newest = await gallery.list(limit=2)
    assert [picture.id for picture in newest] == [pictures[4].id, pictures[3].id]
    older = await gallery.list(limit=9, before=newest[-1].id)
    assert [picture.id for picture in older] == [pictures[2].id, pictures[1].id, pictures[0].id]
    assert (await gallery.latest())[0].id == pictures[4].id
    assert await gallery.list(limit=9, before="gone") == ()


async def test_deleting_removes_the_files_that_no_other_picture_shows(gallery: Gallery) -> None:
    one, two = await fox(gallery), await fox(gallery)
    shared = await gallery.add(one.id, stage="draft", engine="e", data=image("red"))
    await gallery.add(two.id, stage="draft", engine="e", data=image("red"))
    own = await gallery.add(one.id, stage="final", engine="e", data=image("blue"))

    assert await gallery.delete(one.id)
    assert await gallery.get(one.id) is None
    assert shared.path.exists()
    assert not own.path.exists()
    assert await gallery.delete(two.id)
    assert not shared.path.exists()
    assert not await gallery.delete(two.id)


async def test_adding_to_a_deleted_picture_is_refused_and_leaves_no_file(gallery: Gallery, tmp_path: Path) -> None:
    picture = await fox(gallery)
    prepared = await gallery.prepare(picture.id, stage="final", engine="e", data=image("red"))
    await gallery.delete(picture.id)
    with pytest.raises(UnknownPicture):
        await gallery._store.write(prepared.write_row)
    prepared.discard()
    assert list((tmp_path / "pictures").iterdir()) == []


async def test_adding_while_the_same_image_is_deleted_elsewhere_keeps_the_file(gallery: Gallery) -> None:
    one, two = await fox(gallery), await fox(gallery)
    await gallery.add(one.id, stage="draft", engine="e", data=image("red"))
    _, version = await asyncio.gather(
        gallery.delete(one.id), gallery.add(two.id, stage="draft", engine="e", data=image("red"))
    )
    assert version.path.exists()


async def test_a_row_appears_only_with_the_rest_of_its_transaction(gallery: Gallery, store: Store) -> None:
    picture = await fox(gallery)
    prepared = await gallery.prepare(picture.id, stage="final", engine="e", data=image("red"))

    def store_and_fail(db) -> None:
        prepared.write_row(db)
        raise RuntimeError("the power went")

    with pytest.raises(RuntimeError):
        await store.write(store_and_fail)
    assert await gallery.get(picture.id) == picture


async def test_a_sweep_removes_what_a_crash_left_and_nothing_else(
    gallery: Gallery, store: Store, tmp_path: Path
) -> None:
    picture = await fox(gallery)
    kept = await gallery.add(picture.id, stage="draft", engine="e", data=image("red"))
    await gallery.prepare(picture.id, stage="final", engine="e", data=image("blue"))  # and then the power went
    (tmp_path / "pictures" / ("0" * 64 + ".png")).write_bytes(b"renamed, but the row was not committed")

    after_restart = Gallery(store, tmp_path / "pictures")
    assert await after_restart.sweep() == 2
    assert list((tmp_path / "pictures").iterdir()) == [kept.path]
    assert (await after_restart.latest())[0].versions == (kept,)
