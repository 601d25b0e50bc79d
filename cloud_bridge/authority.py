"""The bridge's own certificate authority: signs devices, the broker's and its own listeners, and says who is out.

One key (EC P-256) in `authority.key`, its certificate in `authority.pem`. A certificate for a client is none for a
server and the other way round (extended key usage), so no device can pass for the broker.
"""

import datetime as dt
import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from time import time

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from cloud_bridge.private import one_at_a_time, private_directory, write_private

_DAY = dt.timedelta(days=1)
AUTHORITY_DAYS = 7305
"""Twenty years. Who renews it enrols everybody anew."""
DEVICE_DAYS = 365
SERVER_DAYS = 730
_CLOCK_SKEW = dt.timedelta(hours=1)
"""A device whose clock is a little slow takes what was signed just now."""


class AuthorityError(Exception):
    """What was asked of the authority can't be done; the text is one plain sentence."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A certificate that was signed."""

    pem: bytes
    serial: str
    """Hexadecimal."""
    fingerprint: str
    """SHA-256 of the certificate, hexadecimal."""
    issued_at: float
    expires_at: float


class Authority:
    """The one in `directory`; made there, for the bridge called `bridge`, when there is none yet."""

    def __init__(self, directory: Path, *, bridge: str = "main", now: Callable[[], float] = time) -> None:
        """Raises AuthorityError."""
        self.directory, self.now = directory, now
        key_path, certificate_path = directory / "authority.key", directory / "authority.pem"
        try:
            with one_at_a_time(private_directory(directory)):
                if not certificate_path.exists():
                    # The key first: without the certificate it is made anew.
                    key = ec.generate_private_key(ec.SECP256R1())
                    write_private(key_path, private_pem(key))
                    write_private(certificate_path, self._self_signed(key, bridge))
            self.pem = certificate_path.read_bytes()
            key_pem = key_path.read_bytes()
        except OSError as error:
            raise AuthorityError(f"The authority in {directory} can't be used: {error.strerror}.") from None
        try:
            self._certificate = x509.load_pem_x509_certificate(self.pem)
            key = serialization.load_pem_private_key(key_pem, password=None)
        except (ValueError, TypeError):
            raise AuthorityError(f"The key or the certificate in {directory} can't be read; restore both.") from None
        if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != self._certificate.public_key():
            raise AuthorityError(f"The key in {directory} is not that of its certificate; restore both.")
        self._key = key

    @property
    def der(self) -> bytes:
        """The authority's certificate."""
        return self._certificate.public_bytes(serialization.Encoding.DER)

    def admit_device(self, name: str, request_pem: bytes, *, days: float = DEVICE_DAYS) -> Signed:
        """A client's certificate for `name` and the key of a signing request. Raises AuthorityError.

        What the request says of itself doesn't count: name, use and time are ours to say.
        """
        try:
            request = x509.load_pem_x509_csr(request_pem)
            sound = request.is_signature_valid
            key = request.public_key()
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
            raise AuthorityError("That is no signing request.") from None
        if not sound or not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
            raise AuthorityError("A signing request must be sound, and for a key of the curve P-256.")
        return self._sign(name, key, ExtendedKeyUsageOID.CLIENT_AUTH, (), days)

    def client(self, name: str, *, days: float = DEVICE_DAYS) -> bytes:
        """A key of its own and a client's certificate for it, in one PEM: for the bridge itself."""
        key = ec.generate_private_key(ec.SECP256R1())
        return private_pem(key) + self._sign(name, key.public_key(), ExtendedKeyUsageOID.CLIENT_AUTH, (), days).pem

    def server(self, hosts: Iterable[str], *, days: float = SERVER_DAYS) -> bytes:
        """A key of its own and a server's certificate for these names and addresses, in one PEM."""
        names = tuple(dict.fromkeys(hosts))
        key = ec.generate_private_key(ec.SECP256R1())
        return (
            private_pem(key) + self._sign(names[0], key.public_key(), ExtendedKeyUsageOID.SERVER_AUTH, names, days).pem
        )

    def revocation_list(self, serials: Iterable[str]) -> bytes:
        """A signed list of the certificates that are out, by serial number in hexadecimal (PEM).

        It is good for as long as the authority: it is handed over on the same disk, and a broker refuses everybody
        when the one it has is too old.
        """
        now = self._at(self.now())
        out = x509.CertificateRevocationListBuilder(
            self._certificate.subject, now, self._certificate.not_valid_after_utc
        )
        for serial in serials:
            entry = x509.RevokedCertificateBuilder(int(serial, 16), now).build()
            out = out.add_revoked_certificate(entry)
        return out.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)

    def serial_if_ours(self, certificate: x509.Certificate) -> str | None:
        """The serial number of a client's certificate that we signed and that is good today, else None."""
        try:
            certificate.verify_directly_issued_by(self._certificate)
            uses = certificate.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
            return None
        today = certificate.not_valid_before_utc <= self._at(self.now()) <= certificate.not_valid_after_utc
        return f"{certificate.serial_number:x}" if today and ExtendedKeyUsageOID.CLIENT_AUTH in uses else None

    def _sign(
        self, name: str, key: ec.EllipticCurvePublicKey, use: x509.ObjectIdentifier, hosts: tuple[str, ...], days: float
    ) -> Signed:
        now = self._at(self.now())
        expires = min(now + days * _DAY, self._certificate.not_valid_after_utc)
        draft = (
            x509.CertificateBuilder()
            .subject_name(_named(name[:64]))
            .issuer_name(self._certificate.subject)
            .public_key(key)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _CLOCK_SKEW)
            .not_valid_after(expires)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_key_usage(signs_certificates=False), critical=True)
            .add_extension(x509.ExtendedKeyUsage([use]), critical=False)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key()),
                critical=False,
            )
        )
        if hosts:
            draft = draft.add_extension(x509.SubjectAlternativeName([_host(host) for host in hosts]), critical=False)
        certificate = draft.sign(self._key, hashes.SHA256())
        return Signed(
            pem=certificate.public_bytes(serialization.Encoding.PEM),
            serial=f"{certificate.serial_number:x}",
            fingerprint=certificate.fingerprint(hashes.SHA256()).hex(),
            issued_at=now.timestamp(),
            expires_at=expires.timestamp(),
        )

    def _self_signed(self, key: ec.EllipticCurvePrivateKey, bridge: str) -> bytes:
        now, name = self._at(self.now()), _named(f"Nightjar bridge {bridge}"[:64])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _CLOCK_SKEW)
            .not_valid_after(now + AUTHORITY_DAYS * _DAY)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_key_usage(signs_certificates=True), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
            .sign(key, hashes.SHA256())
        )
        return certificate.public_bytes(serialization.Encoding.PEM)

    @staticmethod
    def _at(unix_time: float) -> dt.datetime:
        return dt.datetime.fromtimestamp(int(unix_time), dt.UTC)


def private_pem(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The key as PEM, without a password: what reads it must start by itself."""
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _host(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs_certificates,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
