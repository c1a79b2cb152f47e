"""A run folder is complete or not there."""

import hashlib
import json
import os
import shutil
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from segmentry.core.errors import OutputError
from segmentry.runs import new_run, write_manifest
from segmentry.runs.folder import remove_run


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


def partials(parent):
    return sorted(path.name for path in parent.iterdir() if path.name.startswith("."))


def test_what_killed_processes_left_is_removed_and_what_is_being_written_is_not(tmp_path):
    for left in (".a.x9z.partial", ".b.partial/run/model", ".c.1f.removed/model"):
        (tmp_path / left).mkdir(parents=True)
        (tmp_path / left / "half.txt").write_text("half")
    (tmp_path / ".b.partial" / "lock").touch()
    (tmp_path / ".file.partial").write_text("no folder")
    with new_run(tmp_path, "r") as (folder, _):
        (folder / "mine.txt").write_text("mine")
        assert partials(tmp_path) == [".file.partial", ".r.partial"]
        with new_run(tmp_path, "s"):
            assert partials(tmp_path) == [".file.partial", ".r.partial", ".s.partial"]
        assert (folder / "mine.txt").read_text() == "mine"
    assert partials(tmp_path) == [".file.partial"]
    assert sorted(path.name for path in tmp_path.iterdir()) == [".file.partial", "r", "s"]


def test_two_runs_of_one_name_at_the_same_time_have_their_own_from_the_beginning(tmp_path):
    with new_run(tmp_path, "r") as (one, first), new_run(tmp_path, "r") as (two, second):
        assert (first.name, second.name) == ("r", "r-2")
        (one / "a.txt").write_text("first")
        (two / "a.txt").write_text("second")
    assert [(tmp_path / name / "a.txt").read_text() for name in ("r", "r-2")] == ["first", "second"]


def test_many_threads_that_finish_at_once_all_survive(tmp_path):
    together = threading.Barrier(8)

    def write(number):
        with new_run(tmp_path, "r") as (folder, final):
            (folder / "who.txt").write_text(str(number))
            together.wait()
        return final

    with ThreadPoolExecutor(8) as pool:
        finals = list(pool.map(write, range(8)))
    assert len(set(finals)) == 8
    assert [(final / "who.txt").read_text() for final in finals] == [str(number) for number in range(8)]
    assert partials(tmp_path) == []


def test_a_run_never_replaces_what_was_put_in_its_place_meanwhile(tmp_path):
    def write_while_another_is_put_there():
        with new_run(tmp_path, "r") as (folder, final):
            (folder / "a.txt").write_text("new")
            final.mkdir()
            (final / "a.txt").write_text("old")

    with pytest.raises(OutputError, match="cannot be put at"):
        write_while_another_is_put_there()
    assert (tmp_path / "r" / "a.txt").read_text() == "old"
    assert partials(tmp_path) == []


def test_everything_is_on_disk_before_the_run_gets_its_name(tmp_path, monkeypatch):
    flushed, renamed = set(), []
    fsync, rename = os.fsync, Path.rename

    def note_fsync(descriptor):
        flushed.add(Path(f"/proc/self/fd/{descriptor}").readlink().name)
        fsync(descriptor)

    def note_rename(path, target):
        renamed.append((target.name, set(flushed)))
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", note_fsync)
    monkeypatch.setattr(Path, "rename", note_rename)
    with new_run(tmp_path, "r") as (folder, _):
        (folder / "model").mkdir()
        (folder / "model" / "model.json").write_text("{}")
        write_manifest(folder, {})
    assert renamed == [("r", {"run", "model", "model.json", "manifest.json"})]


def test_a_run_is_removed_at_once(tmp_path, monkeypatch):
    with new_run(tmp_path, "r") as (folder, final):
        write_manifest(folder, {})
    seen = []
    monkeypatch.setattr(shutil, "rmtree", lambda path: seen.append((path.name[:3], final.exists())))
    remove_run(final)
    assert seen == [(".r.", False)]
    with pytest.raises(OutputError, match="cannot be removed"):
        remove_run(final)
