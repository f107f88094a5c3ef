"""Certificate authorities of a test, and server certificates from them, made with openssl."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .commands import run

_EC_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]


@dataclass(frozen=True)
class Identity:
    """PEM files of a server."""

    certificate: Path
    key: Path


class Authority:
    """Its own certificate is in `file`."""

    def __init__(self, directory: Path, name: str) -> None:
        self.file = directory / f"{name}.pem"
        self._directory = directory
        self._name = name
        self._key = directory / f"{name}.key"
        run(["openssl", "req", "-x509", *_EC_KEY, "-days", "2", "-subj", f"/CN={name}",
             "-keyout", str(self._key), "-out", str(self.file)])

    def issue(self, *alternative_names: str, days: int = 1) -> Identity:
        """For names as openssl writes them: "IP:192.0.2.1", "DNS:turn.example". Negative days: it
        has expired."""
        stem = self._directory / f"{self._name}-{'-'.join(alternative_names).replace(':', '_')}"
        identity = Identity(stem.with_suffix(".crt"), stem.with_suffix(".key"))
        request, extensions = stem.with_suffix(".csr"), stem.with_suffix(".ext")
        extensions.write_text(f"subjectAltName={','.join(alternative_names)}\n")
        run(["openssl", "req", "-new", *_EC_KEY, "-subj", "/CN=server", "-keyout",
             str(identity.key), "-out", str(request)])
        run(["openssl", "x509", "-req", "-in", str(request), "-CA", str(self.file), "-CAkey",
             str(self._key), "-CAcreateserial", "-days", str(days), "-extfile", str(extensions),
             "-out", str(identity.certificate)])
        return identity


def self_signed(directory: Path, *alternative_names: str) -> Identity:
    """A certificate that is its own issuer, for names as in Authority.issue()."""
    identity = Identity(directory / "self-signed.crt", directory / "self-signed.key")
    run(["openssl", "req", "-x509", *_EC_KEY, "-days", "2", "-subj", "/CN=server", "-addext",
         f"subjectAltName={','.join(alternative_names)}", "-keyout", str(identity.key), "-out",
         str(identity.certificate)])
    return identity
