"""Which encoding a text file is in: byte order marks first, then UTF-8 if all of it is, then Western European."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable
from dataclasses import dataclass

from ..core.errors import SourceError

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8 with BOM"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)
TITLES = {
    "utf-8": "UTF-8",
    "iso8859-1": "ISO-8859-1",
    "cp1252": "Windows-1252",
    "utf-8-sig": "UTF-8 with BOM",
    "utf-16": "UTF-16",
}
CONTROL = bytes(set(range(32)) - {9, 10, 12, 13}) + b"\x7f"
# Random bytes hold 11 % control characters, text none; a damaged text file stays far below this.
BINARY_SHARE = 0.04
VALID = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
HIGH = re.compile(rb"[\x80-\xff]")
ONLY_WINDOWS = re.compile(rb"[\x80-\x9f]")


@dataclass(frozen=True)
class Encoding:
    """An encoding by the name Python knows it by, what to call it, and whether some bytes do not belong to it."""

    codec: str
    title: str
    damaged: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether a file in it can be read as UTF-8 without being copied."""
        return self.codec == "utf-8" and not self.damaged


UTF8 = Encoding("utf-8", "UTF-8")


def given_encoding(name: str) -> Encoding:
    """Return the encoding called *name*. Raises SourceError when Python knows none."""
    try:
        codec = codecs.lookup(name).name
    except LookupError as error:
        raise SourceError(
            f"source.format.encoding: {name!r} is not an encoding.",
            possible="Examples: utf-8, utf-16, iso-8859-1, windows-1252.",
        ) from error
    return Encoding(codec, TITLES.get(codec, name))


def detect(start: bytes, *, where: str) -> Encoding | None:
    """Return the encoding that the first bytes tell, or nothing when only the whole file can. Raises on binary."""
    for mark, codec, title in MARKS:
        if start.startswith(mark):
            return Encoding(codec, title)
    if hidden := _utf16_without_mark(start[:4096]):
        return hidden
    refuse_binary(start, where=where)
    try:
        codecs.getincrementaldecoder("utf-8")().decode(start, final=False)
    except UnicodeDecodeError:
        return None
    return UTF8


def refuse_binary(start: bytes, *, where: str) -> None:
    """Raise SourceError when *start* is not text."""
    head = start[:65536]
    strange = len(head) - len(head.translate(None, CONTROL))
    if strange > max(8, BINARY_SHARE * len(head)):
        raise SourceError(
            f"{where} is not a text file: it is full of control characters.",
            action="Export the data as CSV, Parquet or Excel.",
        )


def _utf16_without_mark(head: bytes) -> Encoding | None:
    """Return UTF-16 when every other byte is zero, as in Western text without a byte order mark."""
    half = len(head) // 2
    if half < 8:
        return None
    for codec, zeros, others in (("utf-16-le", head[1::2], head[::2]), ("utf-16-be", head[::2], head[1::2])):
        if zeros.count(0) > 0.9 * half and others.count(0) < 0.05 * half:
            return Encoding(codec, "UTF-16")
    return None


def detect_in_all(blocks: Iterable[bytes]) -> Encoding:
    """Return the encoding of a file that is not valid UTF-8 throughout, from all of its bytes.

    Few stray bytes among many proper UTF-8 characters are damage. Otherwise it is Windows-1252 where bytes occur that
    mean nothing in ISO-8859-1 (0x80 to 0x9f), else ISO-8859-1.
    """
    valid = stray = 0
    windows = False
    rest = b""
    for block in blocks:
        data = rest + block
        data, rest = data[:-3], data[-3:]  # a character has up to four bytes
        good, bad, only_windows = _count(data)
        valid, stray, windows = valid + good, stray + bad, windows or only_windows
    good, bad, only_windows = _count(rest)
    valid, stray, windows = valid + good, stray + bad, windows or only_windows
    if stray == 0:
        return UTF8
    if valid > 10 * stray:
        return Encoding("utf-8", "UTF-8 with damaged characters", damaged=True)
    return Encoding("cp1252", "Windows-1252") if windows else Encoding("iso8859-1", "ISO-8859-1")


def _count(data: bytes) -> tuple[int, int, bool]:
    if data.isascii():
        return 0, 0, False
    without, valid = VALID.subn(b"", data)
    return valid, len(HIGH.findall(without)), bool(ONLY_WINDOWS.search(without))
