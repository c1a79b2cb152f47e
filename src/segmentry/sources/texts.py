"""What there is to know of a text file before DuckDB loads it: its encoding and its layout, in a plain UTF-8 file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..core.errors import SourceError
from ..core.recipe import Format
from . import encodings, staging
from .encodings import Encoding
from .files import DataFile
from .layout import Layout, find_layout


@dataclass(frozen=True)
class TextFile:
    """A text file ready to be loaded: the file, the plain UTF-8 one with its content, encoding and layout.

    A copy was looked at while it was written: *scan*.
    """

    file: DataFile
    staged: DataFile
    encoding: Encoding
    layout: Layout
    scan: staging.Scan | None


def prepare(file: DataFile, given: Format, folder: Path) -> TextFile:
    """Find out encoding and layout of *file* from its first block, and bring it into plain UTF-8."""
    where = repr(str(file.path))
    start = staging.first_block(file)
    if not start.strip():
        raise SourceError(f"{where} is empty.", action="Give a file with a header and rows.")
    if given.encoding:
        encodings.refuse_binary(start, where=where) if "16" not in given.encoding else None
        encoding = encodings.given_encoding(given.encoding)
    else:
        encoding = encodings.detect(start, where=where) or encodings.detect_in_all(staging.blocks(file))
    return _prepare_as(file, encoding, start, given, folder)


def _prepare_as(file: DataFile, encoding: Encoding, start: bytes, given: Format, folder: Path) -> TextFile:
    text = _whole_lines(start).decode(encoding.codec, errors="replace")
    layout = find_layout(text, given, where=repr(str(file.path)))
    staged, scan = staging.stage(
        file, encoding, blanks_to_tabs=layout.whitespace, folder=folder, line_end=layout.line_end[-1]
    )
    return TextFile(file, staged, encoding, layout, scan)


def _whole_lines(start: bytes) -> bytes:
    """Return *start* up to its last line end, so that no line and no character is cut; all of it when it has none."""
    end = start.rfind(b"\n") if len(start) >= staging.BLOCK and b"\0" not in start[:100] else -1
    return start[: end + 1] if end > 0 else start
