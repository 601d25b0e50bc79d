"""Pictures that are signed: read back by the C2PA library itself."""

import io
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import c2pa
import pytest
from bridge_parts import Provider, device, png, request
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from PIL import Image
from test_bridge import bridge, fetch

from cloud_bridge.broker import Broker
from cloud_bridge.config import ConfigError, Provenance
from cloud_bridge.picture import Picture, look_at
from cloud_bridge.protocol import Final, Usage
from cloud_bridge.providers.faults import ProviderFailed
from cloud_bridge.providers.openai_images import InputFile, Inputs, Made
from cloud_bridge.safety.provenance import SOURCES, Signing

KEYS = {
    "P-256": lambda: ec.generate_private_key(ec.SECP256R1()),
    "P-384": lambda: ec.generate_private_key(ec.SECP384R1()),
    "RSA": lambda: rsa.generate_private_key(65537, 2048),
    "Ed25519": ed25519.Ed25519PrivateKey.generate,
}


def _named(name: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.COMMON_NAME, name), x509.NameAttribute(NameOID.ORGANIZATION_NAME, "Nightjar tests")]
    )


def settings(directory: Path, kind: str = "P-256", **more: Any) -> Provenance:
    """A certificate as the standard wants it, from an authority of the test's own, and its key."""
    authority, key, now = ec.generate_private_key(ec.SECP256R1()), KEYS[kind](), datetime.now(UTC)

    def certificate(subject: str, public: Any, *, ca: bool) -> x509.CertificateBuilder:
        return (
            x509.CertificateBuilder()
            .subject_name(_named(subject))
            .issuer_name(_named("Authority"))
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + timedelta(days=30))
            .add_extension(x509.BasicConstraints(ca, None), critical=True)
            .add_extension(
                x509.KeyUsage(not ca, False, False, False, False, ca, ca, False, False),
                critical=True,
            )
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.public_key()), critical=False)
        )

    root = certificate("Authority", authority.public_key(), ca=True).sign(authority, hashes.SHA256())
    use = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION])
    leaf = certificate("Bridge", key.public_key(), ca=False).add_extension(use, critical=False)
    pem = serialization.Encoding.PEM
    chain = leaf.sign(authority, hashes.SHA256()).public_bytes(pem) + root.public_bytes(pem)
    (directory / "signer.pem").write_bytes(chain)
    (directory / "signer.key").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return Provenance(certificate=directory / "signer.pem", key=directory / "signer.key", **more)


def made(picture: Picture | None = None, engine: str = "paint-1") -> Made:
    return Made(picture or look_at(png()), engine, None, Usage(output_tokens=5))


def read(picture: Picture) -> tuple[str, list[dict[str, Any]], dict[str, Any]]:
    """Whether it is valid, the actions, and everything that is signed."""
    reader = c2pa.Reader(picture.media_type, io.BytesIO(picture.data))
    manifest = reader.get_active_manifest()
    assert manifest is not None
    (actions,) = (each for each in manifest["assertions"] if each["label"] == "c2pa.actions.v2")
    return str(reader.get_validation_state()), actions["data"]["actions"], manifest


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP"])
async def test_a_made_picture_says_what_made_it_and_its_pixels_stay(tmp_path: Path, form: str) -> None:
    file = io.BytesIO()
    Image.effect_noise((128, 96), 60).convert("RGB").save(file, form)
    before = look_at(file.getvalue())
    signed = await Signing(settings(tmp_path)).signed(made(before), "Painter", None)
    state, (created,), manifest = read(signed)
    assert state == "Valid"
    assert (created["action"], created["softwareAgent"]["name"]) == ("c2pa.created", "paint-1")
    assert created["digitalSourceType"] == SOURCES + "trainedAlgorithmicMedia"
    assert "thumbnail" not in manifest
    assert look_at(signed.data).media_type == before.media_type
    pixels = [Image.open(io.BytesIO(each.data)).tobytes() for each in (before, signed)]
    assert pixels[0] == pixels[1]


async def test_what_our_studio_draws_comes_from_an_algorithm(tmp_path: Path) -> None:
    signed = await Signing(settings(tmp_path)).signed(made(), "Nightjar studio", None)
    _, (created,), _ = read(signed)
    assert created["digitalSourceType"] == SOURCES + "algorithmicMedia"


async def test_a_changed_picture_says_that_a_photo_was_opened_and_edited(tmp_path: Path) -> None:
    photo = Inputs([InputFile(png(colour="blue"), "image/png"), InputFile(png(colour="green"), "image/png")])
    signed = await Signing(settings(tmp_path)).signed(made(), "Painter", photo)
    state, (opened, edited), manifest = read(signed)
    assert state == "Valid"
    assert (opened["action"], edited["action"]) == ("c2pa.opened", "c2pa.edited")
    assert edited["digitalSourceType"] == SOURCES + "compositeWithTrainedAlgorithmicMedia"
    (ingredient,) = manifest["ingredients"]
    assert ingredient["relationship"] == "parentOf"
    assert "thumbnail" not in ingredient


@pytest.mark.parametrize("kind", [kind for kind in KEYS if kind != "P-256"])
async def test_keys_of_all_kinds_that_the_standard_knows_sign(tmp_path: Path, kind: str) -> None:
    assert read(await Signing(settings(tmp_path, kind)).signed(made(), "Painter", None))[0] == "Valid"


async def test_a_picture_that_was_changed_after_it_was_signed_is_found_out(tmp_path: Path) -> None:
    signed = await Signing(settings(tmp_path)).signed(made(), "Painter", None)
    forged = bytearray(signed.data)
    forged[-30] ^= 1  # in the pixels, which stand at the end
    assert c2pa.Reader("image/png", io.BytesIO(bytes(forged))).get_validation_state() == "Invalid"


async def test_a_picture_that_cannot_be_signed_comes_unsigned_or_not_at_all_as_the_settings_say(tmp_path: Path) -> None:
    broken = made(Picture(b"no picture", "image/png", 64, 64))
    assert await Signing(settings(tmp_path)).signed(broken, "Painter", None) is broken.picture
    with pytest.raises(ProviderFailed) as failed:
        await Signing(settings(tmp_path, required=True)).signed(broken, "Painter", None)
    assert (failed.value.code, failed.value.usage) == ("provider_error", broken.usage)


async def test_a_signed_picture_reaches_the_device_by_the_hash_of_what_is_signed(
    tmp_path: Path, broker: Broker, provider: Provider
) -> None:
    signer = settings(tmp_path)
    section = f"[provenance]\ncertificate = {json.dumps(str(signer.certificate))}\nkey = {json.dumps(str(signer.key))}"
    wish = request("a secret prompt")
    async with bridge(tmp_path, broker, provider, section), device(broker) as lamp:
        await lamp.send(wish)
        final = await lamp.hears(Final, wish.job)
        data = await fetch(final.artifact)
        await lamp.ack(wish.job)
    assert len(data) == final.artifact.size_bytes
    state, _, manifest = read(look_at(data))
    assert state == "Valid"
    assert "secret" not in json.dumps(manifest)
    assert b"lamp" not in data


def test_without_certificate_key_or_library_the_bridge_says_what_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = settings(tmp_path)
    with pytest.raises(ConfigError, match=r"can't be signed: .*gone\.pem can't be read"):
        Signing(good.model_copy(update={"certificate": tmp_path / "gone.pem"}))
    (tmp_path / "other.key").write_text("no key")
    with pytest.raises(ConfigError, match=r"are no valid certificate chain for C2PA and its key"):
        Signing(good.model_copy(update={"key": tmp_path / "other.key"}))
    (tmp_path / "elsewhere").mkdir()
    with pytest.raises(ConfigError, match=r"are no valid certificate chain"):  # a good key, of another certificate
        Signing(good.model_copy(update={"key": settings(tmp_path / "elsewhere").key}))
    monkeypatch.setitem(sys.modules, "c2pa", None)
    with pytest.raises(ConfigError, match=r"install nightjar\[provenance\]"):
        Signing(good)
