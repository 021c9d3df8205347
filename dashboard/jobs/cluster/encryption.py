"""TLS between web servers, scheduler and workers. All of them have one certificate and its key;
whoever has not, can neither give work nor take it, nor read what they say to each other."""

from __future__ import annotations

import datetime
import os
from pathlib import Path

from models.settings import SettingError, Settings, variable

AUTHORITY, CERTIFICATE, KEY = FILES = "ca.crt", "tls.crt", "tls.key"
"""As Kubernetes calls them in its secrets."""

FIRST, LAST = datetime.datetime(1970, 1, 1), datetime.datetime(9999, 12, 31, 23, 59, 59)
"""Between these they are valid, so always (RFC 5280): a clock that is wrong, or put right, must not
end all training. Who is let in is changed by making new ones."""

MAKE = "python -m dashboard.jobs.cluster certificates FOLDER"
"""The command that makes them."""


def is_complete(folder: Path) -> bool:
    """Whether a folder holds all three files."""
    return all((folder / name).is_file() for name in FILES)


def make_certificates(folder: Path) -> None:
    """Makes key and certificate in a folder that nobody but this process's user can enter.

    Raises:
        OSError: If one of the files is there already, or cannot be written.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    key, certificate = _pair()
    for name, content in ((KEY, key), (CERTIFICATE, certificate), (AUTHORITY, certificate)):
        number = os.open(folder / name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with open(number, "wb") as file:
            file.write(content)


def _pair() -> tuple[bytes, bytes]:
    """A new key and the certificate that it signs itself, as PEM. Elliptic curves take
    milliseconds, where RSA takes up to a second."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "autoencoder-lab")])
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(FIRST)
        .not_valid_after(LAST)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    return key.private_bytes(pem, *plain), certificate.public_bytes(pem)


def certificates_for(address: str, machine: Settings) -> Path | None:
    """The folder with the certificates for a scheduler; None if it may do without.

    Raises:
        SettingError: If it may not, or if there are no certificates.
    """
    folder, plain = variable("certificates_folder"), variable("plain_scheduler")
    make = f"Make certificates with `{MAKE}`, name the folder in {folder}"
    if not address.startswith("tls://"):
        if machine.plain_scheduler:
            return None
        raise SettingError(
            f"The scheduler's address {address!r} has no TLS: whoever reaches its port could run "
            f"code on the workers. {make} and write tls:// instead of tcp://. Where nobody else "
            f"reaches that network, {plain}=1 allows tcp://."
        )
    if machine.certificates_folder is None:
        raise SettingError(
            f"The scheduler's address {address!r} needs certificates, and {folder} is not set. "
            f"{make}, the same for web servers, scheduler and workers, then start again."
        )
    if not is_complete(machine.certificates_folder):
        raise SettingError(
            f"{folder}={str(machine.certificates_folder)!r} must hold {', '.join(FILES)}, readable "
            f"for this user. {make}, then start again."
        )
    return machine.certificates_folder
