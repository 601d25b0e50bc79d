"""Who made a picture, signed into its file by the C2PA standard (https://spec.c2pa.org), before it is stored.

::

    made        c2pa.created   by the engine, digital source: a trained model, or an algorithm
    changed     c2pa.opened    the photo, by its hash ──▶ c2pa.edited by the engine

Nothing else goes in: no prompt, no device, no thumbnail.
"""

import asyncio
import io
import logging
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from PIL import Image

from cloud_bridge.config import ConfigError, Provenance
from cloud_bridge.picture import Picture
from cloud_bridge.providers.faults import ProviderFailed
from cloud_bridge.providers.openai_images import InputFile, Inputs, Made

log = logging.getLogger(__name__)

SOURCES = "http://cv.iptc.org/newscodes/digitalsourcetype/"
"""IPTC's names of digital sources."""
FIRST = "first"
UNSIGNED = "The picture was made, and can't be signed as this bridge's rules want."
Sign = Callable[[bytes, str, Mapping[str, Any], InputFile | None], bytes]


class Signing:
    """One a bridge, with a thread of its own: 5 ms a picture of 1024 x 1024."""

    def __init__(self, settings: Provenance) -> None:
        """Raises ConfigError."""
        self._settings, self._sign = settings, _signer(settings.certificate, settings.key)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="signing")

    async def signed(self, made: Made, provider: str, inputs: Inputs | None) -> Picture:
        """The picture that was made, signed; `inputs` where it was made from others.

        One that can't be signed stays as it is, as it has been paid for, or raises ProviderFailed where it has to be.
        """
        picture, changed = made.picture, inputs.pictures[0] if inputs else None
        manifest = _manifest(made.engine, algorithm=provider in self._settings.algorithms, changed=changed is not None)
        loop = asyncio.get_running_loop()
        try:
            data = await loop.run_in_executor(
                self._thread, self._sign, picture.data, picture.media_type, manifest, changed
            )
        except Exception as error:  # noqa: BLE001 - the library raises what it likes at pictures that it can't read
            log.error("a picture could not be signed: %s", type(error).__name__)
            if not self._settings.required:
                return picture
            failed = ProviderFailed("provider_error", UNSIGNED)
            failed.usage = made.usage
            raise failed from None
        return replace(picture, data=data)


def _manifest(engine: str, *, algorithm: bool, changed: bool) -> dict[str, Any]:
    agent = {"softwareAgent": {"name": engine}}
    actions: list[dict[str, Any]]
    if not changed:
        source = "algorithmicMedia" if algorithm else "trainedAlgorithmicMedia"
        actions = [{"action": "c2pa.created", **agent, "digitalSourceType": SOURCES + source}]
    else:
        source = {} if algorithm else {"digitalSourceType": SOURCES + "compositeWithTrainedAlgorithmicMedia"}
        opened = {"action": "c2pa.opened", "parameters": {"ingredientIds": [FIRST]}}
        actions = [opened, {"action": "c2pa.edited", **agent, **source}]
    return {
        "claim_generator_info": [{"name": "Nightjar bridge"}],
        "assertions": [{"label": "c2pa.actions.v2", "data": {"actions": actions}}],
    }


def _signer(certificate: Path, key: Path) -> Sign:
    """Raises ConfigError."""
    try:
        import c2pa
    except ImportError:
        raise ConfigError("Pictures can't be signed: install nightjar[provenance].") from None
    try:
        chain, private = certificate.read_bytes(), key.read_bytes()
    except OSError as error:
        raise ConfigError(f"Pictures can't be signed: {error.filename} can't be read: {error.strerror}.") from None
    try:
        signer = c2pa.Signer.from_info(c2pa.C2paSignerInfo(_algorithm(private), chain, private, None))
        context = c2pa.Context.from_dict({"builder": {"thumbnail": {"enabled": False}}})
        sign = _signing_with(c2pa, signer, context)
        trial = io.BytesIO(sign(_trial(), "image/png", _manifest("", algorithm=True, changed=False), None))
        if c2pa.Reader("image/png", trial).get_validation_state() not in ("Valid", "Trusted"):
            raise ValueError("What was signed isn't valid.")
    except (c2pa.C2paError, ValueError, TypeError):
        raise ConfigError(
            f"Pictures can't be signed: {certificate} and {key} are no valid certificate chain for C2PA and its key."
        ) from None
    return sign


def _trial() -> bytes:
    """A picture to sign, before anybody waits for one: keys that don't fit and certificates that are over show then."""
    file = io.BytesIO()
    Image.new("RGB", (64, 64)).save(file, "PNG")
    return file.getvalue()


def _signing_with(c2pa: ModuleType, signer: Any, context: Any) -> Sign:

    def sign(data: bytes, kind: str, manifest: Mapping[str, Any], changed: InputFile | None) -> bytes:
        signed = io.BytesIO()
        with c2pa.Builder(dict(manifest), context=context) as builder:
            if changed is not None:
                ingredient = {"label": FIRST, "instance_id": FIRST, "relationship": "parentOf"}
                builder.add_ingredient(ingredient, changed.media_type, io.BytesIO(changed.data))
            builder.sign(signer, kind, io.BytesIO(data), signed)
        return signed.getvalue()

    return sign


def _algorithm(private: bytes) -> bytes:
    """What the standard calls the algorithm of this key. Raises ValueError."""
    key = load_pem_private_key(private, None)
    if isinstance(key, ec.EllipticCurvePrivateKey) and key.curve.key_size in (256, 384):
        return b"es256" if key.curve.key_size == 256 else b"es384"
    if isinstance(key, rsa.RSAPrivateKey):
        return b"ps256"
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return b"ed25519"
    raise ValueError("No key that the standard knows.")
