"""Pictures at the bridge are on the disk, with their names, before anything can speak of them."""

import os
from pathlib import Path
from typing import Any

import pytest
from bridge_parts import png

from cloud_bridge.media import Media
from cloud_bridge.picture import look_at


class Files:
    """What is synced and renamed, in order; directories by their place below the state directory."""

    def __init__(self, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.happened: list[str] = []
        fsync, rename = os.fsync, os.rename

        def synced(handle: int) -> None:
            fsync(handle)
            path = Path(f"/proc/self/fd/{handle}").readlink()
            what = path.relative_to(state) if path.is_dir() else "the picture"
            self.happened.append(f"{what} synced")

        def renamed(source: Any, target: Any) -> None:
            rename(source, target)
            self.happened.append("renamed")

        monkeypatch.setattr(os, "fsync", synced)
        monkeypatch.setattr(os, "rename", renamed)


@pytest.fixture
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Files:
    return Files(tmp_path, monkeypatch)


def media(tmp_path: Path) -> Media:
    made = Media(tmp_path / "media", secret=b"s" * 32, link_valid_s=60)
    made.base_url = "http://bridge"
    return made


async def test_a_picture_is_synced_then_named_then_its_names_are_synced(tmp_path: Path, files: Files) -> None:
    store = media(tmp_path)
    files.happened.clear()
    ref = await store.store(look_at(png()))
    assert files.happened == [
        "the picture synced",
        "renamed",
        f"media/{ref.sha256[:2]} synced",
        "media synced",
    ]


async def test_a_picture_that_is_there_may_have_come_a_moment_ago_so_its_names_are_synced(
    tmp_path: Path, files: Files
) -> None:
    ref = await media(tmp_path).store(look_at(png()))
    store = media(tmp_path)  # of the next process: the one before may have been killed between two of its steps
    files.happened.clear()
    await store.store(look_at(png()))
    assert files.happened == [f"media/{ref.sha256[:2]} synced", "media synced"]


async def test_a_directory_that_is_on_the_disk_is_not_synced_into_its_own_again(tmp_path: Path, files: Files) -> None:
    store = media(tmp_path)
    ref = await store.store(look_at(png()))
    files.happened.clear()
    await store.store(look_at(png()))
    assert files.happened == [f"media/{ref.sha256[:2]} synced"]


def test_the_directory_of_all_pictures_is_synced_before_there_is_one(tmp_path: Path, files: Files) -> None:
    media(tmp_path)
    assert files.happened == [". synced"]
