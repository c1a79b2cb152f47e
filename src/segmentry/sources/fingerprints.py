"""Digests of files: the same content has the same one, whatever the file is called and wherever it lies."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from isal import isal_zlib

LARGE = 1 << 26  # bytes: beyond, SHA-256 itself would take as long as loading the file
PIECE = 1 << 24


class Fingerprint:
    """The SHA-256 of a file of *size* bytes, fed piece by piece; of a large file, that of its pieces' CRC-32."""

    def __init__(self, size: int) -> None:
        self._is_large = size > LARGE
        self._digest = hashlib.sha256(size.to_bytes(8, "big") if self._is_large else b"")

    def update(self, piece: bytes) -> None:
        """Take the next *piece* of the file: ``PIECE`` bytes, or what is left of it."""
        self._digest.update(isal_zlib.crc32(piece).to_bytes(4, "big") if self._is_large else piece)

    def digest(self) -> bytes:
        """Return the digest of what was taken."""
        return self._digest.digest()


def fingerprint_of(path: Path) -> bytes:
    """Return the digest of the file at *path*."""
    found = Fingerprint(path.stat().st_size)
    for piece in pieces(path):
        found.update(piece)
    return found.digest()


def all_together(digests: Sequence[bytes]) -> str:
    """Return the digest of several files in any order, in hex; of one file, its own."""
    return digests[0].hex() if len(digests) == 1 else hashlib.sha256(b"".join(sorted(digests))).hexdigest()


def pieces(path: Path, size: int = PIECE) -> Iterator[bytes]:
    """Yield the bytes of the file at *path* in pieces of up to *size*."""
    with path.open("rb", buffering=0) as stream:
        while piece := stream.read(size):
            yield piece
