"""The store lists complete runs only, finds any of them, and says what is wrong with the others."""

import json
import shutil

import pytest

import segmentry as sg
from segmentry.core.errors import ModelError, SourceNotFound
from segmentry.runs import MANIFEST_FORMAT, Store, difference, find_run, open_run, read_run, verify
from segmentry.runs.migrations import MIGRATIONS, upgraded


def ids(runs):
    return [run.run_id for run in runs]


def test_runs_are_listed_from_the_oldest_to_the_newest_and_of_the_same_moment_by_id(store, add):
    add("c", created="2024-05-01T12:00:00+00:00")
    add("b", created="2024-05-01T12:00:00.250+00:00")
    add("z", created="2024-05-01T13:30:00+02:00")  # half an hour before the first
    add("a", created="2024-05-01T12:00:00+00:00")
    add("naive", created="2024-05-02T12:00:00")
    assert ids(store.runs()) == ["z", "a", "c", "b", "naive"]
    run = store.find("c")
    assert (run.name, run.customers, run.segments, str(run.as_of), run.kind) == ("shop", 2, 2, "2024-05-01", "run")
    assert ids(Store(store.path / "nowhere").runs()) == []


def test_a_run_is_found_by_id_by_its_beginning_or_by_its_place(store, add):
    add("2024-05-01-aaaa", created="2024-05-01T12:00:00+00:00")
    add("2024-05-01-aaaa", created="2024-05-02T12:00:00+00:00")
    add("2024-05-02-bbbb", created="2024-05-03T12:00:00+00:00", name="cards")
    assert store.find("2024-05-01-aaaa").run_id == "2024-05-01-aaaa"  # itself, though another one begins with it
    assert store.find("2024-05-02").run_id == "2024-05-02-bbbb"
    assert store.find("latest").run_id == "2024-05-02-bbbb"
    assert store.find("latest", name="shop").run_id == "2024-05-01-aaaa-2"
    assert store.find("previous", name="shop").run_id == "2024-05-01-aaaa"
    with pytest.raises(SourceNotFound, match="no run 'previous'"):
        store.find("previous")  # the latest is the first of its segmentation
    with pytest.raises(SourceNotFound, match=r"2 runs .* newest first: 2024-05-01-aaaa-2, 2024-05-01-aaaa. Give more"):
        store.find("2024-05-01")
    with pytest.raises(SourceNotFound, match=r"newest first: 2024-05-02-bbbb, .*Did you mean '2024-05-02-bbbb'"):
        store.find("2024-05-02-bbbc")
    with pytest.raises(SourceNotFound, match=r"Segmentations: cards, shop. Did you mean 'shop'"):
        store.find("latest", name="shp")
    with pytest.raises(SourceNotFound, match="no run ''"):
        store.find("")
    with pytest.raises(SourceNotFound, match="There is no run at"):
        Store(store.path / "nowhere").find("latest")


def test_a_run_is_opened_by_path_too(store, add):
    path = add("one")
    assert open_run(str(path), store="elsewhere").run_id == "one"
    assert open_run(str(store.path), store="elsewhere").run_id == "one"
    assert open_run("on", store=store.path).run_id == "one"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "cannot be read"),
        ("[]", "cannot be read"),
        ("[" * 100_000, "cannot be read"),
        ("{}", "format is None"),
        ('{"format": 2}', "lacks 'created'"),
        (f'{{"format": {MANIFEST_FORMAT + 1}}}', "newer version of Segmentry"),
    ],
)
def test_a_damaged_manifest_hides_no_other_run(store, add, text, reason):
    add("sound")
    broken = add("broken", created="2025-01-01T00:00:00+00:00")
    (broken / "manifest.json").write_text(text)
    (store.path / "no-run").mkdir()
    assert ids(store.runs()) == ["sound"]
    (unreadable,) = store.unreadable()
    assert unreadable.path == broken
    assert reason in unreadable.reason
    assert store.find("latest").run_id == "sound"
    assert find_run(store.path).name == "sound"
    with pytest.raises(ModelError, match=reason):
        store.find("broken")
    (store.path / "sound" / "manifest.json").unlink()
    assert find_run(store.path) == broken  # with no other there, what opens it says what is wrong


@pytest.mark.parametrize(
    "values",
    [{"created": "soon"}, {"created": 5}, {"as_of": 5}, {"customers": None}, {"k": None}, {"k": {}}, {"cohorts": []},
     {"files": None}, {"files": ["a"]}, {"files": {"a": {"bytes": "many", "sha256": ""}}}, {"format": True}, {"format": -1}],
)  # fmt: skip
def test_a_manifest_of_other_types_is_damaged(store, add, rewrite, values):
    path = add("one")
    rewrite(path, **values)
    if values == {"cohorts": []}:  # nothing is said of cohorts
        assert read_run(path).segments == 2
        return
    with pytest.raises(ModelError, match="is damaged"):
        read_run(path)


def test_a_run_removed_while_others_are_listed_is_no_error(store, add, monkeypatch):
    add("one"), add("two")
    real = type(store.path).read_text

    def gone(path, *arguments, **options):
        if path.parent.name == "one":
            shutil.rmtree(path.parent)
        return real(path, *arguments, **options)

    monkeypatch.setattr(type(store.path), "read_text", gone)
    assert ids(store.runs()) == ["two"]
    assert store.unreadable() == ()


def test_verify_names_every_file_that_is_not_as_it_was(store, add, rewrite):
    path = add("one")
    assert verify(read_run(path)) == []
    (path / "note.txt").write_text("a file that is not the run's")
    whole = (path / "customers.parquet").read_bytes()
    (path / "customers.parquet").write_bytes(bytes([whole[0] ^ 1]) + whole[1:])
    (path / "model" / "model.json").write_text("{} ")
    files = read_run(path).manifest["files"]
    assert set(files) == {"customers.parquet", "model/model.json"}
    rewrite(path, files={**files, "gone.csv": files["model/model.json"], "../../x": files["model/model.json"]})
    found = {fault.file: fault.problem for fault in verify(read_run(path))}
    assert found == {
        "customers.parquet": "changed",
        "model/model.json": "another size",
        "gone.csv": "missing",
        "../../x": "outside the run",
    }


def test_there_is_a_migration_from_every_format_and_a_store_written_in_it(old_stores):
    assert list(MIGRATIONS) == list(range(1, MANIFEST_FORMAT))
    assert [path.name for path in old_stores] == [f"format-{number}" for number in MIGRATIONS]


def test_a_migration_adds_what_the_next_format_has_and_changes_nothing_given():
    old = {"format": 1, "name": "n", "k": {"chosen": 3}}
    assert upgraded(old) == {
        "format": 2, "name": "n", "k": {"chosen": 3}, "kind": "run", "model_from": None, "previous": None,
    }  # fmt: skip
    assert old == {"format": 1, "name": "n", "k": {"chosen": 3}}
    now = {"format": MANIFEST_FORMAT, "kind": "refresh", "model_from": "a"}
    assert upgraded(now) == now


def test_stores_of_earlier_versions_open_list_compare_and_score(old_stores, tmp_path):
    for folder in old_stores:
        store = Store(folder)
        first, second = store.runs()
        assert store.unreadable() == ()
        assert json.loads((first.path / "manifest.json").read_text())["format"] == int(folder.name.split("-")[1])
        assert first.manifest["format"] == MANIFEST_FORMAT
        assert (first.customers, first.segments, second.segments, first.kind, first.previous) == (
            118,
            3,
            4,
            "run",
            None,
        )
        assert verify(first) == verify(second) == []
        found = difference(first, second)
        assert [(one.setting, one.before, one.after) for one in found.settings] == [("cluster.k", "auto", 4)]
        model = sg.load(first.path)
        assert len(sg.load(folder).model.segments) == 4  # the newest
        customers = found.total.before.customers
        assert customers == 118
        assert {segment["name"] for segment in model.model.segments} == {
            one.segment for one in found.segments if one.before
        }
