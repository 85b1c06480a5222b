"""The certificate by which a server proves who it is to clients that come by https."""

from __future__ import annotations

import ssl
from pathlib import Path

from datalab_backend.errors import UsageError


class Certificate:
    """A certificate and its key, read anew when they are renewed.

    Parameters
    ----------
    certificate, key
        Files in PEM format; the first holds the whole chain.

    Raises
    ------
    UsageError
        When they cannot be read or do not belong together.
    """

    def __init__(self, certificate: Path, key: Path) -> None:
        self._files = (certificate, key)
        self._read_at: tuple[int, ...] = ()
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.minimum_version = ssl.TLSVersion.TLSv1_2
        self._load()

    def renew(self) -> bool:
        """Read the files again if they have changed; whether they had.

        While they cannot be read, as when one is replaced already and the other is not yet, the
        old certificate stays.
        """
        if self._times() == self._read_at:
            return False
        # Into a context of its own first: half a pair must not spoil the one in use.
        fresh = Certificate(*self._files)
        self._load()
        self._read_at = fresh._read_at
        return True

    def _load(self) -> None:
        certificate, key = self._files
        self._read_at = self._times()
        for path in self._files:
            try:
                path.read_bytes()
            except OSError as error:
                raise UsageError(
                    f"{path} cannot be read: {error.strerror}.", "It is to be a file in PEM format."
                ) from None
        try:
            self.context.load_cert_chain(certificate, key, password=_no_password)
        except _EncryptedKeyError:
            raise UsageError(
                f"The key in {key} is encrypted.", "Use one that needs no passphrase, mode 0600."
            ) from None
        except ssl.SSLError as error:
            raise UsageError(
                f"{certificate} and {key} are not a certificate and its key: "
                f"{(error.reason or 'they are not in PEM format').replace('_', ' ').lower()}.",
                "Give the certificate with its chain, and the key that it was made for, as PEM.",
            ) from None

    def _times(self) -> tuple[int, ...]:
        try:
            return tuple(path.stat().st_mtime_ns for path in self._files)
        except OSError:
            return ()


class _EncryptedKeyError(Exception):
    """The key wants a passphrase."""


def _no_password() -> str:
    # OpenSSL would ask for it at the terminal.
    raise _EncryptedKeyError
