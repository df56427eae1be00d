"""Certificates made by `openssl` for one test: an authority, and servers that it vouches for."""

import subprocess
from pathlib import Path
from typing import Final

LOCALHOST: Final = "DNS:localhost,IP:127.0.0.1"
YESTERDAY: Final = -1
TOMORROW: Final = 2


class Authority:
    """A certificate authority in a folder; keys are elliptic, so that this takes no time."""

    def __init__(self, folder: Path, name: str = "Test Authority") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.certificate = folder / "ca.pem"
        self._key = folder / "ca.key"
        subject = ("-subj", f"/CN={name}", "-days", "2", "-out", str(self.certificate), "-keyout", str(self._key))
        _openssl("req", "-x509", *_NEW_KEY, *subject)

    def issue(self, name: str, *, names: str = LOCALHOST, days: int = TOMORROW) -> tuple[Path, Path]:
        """Certificate and key of a server known by `names`; with `days` below 0 it has expired."""
        certificate, key, request = (self.folder / f"{name}.{kind}" for kind in ("pem", "key", "csr"))
        extensions = self.folder / f"{name}.ext"
        extensions.write_text(f"subjectAltName={names}\n")
        _openssl("req", *_NEW_KEY, "-subj", f"/CN={name}", "-out", str(request), "-keyout", str(key))
        authority = ("-CA", str(self.certificate), "-CAkey", str(self._key), "-CAcreateserial")
        signing = ("-req", "-in", str(request), "-extfile", str(extensions), "-days", str(days))
        _openssl("x509", *signing, *authority, "-out", str(certificate))
        return certificate, key


_NEW_KEY: Final = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes")


def _openssl(*arguments: str) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=20)
