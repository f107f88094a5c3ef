"""Debian's coturn as a TURN server over UDP, TCP and TLS, in a namespace."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from pathlib import Path

from .certificates import Identity
from .commands import punctual
from .namespace import Namespace
from .process import OwnedProcess
from .servers import wait_for_binding
from .topology import ALTERNATE_PORT, PORT, ServerAddresses

USER, PASSWORD, SECRET = "alice", "wonderland", "looking-glass"
WEB_PORT = 443


def time_limited(expires_at_s: int, secret: str = SECRET) -> tuple[str, str]:
    """User name and password of a credential that ends then."""
    user = f"{expires_at_s}:{USER}"
    digest = hmac.new(secret.encode(), user.encode(), hashlib.sha1).digest()
    return user, base64.b64encode(digest).decode()


class CoturnRelay:
    """On both addresses of each family; TLS is on the port of the web."""

    def __init__(self, where: Namespace, addresses: ServerAddresses, directory: Path,
                 identity: Identity | None = None, has_shared_secret: bool = False,
                 options: Sequence[str] = ()) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        tls = ["no-tls"] if identity is None else [
            f"tls-listening-port={WEB_PORT}", f"cert={identity.certificate}",
            f"pkey={identity.key}"]
        users = (["use-auth-secret", f"static-auth-secret={SECRET}"] if has_shared_secret else
                 ["lt-cred-mech", f"user={USER}:{PASSWORD}"])
        config = directory / "turnserver.conf"
        config.write_text("\n".join((
            *(f"listening-ip={address}" for address in addresses.v4 + addresses.v6),
            f"listening-port={PORT}", f"alt-listening-port={ALTERNATE_PORT}",
            f"relay-ip={addresses.v4[0]}", *tls, *users, "realm=example.org", "no-dtls", "no-cli",
            "fingerprint", f"pidfile={directory / 'pid'}", "log-file=stdout", "simple-log",
            f"userdb={directory / 'turndb'}", *options, "")))
        self.process: OwnedProcess = where.start(punctual(["turnserver", "-c", str(config)]),
                                                 directory / "log", directory)
        try:
            for family in (4, 6):
                for address in addresses.pair(family):
                    wait_for_binding(where, (address, PORT), self.process)
        except BaseException:
            self.process.stop()
            raise

    def allocations(self) -> int:
        """Those that its log says were made and have not ended."""
        log = self.process.output()
        return log.count("ALLOCATE processed, success") - log.count("usage: realm=")

    def close(self) -> None:
        """Ends it."""
        self.process.stop()

    def __enter__(self) -> CoturnRelay:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
