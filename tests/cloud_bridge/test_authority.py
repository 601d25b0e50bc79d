"""The bridge's authority: what it signs, and what it takes for its own."""

import base64
from pathlib import Path
from time import time

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from door_parts import signing_request

from cloud_bridge.authority import Authority, AuthorityError
from cloud_bridge.private import write_private

DAY = 86400.0


def a_request(curve: ec.EllipticCurve | None = None) -> bytes:
    return signing_request(ec.generate_private_key(curve or ec.SECP256R1()))


def test_it_is_made_once_and_private(tmp_path: Path) -> None:
    first, second = Authority(tmp_path / "ca"), Authority(tmp_path / "ca")
    assert first.pem == second.pem
    for path in (tmp_path / "ca", *(tmp_path / "ca").iterdir()):
        assert path.stat().st_mode & 0o077 == 0


def test_name_use_and_time_are_its_own_to_say(tmp_path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    wish = x509.CertificateSigningRequestBuilder(
        x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "bridge.main")])
    ).add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    request = wish.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    signed = Authority(tmp_path).admit_device("lamp", request, days=30)
    certificate = x509.load_pem_x509_certificate(signed.pem)
    assert certificate.subject.rfc4514_string() == "CN=lamp"
    assert not certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    uses = list(certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)
    assert uses == [ExtendedKeyUsageOID.CLIENT_AUTH]
    assert signed.expires_at == pytest.approx(time() + 30 * DAY, abs=60)
    assert certificate.public_key() == key.public_key()


def test_a_request_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    whole = a_request()
    spoilt = bytearray(whole)
    spoilt[-60] = ord("A") if spoilt[-60] != ord("A") else ord("B")
    for request in (b"", b"-----BEGIN CERTIFICATE REQUEST-----", whole[:200], a_request(ec.SECP384R1()), bytes(spoilt)):
        with pytest.raises(AuthorityError, match=r"^[^\n]+\.$"):
            authority.admit_device("lamp", request)


def test_it_knows_its_own_clients_while_they_are_good(tmp_path: Path) -> None:
    clock = [time()]
    authority = Authority(tmp_path / "ours", now=lambda: clock[0])
    signed = authority.admit_device("lamp", a_request(), days=30)
    certificate = x509.load_pem_x509_certificate(signed.pem)
    assert authority.serial_if_ours(certificate) == signed.serial
    foreign = Authority(tmp_path / "theirs").admit_device("lamp", a_request())
    assert authority.serial_if_ours(x509.load_pem_x509_certificate(foreign.pem)) is None
    _, server = authority.server(["localhost"]).split(b"-----END PRIVATE KEY-----\n")
    assert authority.serial_if_ours(x509.load_pem_x509_certificate(server)) is None
    assert authority.serial_if_ours(x509.load_pem_x509_certificate(authority.pem)) is None
    clock[0] += 31 * DAY
    assert authority.serial_if_ours(certificate) is None


def exotic(der: bytes) -> bytes:
    """The same, signed by an algorithm that nobody knows."""
    ecdsa_with_sha256 = bytes.fromhex("2a8648ce3d040302")
    assert ecdsa_with_sha256 in der
    return der.replace(ecdsa_with_sha256, ecdsa_with_sha256[:-1] + b"\x63")


def pem(kind: str, der: bytes) -> bytes:
    return f"-----BEGIN {kind}-----\n{base64.encodebytes(der).decode()}-----END {kind}-----\n".encode()


def test_what_is_signed_in_a_way_that_nobody_knows_is_refused_too(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    request = x509.load_pem_x509_csr(a_request()).public_bytes(serialization.Encoding.DER)
    with pytest.raises(AuthorityError, match=r"^[^\n]+\.$"):
        authority.admit_device("lamp", pem("CERTIFICATE REQUEST", exotic(request)))
    signed = x509.load_pem_x509_certificate(authority.admit_device("lamp", a_request()).pem)
    changed = pem("CERTIFICATE", exotic(signed.public_bytes(serialization.Encoding.DER)))
    assert authority.serial_if_ours(x509.load_pem_x509_certificate(changed)) is None


def test_a_list_of_who_is_out_outlives_every_certificate(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    signed = authority.admit_device("lamp", a_request())
    crl = x509.load_pem_x509_crl(authority.revocation_list([signed.serial]))
    assert crl.get_revoked_certificate_by_serial_number(int(signed.serial, 16)) is not None
    ours = x509.load_pem_x509_certificate(authority.pem)
    assert crl.next_update_utc == ours.not_valid_after_utc
    public_key = ours.public_key()
    assert isinstance(public_key, ec.EllipticCurvePublicKey)
    assert crl.is_signature_valid(public_key)


def test_a_key_without_its_certificate_is_one_sentence_and_nothing_is_made_anew(tmp_path: Path) -> None:
    authority = Authority(tmp_path / "ca")
    write_private(
        tmp_path / "ca" / "authority.key",
        Authority(tmp_path / "other").directory.joinpath("authority.key").read_bytes(),
    )
    with pytest.raises(AuthorityError, match=r"is not that of its certificate; restore both\.$"):
        Authority(tmp_path / "ca")
    (tmp_path / "ca" / "authority.key").unlink()
    with pytest.raises(AuthorityError, match=r"can't be used: No such file or directory\.$"):
        Authority(tmp_path / "ca")
    assert (tmp_path / "ca" / "authority.pem").read_bytes() == authority.pem
