"""Which files: a path, a folder, a glob or a list of these becomes data files; their content decides the kind."""

from __future__ import annotations

import glob
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..core.errors import SourceError, SourceNotFound, did_you_mean

Kind = Literal["text", "gzip", "zstd", "zip", "parquet", "excel", "json", "duckdb"]

ENDINGS = {".csv", ".tsv", ".txt", ".tab", ".psv", ".dat", ".gz", ".zst", ".zip", ".parquet", ".pq", ".xlsx", ".xls"}
ENDINGS |= {".xlsm", ".xlsb", ".ods", ".jsonl", ".ndjson", ".json", ".duckdb", ".ddb", ".db"}
SHEETS = {".xlsx", ".xls", ".xlsm", ".xlsb", ".ods"}

# First bytes of formats that people save under a wrong name, and what they are called.
FOREIGN = {
    b"%PDF": "a PDF document",
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"SQLite format 3": "a SQLite database",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"7z\xbc\xaf": "a 7z archive",
    b"Rar!": "a RAR archive",
}


@dataclass(frozen=True)
class DataFile:
    """A file with data, and what its first bytes say it is."""

    path: Path
    kind: Kind

    @property
    def name(self) -> str:
        """The file's name, without folders."""
        return self.path.name


def find_files(paths: str | list[str]) -> list[DataFile]:
    """Return the data files of *paths* (files, folders, globs), in order, all of one kind. Raises SourceError and
    SourceNotFound.
    """
    files = every_file(paths)
    _check_same_kind(files)
    return files


def every_file(paths: str | list[str]) -> list[DataFile]:
    """Return the data files of *paths*, in order, of whatever kinds. Raises SourceError and SourceNotFound."""
    given = [paths] if isinstance(paths, str) else list(paths)
    found: dict[Path, None] = {}
    for path in given:
        found.update(dict.fromkeys(_expand(path)))
    if not found:
        raise SourceError("No file is given.", action="Give a file, a folder or a glob: source.path.")
    return [DataFile(path, kind_of(path)) for path in found]


def _expand(given: str) -> list[Path]:
    path = Path(given).expanduser()
    try:
        if path.is_dir():
            return _in_folder(path)
        if path.exists():  # a file that exists wins over a glob: names may hold brackets
            return [path]
    except (OSError, ValueError) as error:
        raise SourceNotFound(f"{given!r} cannot be opened: {error}.") from error
    if glob.has_magic(str(path)):
        matches = sorted(Path(match) for match in glob.glob(str(path), recursive=True))  # noqa: PTH207 -- absolute patterns
        matches = [match for match in matches if match.is_file()]
        if matches:
            return matches
        raise SourceNotFound(f"No file matches {given!r}.", action="Check the pattern, or give a folder.")
    raise _not_found(path)


def _not_found(path: Path) -> SourceNotFound:
    folder = path.parent
    if not folder.is_dir():
        return SourceNotFound(f"There is no file {str(path)!r}: the folder {str(folder)!r} does not exist.")
    names = sorted(entry.name for entry in folder.iterdir())
    data = [name for name in names if Path(name).suffix.lower() in ENDINGS]
    possible = f"Data files there: {', '.join(data[:8])}{', …' if len(data) > 8 else ''}." if data else ""
    return SourceNotFound(
        f"There is no file {str(path)!r}.",
        possible=possible,
        action=did_you_mean(path.name, names) or "Check the path.",
    )


def _in_folder(folder: Path) -> list[Path]:
    try:
        files = sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith((".", "~$")))
    except OSError as error:
        raise SourceError(f"The folder {str(folder)!r} cannot be read: {error.strerror}.") from error
    data = [path for path in files if path.suffix.lower() in ENDINGS]
    if not data:
        raise SourceError(
            f"The folder {str(folder)!r} holds no data file.",
            possible="Data files are CSV, TSV, text (also packed), Parquet, Excel, JSON lines and DuckDB files.",
            action="Give the folder that holds them, or one file.",
        )
    return data


def kind_of(path: Path) -> Kind:
    """Return what the first bytes of *path* say it is. Raises SourceError when it cannot be read as data."""
    try:
        with path.open("rb") as stream:
            start = stream.read(16)
    except PermissionError as error:
        raise SourceError(
            f"{str(path)!r} cannot be opened: permission denied.", action="Check its permissions."
        ) from error
    except OSError as error:
        raise SourceError(f"{str(path)!r} cannot be opened: {error.strerror or error}.") from error
    if not start:
        raise SourceError(f"{str(path)!r} is empty.", action="Give a file with a header and rows.")
    for magic, title in FOREIGN.items():
        if start.startswith(magic):
            raise SourceError(f"{str(path)!r} is {title}, not a table.", action="Export the data as CSV or Parquet.")
    return _kind_by_content(start, path)


def _kind_by_content(start: bytes, path: Path) -> Kind:
    ending = path.suffix.lower()
    inner = Path(path.stem).suffix.lower() if ending in {".gz", ".zst"} else ending
    is_json = inner in {".jsonl", ".ndjson", ".json"}
    magic: dict[bytes, Kind] = {
        b"PAR1": "parquet",
        b"\xd0\xcf\x11\xe0": "excel",
        b"\x1f\x8b": "json" if is_json else "gzip",
        b"\x28\xb5\x2f\xfd": "json" if is_json else "zstd",
        b"PK": "excel" if ending in SHEETS else "zip",
    }
    for first, kind in magic.items():
        if start.startswith(first):
            return kind
    if start[8:12] == b"DUCK":
        return "duckdb"
    _check_ending(ending, path)
    return "json" if is_json else "text"


def _check_ending(ending: str, path: Path) -> None:
    """Refuse a file whose name promises a format that its first bytes do not keep."""
    promises = {".zip": "a zip archive", ".gz": "a gzip file", ".zst": "a Zstandard file", ".parquet": "a Parquet file"}
    promises |= {".pq": "a Parquet file", ".duckdb": "a DuckDB file", ".ddb": "a DuckDB file", ".db": "a DuckDB file"}
    promises |= dict.fromkeys(SHEETS, "an Excel workbook")
    if ending in promises:
        raise SourceError(
            f"{str(path)!r} is not {promises[ending]}: its content says otherwise.",
            action="Write the file again, or give it the ending of what it is (.csv for text).",
        )


def _check_same_kind(files: list[DataFile]) -> None:
    def family(file: DataFile) -> str:
        return "text" if file.kind in {"text", "gzip", "zstd", "zip"} else file.kind

    kinds = [family(file) for file in files]
    usual = max(sorted(set(kinds)), key=kinds.count)
    odd = [file for file, kind in zip(files, kinds, strict=True) if kind != usual]
    if odd:
        raise SourceError(
            f"{odd[0].name!r} is of another kind ({family(odd[0])}) than the other files ({usual}).",
            action="Keep one kind of file in the folder, or give a glob such as '*.csv'.",
        )
    if len(files) > 1 and usual in {"duckdb", "excel"}:
        raise SourceError(f"{len(files)} {usual} files are given.", action="Give one of them: source.path.")
