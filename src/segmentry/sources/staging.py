"""From any text file to a plain UTF-8 one: unzipped, decompressed, transcoded, runs of blanks turned into tabs.

A file that is plain UTF-8 already stays where it is.
"""

from __future__ import annotations

import codecs
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from isal import igzip_lib, isal_zlib

from ..core.errors import SourceError
from .encodings import Encoding
from .files import DataFile, kind_of
from .fingerprints import PIECE, Fingerprint, fingerprint_of, pieces

BLOCK = 1 << 20
Damaged: Any = igzip_lib.IsalError  # typed there as an instance of Exception
# Packed files go in larger pieces: while another thread imports Ibis, each return to Python may wait 5 ms for its lock.
PACKED, UNPACKED = 1 << 23, PIECE


@dataclass(frozen=True)
class Scan:
    """What one look at every byte tells: how many lines, whether there is a NUL, and the digest of the file given."""

    lines: int
    has_nul: bool
    digest: bytes


def unzip(file: DataFile, folder: Path) -> DataFile:
    """Return the one table inside the zip archive *file*, unpacked into *folder*."""
    try:
        with zipfile.ZipFile(file.path) as archive:
            tables = [entry for entry in archive.infolist() if _is_table(entry)]
            if len(tables) != 1:
                names = ", ".join(repr(entry.filename) for entry in tables[:8]) or "no file"
                raise SourceError(
                    f"{str(file.path)!r} holds {len(tables)} files ({names}); a zip has to hold one table.",
                    action="Unpack it and give the folder or one of its files.",
                )
            target = folder / (Path(tables[0].filename).name or "table")
            with archive.open(tables[0]) as packed, target.open("wb") as plain:
                while block := packed.read(BLOCK):
                    plain.write(block)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as error:
        raise SourceError(f"{str(file.path)!r} is not a zip archive that can be read: {error}.") from error
    except RuntimeError as error:  # how zipfile says that a password is needed
        raise SourceError(f"{str(file.path)!r} is protected by a password.", action="Unpack it first.") from error
    return DataFile(target, kind_of(target))


def _is_table(entry: zipfile.ZipInfo) -> bool:
    parts = Path(entry.filename).parts
    return not entry.is_dir() and "__MACOSX" not in parts and not parts[-1].startswith(".")


def first_block(file: DataFile) -> bytes:
    """Return up to the first MiB of what *file* says, decompressed."""
    return next(blocks(file, BLOCK), b"")


def blocks(file: DataFile, size: int = UNPACKED) -> Iterator[bytes]:
    """Yield the decompressed content of *file* in blocks of up to *size*. Raises SourceError when it is damaged."""
    readers: dict[str, Callable[[Path, int], Iterator[bytes]]] = {"gzip": _gunzip, "zstd": _unzstd}
    try:
        yield from readers.get(file.kind, pieces)(file.path, size)
    except (OSError, EOFError, Damaged) as error:
        raise SourceError(
            f"{str(file.path)!r} is damaged or cut off: {error}.", action="Write the file again."
        ) from error


def _gunzip(path: Path, size: int) -> Iterator[bytes]:
    """Yield what a gzip file of one or more members holds: ISA-L takes half of zlib's time and holds no Python lock."""
    unpacker = isal_zlib.decompressobj(wbits=31)
    for packed in pieces(path, min(PACKED, size)):
        rest = packed
        while rest:
            if unpacker.eof:
                rest = rest.lstrip(b"\0")  # padding between members
                if not rest:
                    break
                unpacker = isal_zlib.decompressobj(wbits=31)
            yield from _pieces(unpacker, rest, size)
            rest = unpacker.unused_data
    if not unpacker.eof:
        raise EOFError("it ends before its end mark")


def _pieces(unpacker: Any, packed: bytes, size: int) -> Iterator[bytes]:
    while packed and not unpacker.eof:
        if piece := unpacker.decompress(packed, size):
            yield piece
        packed = unpacker.unconsumed_tail


def _unzstd(path: Path, size: int) -> Iterator[bytes]:
    import pyarrow as pa

    with pa.input_stream(str(path), compression="zstd") as stream:
        while block := stream.read(size):
            yield block


def stage(
    file: DataFile, encoding: Encoding, *, blanks_to_tabs: bool, folder: Path, line_end: str
) -> tuple[DataFile, Scan | None]:
    """Return a plain UTF-8 file with the content of *file*, its columns apart: itself where it is one, else a copy.

    A copy comes with what was seen on the way. DuckDB could unpack while it reads, but takes twice as long, on one
    thread.
    """
    if encoding.is_plain and not blanks_to_tabs and file.kind == "text":
        return file, None
    counter = _Counter(line_end.encode())
    staged = copy(file, encoding, blanks_to_tabs=blanks_to_tabs, folder=folder, look=counter.look)
    return staged, counter.scan(fingerprint_of(file.path))


def copy(
    file: DataFile,
    encoding: Encoding,
    *,
    blanks_to_tabs: bool,
    folder: Path,
    look: Callable[[bytes], None] = lambda _block: None,
) -> DataFile:
    """Write the content of *file* as plain UTF-8 text into *folder*, and return the copy. Raises SourceError.

    Every block that is written is shown to *look*.
    """
    handle, target = tempfile.mkstemp(dir=folder, suffix=".txt")
    try:
        with os.fdopen(handle, "wb") as plain:
            for block in _as_utf8(file, encoding, blanks_to_tabs=blanks_to_tabs):
                plain.write(block)
                look(block)
    except OSError as error:
        raise SourceError(
            f"No room to unpack {file.name!r} in {str(folder)!r}: {error.strerror}.",
            action="Set TMPDIR to a larger disk.",
        ) from error
    return DataFile(Path(target), "text")


def _as_utf8(file: DataFile, encoding: Encoding, *, blanks_to_tabs: bool) -> Iterator[bytes]:
    if encoding.is_plain and not blanks_to_tabs:
        yield from blocks(file)
        return
    decoder = codecs.getincrementaldecoder(encoding.codec)(errors="replace")
    rest = ""
    for block in blocks(file):
        text = rest + decoder.decode(block)
        if blanks_to_tabs:
            text, cut, rest = text.rpartition("\n")
            text = tabbed(text) + cut
        yield text.encode("utf-8", "replace")
    yield (tabbed(rest) if blanks_to_tabs else decoder.decode(b"", final=True)).encode("utf-8", "replace")


def tabbed(text: str) -> str:
    r"""Return the lines of *text* with each run of blanks turned into one tab, and none at either end.

    >>> tabbed(" 00001 19970101  1   11.77\r\n 00002 19970112")
    '00001\t19970101\t1\t11.77\n00002\t19970112'
    """
    return "\n".join("\t".join(line.split()) for line in text.split("\n"))


def scan(plain: Path, line_end: str, progress: Callable[[int, int], None]) -> Scan:
    """Look at every byte of the file *plain* once."""
    counter = _Counter(line_end.encode())
    size, done = plain.stat().st_size, 0
    digest = Fingerprint(size)
    for block in blocks(DataFile(plain, "text"), PIECE):
        counter.look(block)
        digest.update(block)
        done += len(block)
        progress(done, size)
    return counter.scan(digest.digest())


class _Counter:
    """Counts what :class:`Scan` tells, block by block."""

    def __init__(self, line_end: bytes) -> None:
        self._end = line_end
        self._lines = 0
        self._has_nul = False
        self._tail = b""

    def look(self, block: bytes) -> None:
        self._lines += block.count(self._end)
        self._has_nul = self._has_nul or b"\0" in block
        self._tail = (self._tail + block)[-BLOCK:] if len(block) < 64 else block

    def scan(self, digest: bytes) -> Scan:
        return Scan(_without_blank_end(self._lines, self._tail, self._end), self._has_nul, digest)


def _without_blank_end(ends: int, tail: bytes, end: bytes) -> int:
    """Return the number of lines up to the last one that says something."""
    stripped = tail.rstrip(b"\r\n \t")
    return ends - tail[len(stripped) :].count(end) + 1
