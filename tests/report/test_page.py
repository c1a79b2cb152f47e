"""The page as a file: self-contained, escaped, written whole or not at all."""

import base64
import hashlib
import re
from html.parser import HTMLParser

import pytest

from segmentry import charts, report
from segmentry.core.errors import OutputError


class Parts(HTMLParser):
    """Collects tags, attributes and scripts as a browser would see them."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes, self.scripts, self.text, self._in = [], [], [], [], None

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs
        self._in = tag

    def handle_endtag(self, _tag):
        self._in = None

    def handle_data(self, data):
        (self.scripts if self._in == "script" else self.text).append(data)


def parts(path):
    found = Parts()
    found.feed(path.read_text(encoding="utf-8"))
    return found


def test_nothing_is_fetched_from_anywhere(page_file):
    page = parts(page_file)
    addresses = [value for name, value in page.attributes if name in {"src", "href", "action", "data", "xlink:href"}]
    assert all(address.startswith(("#", "data:")) for address in addresses)
    assert not {"iframe", "object", "embed", "base", "form"} & set(page.tags)
    assert "@import" not in page_file.read_text(encoding="utf-8")


def test_only_our_own_script_may_run(page_file, hostile_file):
    for path in (page_file, hostile_file):
        page = parts(path)
        assert page.tags.count("script") == 1
        policy = next(value for name, value in page.attributes if name == "content" and "default-src" in value)
        digest = base64.b64encode(hashlib.sha256("".join(page.scripts).encode()).digest()).decode()
        assert f"script-src 'sha256-{digest}'" in policy
        assert "default-src 'none'" in policy
        assert not [name for name, _ in page.attributes if name.startswith("on")]


def test_a_hostile_name_appears_as_it_is_and_only_as_text(hostile_file, examples):
    page = parts(hostile_file)
    assert any(examples.HOSTILE in text for text in page.text)
    assert "<script>document" not in hostile_file.read_text(encoding="utf-8")


def test_every_chart_is_there_with_its_numbers(page_file, results):
    drawn = charts.build_charts(**vars(results))
    text = page_file.read_text(encoding="utf-8")
    for name, chart in drawn.items():
        assert text.count(f'id="chart-{name}"') == 1
        assert text.count('<svg class="chart"') == len(drawn)
        assert chart.table[0][0] in text


def test_small_whatever_the_number_of_customers(page_file, hostile_file):
    assert page_file.stat().st_size < 1_000_000
    assert hostile_file.stat().st_size < 3_000_000


def test_kinds_of_data_without_some_parts_make_a_page_too(examples, write, tmp_path):
    for kind, make in examples.KINDS.items():
        text = write(make(), tmp_path / "report.html").read_text(encoding="utf-8")
        assert "How sure are we?" in text, kind
        assert ("of revenue</th>" in text) == (kind != "without money")


def test_a_place_that_cannot_be_written_is_said_and_nothing_is_left(results, write, tmp_path):
    (tmp_path / "report.html").mkdir()
    (tmp_path / "report.html" / "full").touch()
    with pytest.raises(OutputError, match=r"report\.html' cannot be written"):
        write(results, tmp_path / "report.html")
    assert [path.name for path in tmp_path.iterdir()] == ["report.html"]
    with pytest.raises(OutputError, match="cannot be written"):
        write(results, tmp_path / "nowhere" / "report.html")


def test_the_notebook_table_is_escaped_and_has_a_row_for_each_segment(examples):
    hard = examples.make_hard()
    table = report.segments_html(hard.segments, title=examples.HOSTILE)
    assert table.count("<tr>") == 13
    assert "<script" not in table
    assert re.search(r"<th[^>]*>Last order</th>", table)
    assert "Last order" not in report.segments_html(examples.make_without_money().segments, title="")
