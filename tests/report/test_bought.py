"""The chapter on products: true sentences, nothing of the data unescaped, absent where nothing is known."""

import json

from segmentry import charts, report


def write(results, bought, path, say):
    drawn = charts.build_charts(**vars(results)) | charts.build_product_charts(bought, results.segments)
    contents = say(results, bought=bought)
    assert json.loads(json.dumps(contents, allow_nan=False)) == contents
    report.write_html([report.Chapter(contents, drawn, charts.render(drawn))], path)
    return contents, path.read_text(encoding="utf-8")


def test_the_chapter_is_there_and_escaped(results, examples, say, tmp_path):
    bought = examples.make_bought(results)
    contents, page = write(results, bought, tmp_path / "r.html", say)
    assert '<section id="bought">' in page
    assert examples.HOSTILE not in page
    told = contents["bought"]["segments"][0]
    one = bought.segments[0]
    assert [row[0] for row in told["by_revenue"]] == [line.description or line.product for line in one.by_revenue]
    assert told["words"].startswith(
        f"{one.unusual} of {one.tested}" if one.unusual and one.typical_lift <= 1.5 else ("They", "Nothing")
    )
    assert "half of the 2 orders" in told["basket"]


def test_it_is_absent_without_products_and_short_without_categories(results, examples, say, tmp_path):
    assert 'id="bought"' not in write(results, None, tmp_path / "none.html", say)[1]
    contents, page = write(results, examples.make_bought(results, categories=0), tmp_path / "few.html", say)
    assert "names no category" in contents["bought"]["categories_missing"]
    assert "category_shares" not in page
