"""The report in a real Chromium: nothing is requested, nothing hostile runs, and what should be live is."""

import csv
import io
import re
import shutil
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

playwright = pytest.importorskip("playwright.sync_api")
CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
pytestmark = [pytest.mark.browser, pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")]


@pytest.fixture(scope="module")
def browser():
    with playwright.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser):
    """A function that opens a file; afterwards the page must have asked for nothing else and reported no error."""
    opened = []

    def go(path, **options):
        page = browser.new_page(**{"viewport": {"width": 1280, "height": 800}, **options})
        asked, said = [], []
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on("dialog", lambda dialog: said.append(f"dialog {dialog.message}"))
        page.goto(path.as_uri())
        opened.append((page, path, asked, said))
        return page

    yield go
    for page, path, asked, said in opened:
        # The icon is an empty data: address, which stops the browser from asking a server for one.
        assert [url for url in asked if not url.startswith(("data:", "blob:"))] == [path.as_uri()]
        assert said == []
        page.close()


def test_the_first_screen_holds_findings_table_and_map(page_file, open_page):
    page = open_page(page_file)
    for selector in (".findings", "table.segments", "#chart-map_of_customers .plot"):
        box = page.locator(selector).bounding_box()
        assert box["y"] + box["height"] <= 800, selector
    assert page.locator(".findings dd").count() == 5


def test_hostile_names_are_text_and_run_nothing(hostile_file, open_page):
    page = open_page(hostile_file)
    assert "hacked" not in page.evaluate("Object.keys(window).join()")
    assert page.title().startswith("<script>document.title='hacked'</script>\"'&amp;]]>${1+1}{{7*7}}=cmd():")
    assert page.locator("script").count() == 1
    assert page.evaluate("document.querySelectorAll('[onerror],[onload],[onclick]').length") == 0


def test_the_policy_stops_any_other_script_and_any_request(page_file, tmp_path, browser):
    attacked = tmp_path / "attacked.html"
    attacked.write_text(
        page_file.read_text(encoding="utf-8").replace(
            "</main>", "<script>window.ran = 1</script><img src='x.png' onerror='window.ran = 2'></main>"
        ),
        encoding="utf-8",
    )
    page = browser.new_page()
    finished = []
    page.on("requestfinished", lambda request: finished.append(request.url))
    page.goto(attacked.as_uri())
    page.wait_for_timeout(200)
    assert page.evaluate("window.ran") is None
    assert finished == [attacked.as_uri()] or finished == [attacked.as_uri(), "data:,"]
    page.close()


def test_hovering_a_mark_shows_its_words_and_lights_its_segment(page_file, open_page):
    page = open_page(page_file)
    mark = page.locator("#chart-segment_sizes svg [aria-label^='At Risk']").first
    mark.scroll_into_view_if_needed()
    mark.hover()
    words = page.locator("#tip").text_content()
    assert words.startswith("At Risk\n290 customers (19.3 %)")
    assert page.evaluate("document.documentElement.dataset.lit") == "3"
    other = page.locator("#chart-map_of_customers svg [data-segment='0']").first
    page.wait_for_timeout(250)
    assert float(other.evaluate("part => getComputedStyle(part).opacity")) < 0.2
    lit = page.locator("table.segments tr[data-segment='3']")
    assert float(lit.evaluate("part => getComputedStyle(part).opacity")) == 1
    page.mouse.move(2, 2)
    assert page.evaluate("document.documentElement.dataset.lit") is None
    assert page.locator("#tip").is_hidden()


def test_a_click_keeps_a_segment_lit_until_escape(page_file, open_page):
    page = open_page(page_file)
    button = page.locator("table.segments [data-pin='2']")
    button.click()
    page.mouse.move(2, 2)
    assert page.evaluate("document.documentElement.dataset.lit") == "2"
    assert button.get_attribute("aria-pressed") == "true"
    assert "New Customers" in page.locator(".pinned").text_content()
    page.keyboard.press("Escape")
    assert page.evaluate("document.documentElement.dataset.lit") is None
    assert button.get_attribute("aria-pressed") == "false"
    assert page.locator(".pinned").is_hidden()


def test_marks_can_be_walked_with_the_keyboard(page_file, open_page):
    page = open_page(page_file)
    chart = page.locator("#chart-segment_sizes svg")
    assert chart.locator("[tabindex='0']").count() == 1
    page.locator("#chart-segment_sizes .plot").scroll_into_view_if_needed()
    page.locator("#chart-map_of_customers [data-save=csv]").focus()
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('#chart-segment_sizes svg') !== null"):
            break
    assert page.locator("#tip").text_content().startswith("Champions\n")
    page.keyboard.press("ArrowRight")
    assert page.locator("#tip").text_content().startswith("Loyal Customers\n")
    assert page.evaluate("document.documentElement.dataset.lit") == "1"
    page.keyboard.press("Enter")
    assert page.locator("table.segments [data-pin='1']").get_attribute("aria-pressed") == "true"


def test_the_table_sorts_by_numbers_and_by_names(page_file, open_page, results):
    page = open_page(page_file)

    def names():
        return page.locator("table.segments tbody th").all_inner_texts()

    head = page.locator("table.segments thead button")
    head.nth(1).click()
    by_size = [segment.name for segment in sorted(results.segments, key=lambda segment: -segment.customers)]
    assert names() == by_size
    head.nth(1).click()
    assert names() == by_size[::-1]
    head.nth(0).click()
    assert names() == sorted(by_size)
    assert page.locator("table.segments thead th").nth(0).get_attribute("aria-sort") == "ascending"


def test_downloads_are_the_picture_and_harmless_numbers(hostile_file, open_page):
    page = open_page(hostile_file)
    box = page.locator("#chart-segment_sizes")
    with page.expect_download() as waiting:
        box.locator("[data-save=svg]").click()
    root = ET.parse(waiting.value.path()).getroot()
    head = root.find("{http://www.w3.org/2000/svg}g[@class='chart-head']")
    assert head.get("display") is None
    assert waiting.value.suggested_filename == "segment_sizes.svg"
    with page.expect_download() as waiting:
        box.locator("[data-save=csv]").click()
    rows = list(csv.reader(io.StringIO(waiting.value.path().read_text(encoding="utf-8-sig"))))
    assert rows[0] == ["Segment", "Customers", "Share of customers", "Revenue", "Share of revenue"]
    assert len(rows) == 13
    assert not any(re.match(r"[=+@\t\r]", cell) for row in rows for cell in row)


@pytest.mark.parametrize("width", [360, 400, 800, 1280, 1920])
def test_the_page_never_scrolls_sideways(hostile_file, open_page, width):
    page = open_page(hostile_file, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_on_the_page_and_in_charts_can_be_read_in_light_and_dark(page_file, open_page, scheme):
    page = open_page(page_file, color_scheme=scheme)
    worst = page.evaluate("""() => {
      const channels = (colour) => colour.match(/[\\d.]+/g).slice(0, 3).map(Number);
      const light = (colour) => { const [r, g, b] = channels(colour).map((c) => c / 255)
        .map((c) => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
      const ground = light(getComputedStyle(document.body).backgroundColor);
      const ratio = (colour) => { const own = light(colour); return (Math.max(own, ground) + 0.05) / (Math.min(own, ground) + 0.05); };
      const parts = [...document.querySelectorAll("main p, main dd, main dt, main td, main th, h1, h2, h3, h4, nav a")]
        .map((part) => ratio(getComputedStyle(part).color));
      // Words inside coloured cells have their own ground; all others stand on the page.
      const words = [...document.querySelectorAll("svg.chart:not(#chart-rfm_map svg, #chart-feature_profile svg, #chart-rules_beside_segments svg) text")]
        .filter((part) => !part.closest("[display=none]") && getComputedStyle(part).stroke === "none")
        .map((part) => ratio(getComputedStyle(part).fill));
      return Math.min(...parts, ...words);
    }""")
    assert worst >= 4.5


def test_without_javascript_everything_can_be_read(page_file, browser):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(page_file.as_uri())
    assert page.locator("svg.chart").count() == 15
    assert page.locator("table.segments tbody tr").count() == 5
    assert page.locator(".tools").first.is_hidden()
    page.locator("#chart-elbow summary").click()
    assert page.locator("#chart-elbow table").is_visible()
    context.close()


def test_it_prints_without_navigation(page_file, open_page, tmp_path):
    page = open_page(page_file)
    page.emulate_media(media="print")
    assert page.locator("nav.contents").is_hidden()
    assert page.locator("#chart-elbow svg").is_visible()
    page.pdf(path=tmp_path / "report.pdf", format="A4")
    assert (tmp_path / "report.pdf").read_bytes().count(b"/Type /Page\n") in range(3, 15)


def test_headings_have_an_order_and_marks_and_buttons_a_name(page_file, open_page):
    page = open_page(page_file)
    levels = page.evaluate("[...document.querySelectorAll('h1,h2,h3,h4')].map((head) => Number(head.tagName[1]))")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.locator("svg.chart:not([aria-label])").count() == 0
    ids = page.evaluate("[...document.querySelectorAll('[id]')].map((part) => part.id)")
    assert len(ids) == len(set(ids))
