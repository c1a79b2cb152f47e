"""A run folder is complete or not there."""

import hashlib
import json

import pytest

from segmentry.core.errors import OutputError
from segmentry.runs import new_run, write_manifest


def test_a_run_appears_only_when_it_is_complete(tmp_path):
    parent = tmp_path / "runs"
    with new_run(parent, "r") as (folder, final):
        (folder / "a.txt").write_text("a")
        assert not final.exists()
        write_manifest(folder, {"name": "n"})
    manifest = json.loads((parent / "r" / "manifest.json").read_text())
    assert manifest["files"] == {"a.txt": {"bytes": 1, "sha256": hashlib.sha256(b"a").hexdigest()}}
    assert [path.name for path in parent.iterdir()] == ["r"]


def test_a_failed_run_leaves_nothing_behind(tmp_path):
    parent = tmp_path / "deep" / "runs"

    def fail_half_way():
        with new_run(parent, "r") as (folder, _):
            (folder / "half.txt").write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_half_way()
    assert not parent.exists()


def test_a_run_of_the_same_name_is_kept(tmp_path):
    names = []
    for _ in range(3):
        with new_run(tmp_path, "r") as (_, final):
            names.append(final.name)
    assert names == ["r", "r-2", "r-3"]


def test_a_folder_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="--out"), new_run(tmp_path / "file", "r"):
        pass
