"""HTML reports as a browser shows them: each kind of report, in both themes, on a phone, on paper.

What is judged: nothing is asked for, nothing is said on the console, nothing overflows, everything
can be read (contrast), reached (keyboard, headings, names of drawings) and followed (anchors).
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest

from binaries import REPOSITORY, Json, Program
from chromium import Browser, Page

SCHEMA = REPOSITORY / "reports" / "model" / "report.schema.json"
JUNIT = REPOSITORY / "reports" / "render" / "tests" / "junit.xsd"
OFFER = ("v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nt=0 0\r\n"
         "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=ice-ufrag:F7\r\n"
         "a=ice-pwd:short\r\na=rtpmap:111 opus/48000/2\r\n")
KINDS = ("call", "failed", "matrix", "sdp", "merged", "probe", "before")


@pytest.fixture(scope="module")
def reports(nat_sim: Program, sdp_lint: Program, nat_report: Program, nat_probe: Program,
            tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one JSON report of each kind."""
    folder = tmp_path_factory.mktemp("pages")

    def save(name: str, program: Program, *arguments: str) -> None:
        program(*arguments, "--format", "json", "--output", str(folder / f"{name}.json"),
                timeout_s=120)

    save("call", nat_sim, "call", "--a", "linux-masq", "--b", "cgn-cell-sym", "--media", "10s")
    save("failed", nat_sim, "call", "--a", "cgn-cell-sym", "--b", "cgn-cell-sym", "--turn", "none")
    save("matrix", nat_sim, "matrix")
    save("before", nat_probe, "report", "--budget", "5s")
    save("probe", nat_sim, "probe", "--nat", "linux-masq")
    (folder / "bad.sdp").write_bytes(OFFER.encode())
    save("sdp", sdp_lint, str(folder / "bad.sdp"))
    for side in ("direct", "relayed"):
        save(side, nat_sim, "call", "--a", "linux-masq", "--b",
             "linux-masq" if side == "direct" else "cgn-cell-sym")
    save("merged", nat_report, "merge", str(folder / "direct.json"), str(folder / "relayed.json"))
    return folder


@pytest.fixture(scope="module")
def pages(reports: Path, nat_report: Program) -> dict[str, Path]:
    """The same as HTML."""
    out = {}
    for kind in KINDS:
        out[kind] = reports / f"{kind}.html"
        done = nat_report("render", str(reports / f"{kind}.json"), "--format", "html", "--output",
                          str(out[kind]))
        assert done.exit_code == 0, done.err
    return out


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Page]:
    """A browser's page for all tests."""
    with Browser(tmp_path_factory.mktemp("profile")) as browser:
        yield browser.open_page()


def figures(report: Json) -> list[Json]:
    """Those of all evidence."""
    return [figure for evidence in report["evidence"]
            for figure in evidence.get("data", {}).get("figures", [])]


def test_calls_and_matrices_bring_the_figures_that_belong_to_them(reports: Path) -> None:
    """And each is of the documented shape."""
    schema = json.loads(SCHEMA.read_text())
    shape = {"$defs": schema["$defs"], "$ref": "#/$defs/figure"}
    kinds: dict[str, list[str]] = {}
    for kind in KINDS:
        report = json.loads((reports / f"{kind}.json").read_text())
        jsonschema.validate(report, schema)
        for figure in figures(report):
            jsonschema.validate(figure, shape)
        kinds[kind] = [figure["kind"] for figure in figures(report)]
    assert kinds["call"] == ["topology", "ladder", "series"]
    assert kinds["failed"] == ["topology", "ladder"]
    assert kinds["matrix"] == ["matrix", "matrix"]
    assert kinds["merged"] == ["matrix"]
    assert kinds["before"][:2] == ["topology", "matrix"]
    assert set(kinds["before"][2:]) == {"series", "matrix", "ladder"}


def test_a_calls_figures_say_what_the_call_did(reports: Path) -> None:
    """The way of the media, the checks of the selected pair, the delay that was measured."""
    report = json.loads((reports / "call.json").read_text())
    topology, ladder, series = figures(report)
    nodes = {node["id"]: node["kind"] for node in topology["nodes"]}
    for path in topology["paths"]:
        assert "relay" in [nodes[each] for each in path["nodes"]], "relayed, as the call says"
        assert nodes[path["nodes"][0]] == nodes[path["nodes"][-1]] == "host"
    selected = [each for each in ladder["exchanges"] if each.get("is_selected")]
    assert selected and all(each["state"] == "answered" for each in selected)
    assert {each["state"] for each in ladder["exchanges"]} >= {"answered", "dropped"}
    assert len(ladder["exchanges"]) <= 48
    media = report["data"]["call"]["b"]["media"]["audio_received"]["received"]
    for line in series["panels"][0]["lines"]:
        assert 20 <= len(line["at_us"]) <= 60
        assert max(line["high"]) <= media["delay_max_us"]
        assert min(line["values"]) >= media["delay_min_us"]
    for line in series["panels"][1]["lines"]:
        assert set(line["values"]) == {0}


def test_a_loss_is_where_it_happened(nat_sim: Program, tmp_path: Path) -> None:
    """The uplink is down for two of ten seconds: all of it is lost there, and nothing elsewhere."""
    scenario = {"networks": [{"name": "x", "nat": {"preset": "linux-masq"}}],
                "parties": {"a": {"network": "x"}, "b": {}},
                "media": {"duration_ms": 10_000},
                "events": [{"at_ms": 8_000, "kind": "link-down", "network": "x"},
                           {"at_ms": 10_000, "kind": "link-up", "network": "x"}]}
    (tmp_path / "scenario.json").write_text(json.dumps(scenario))
    outcome = nat_sim("run", str(tmp_path / "scenario.json"), "--format", "json")
    series = [each for each in figures(outcome.json()) if each["kind"] == "series"]
    assert len(series) == 1, outcome.err
    assert [mark["at_us"] for mark in series[0]["marks"]] == [8_000_000, 10_000_000]
    for line in series[0]["panels"][1]["lines"]:
        for at_us, value in zip(line["at_us"], line["values"], strict=True):
            if 8_300_000 < at_us < 9_700_000:
                assert value == 100, f"{line['name']} at {at_us}"
            elif not 7_700_000 < at_us < 10_300_000:
                assert value == 0, f"{line['name']} at {at_us}"


NETWORK = {"name": "cgn", "nat": "cgn-rfc6888"}
WAYS = {
    "one network": ([{"name": "x", "nat": "linux-masq"}], "x", "x", ["host-a", "host-b"]),
    "nested": ([NETWORK, {"name": "home", "nat": "linux-masq", "behind": "cgn"}], "home",
               "internet", ["host-a", "box-home", "box-cgn", "internet", "host-b"]),
    "turned around": ([NETWORK, {"name": "h1", "nat": "linux-masq", "behind": "cgn"},
                       {"name": "h2", "nat": "linux-masq", "behind": "cgn"}], "h1", "h2",
                      ["host-a", "box-h1", "box-cgn", "box-h2", "host-b"]),
    "a router": ([{"name": "x", "nat": "linux-masq"}, {"name": "r"}], "x", "r",
                 ["host-a", "box-x", "internet", "box-r", "host-b"]),
}


@pytest.mark.parametrize("name", WAYS)
def test_the_way_is_that_of_the_packets(nat_sim: Program, tmp_path: Path, name: str) -> None:
    """Through the boxes that the call passes, and no others; back the same way."""
    networks, a, b, way = WAYS[name]
    (tmp_path / "scenario.json").write_text(json.dumps(
        {"networks": networks, "parties": {"a": {"network": a}, "b": {"network": b}}}))
    report = nat_sim("run", str(tmp_path / "scenario.json"), "--format", "json").json()
    topology = figures(report)[0]
    assert report["data"]["call"]["reach"] == "direct"
    assert [path["nodes"] for path in topology["paths"]] == [way, way[::-1]]
    places = [(node["column"], node["row"]) for node in topology["nodes"]]
    assert len(set(places)) == len(places), "no node on top of another"


def test_the_matrix_is_what_the_cells_say(reports: Path) -> None:
    """Row by row, for each choice of TURN servers."""
    report = json.loads((reports / "matrix.json").read_text())
    cells = iter(report["data"]["cells"])
    letters = {"direct": "direct", "relayed-a": "relayed", "relayed-b": "relayed",
               "relayed-both": "relayed", "unreachable": "unreachable"}
    for figure in figures(report):
        assert len(figure["rows"]) == len(figure["columns"]) == 9
        for row in figure["rows"]:
            for column, cell in zip(figure["columns"], row["cells"], strict=True):
                call = next(cells)
                assert call["presets"] == {"a": row["name"], "b": column}
                name = cell if isinstance(cell, str) else cell["class"]
                assert letters[name] == call["reach"]
                assert isinstance(cell, str) == (call["accordance"] == "as-forecast")


# Contrast as WCAG 2.2 computes it, of all text that stands on a colour of the page.
CONTRAST = """(() => {
  const rgb = text => text.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => v / 255).map(
      v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
    return 0.2126 * x + 0.7152 * y + 0.0722 * z;
  };
  const ground = element => {
    for (let at = element; at; at = at.parentElement) {
      const colour = rgb(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const bad = [];
  let count = 0;
  for (const element of document.body.querySelectorAll('*:not(svg *)')) {
    const has_text = [...element.childNodes].some(n => n.nodeType === 3 && n.data.trim());
    if (!has_text || element.tagName === 'STYLE') continue;
    ++count;
    const a = luminance(rgb(getComputedStyle(element).color)), b = luminance(ground(element));
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) bad.push(element.tagName + '.' + element.className + ' ' + contrast);
  }
  return {bad, count};
})()"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_shows_itself_and_asks_nobody(page: Page, pages: dict[str, Path], kind: str,
                                             dark: bool) -> None:
    """One request, that of the file; no console message, which a script or a request would give."""
    page.show(pages[kind], dark=dark)
    image = page.screenshot()
    assert page.console == []
    assert [url.split(":", 1)[0] for url in page.requests if url != "about:blank"] == ["file"]
    corner = image.getpixel((0, 0))
    assert isinstance(corner, tuple) and (sum(corner) < 128) == dark
    colours = image.getcolors(maxcolors=1 << 22)
    assert colours is not None and len(colours) > 20
    assert sum(count for count, colour in colours if colour != corner) > 5000
    contrast = page.value_of(CONTRAST)
    assert contrast["bad"] == [] and contrast["count"] > 10


def test_a_request_or_a_script_would_be_noticed(page: Page, pages: dict[str, Path],
                                                tmp_path: Path) -> None:
    """The policy of the page refuses both, and says so on the console."""
    text = pages["call"].read_text()
    for evil in ('<img src="https://example.org/x.png">', "<script>document.title = 1</script>"):
        copy = tmp_path / "evil.html"
        copy.write_text(text.replace("</body>", evil + "</body>"))
        page.show(copy)
        assert any("Content Security Policy" in line for line in page.console), page.console


# How far something reaches beyond the screen, the page or any box of a drawing, in pixels. A phone
# zooms out of a page that is too wide: then innerWidth is as wide, and says nothing.
BEYOND = """Math.max(
  innerWidth - screen.width,
  document.scrollingElement.scrollWidth - screen.width,
  ...[...document.querySelectorAll('figure,.plot,.scroll,pre')].map(
    box => box.getBoundingClientRect().right - screen.width))"""


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_fits_a_phone(page: Page, pages: dict[str, Path], reports: Path, kind: str,
                             dark: bool) -> None:
    """At 375 pixels nothing makes the page wider; what is wide scrolls in a box of its own."""
    page.show(pages[kind], width=375, height=800, dark=dark)
    assert page.value_of("[screen.width, innerWidth]") == [375, 375]
    drawn = page.value_of("document.querySelectorAll('figure').length")
    assert drawn >= len(figures(json.loads((reports / f"{kind}.json").read_text())))
    assert page.value_of(BEYOND) <= 0
    # With everything unfolded, too.
    page.value_of("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    assert page.value_of(BEYOND) <= 0


def test_a_drawing_that_does_not_scroll_in_its_box_would_be_noticed(
        page: Page, pages: dict[str, Path], tmp_path: Path) -> None:
    """The ways and plots of the report before a call are wider than a phone."""
    copy = tmp_path / "wrong.html"
    copy.write_text(pages["before"].read_text().replace(
        "</style>", ".plot{overflow:visible!important}</style>", 1))
    page.show(copy, width=375, height=800)
    assert page.value_of(BEYOND) > 100


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_prints_dark_on_white(page: Page, pages: dict[str, Path], kind: str) -> None:
    """Whatever the screen's theme is."""
    page.show(pages[kind], dark=True)
    page.media("print", True)
    ink = page.value_of("getComputedStyle(document.body).color")
    assert sum(int(part) for part in re.findall(r"\d+", ink)[:3]) < 200
    pdf = page.pdf()
    assert pdf.startswith(b"%PDF-") and len(pdf) > 5000
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) >= 1


def test_findings_that_are_folded_away_are_on_paper(page: Page, pages: dict[str, Path]) -> None:
    """On a screen they are not, until somebody asks for them."""
    page.show(pages["before"])
    seen = "document.querySelector('details.printed .findings').checkVisibility()"
    assert page.value_of(seen) is False
    page.media("print", False)
    assert page.value_of(seen) is True
    assert page.value_of(
        "document.querySelector('details.printed .findings').getBoundingClientRect().height") > 100


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_is_in_order(page: Page, pages: dict[str, Path], kind: str) -> None:
    """Language, headings without a step left out, ids once, anchors that lead somewhere."""
    page.show(pages[kind])
    assert page.value_of("document.documentElement.lang") == "en"
    levels = page.value_of(
        "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => Number(h.tagName[1]))")
    assert levels[0] == 1 and levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    ids = page.value_of("[...document.querySelectorAll('[id]')].map(e => e.id)")
    assert len(ids) == len(set(ids))
    targets = page.value_of(
        "[...document.querySelectorAll('a')].map(a => decodeURIComponent(a.hash.slice(1)))")
    assert targets and set(targets) <= set(ids)


@pytest.mark.parametrize("kind", ["call", "failed", "matrix"])
def test_every_drawing_has_a_name_a_description_and_a_table(page: Page, pages: dict[str, Path],
                                                            kind: str) -> None:
    """As the accessibility tree has it, which is what a screen reader gets."""
    text = pages[kind].read_text()
    drawings = re.findall(r"<svg.*?</svg>", text, re.DOTALL)
    expected = {"call": 3, "failed": 2, "matrix": 2}[kind]
    assert len(drawings) == expected
    for drawing in drawings:
        ElementTree.fromstring(drawing)
    page.show(pages[kind])
    tree = page.call("Accessibility.getFullAXTree")["nodes"]
    names = [node["name"]["value"] for node in tree
             if node.get("role", {}).get("value") in ("image", "img") and not node["ignored"]]
    assert len(names) == expected and all(len(name) > 20 for name in names), names
    assert page.value_of("[...document.querySelectorAll('figure')].every("
                         "f => f.querySelector('details table') && f.querySelector('h3'))")


OUTSIDE = """[...document.querySelectorAll('svg')].flatMap(svg => {
  const box = svg.getBoundingClientRect();
  return [...svg.querySelectorAll('text')].filter(text => {
    const its = text.getBoundingClientRect();
    return its.left < box.left - 1 || its.right > box.right + 1 || its.top < box.top - 1 ||
           its.bottom > box.bottom + 1;
  }).map(text => text.textContent);
})"""


@pytest.mark.parametrize("kind", ["call", "failed", "matrix"])
def test_no_word_of_a_drawing_is_cut_off_at_its_edge(page: Page, pages: dict[str, Path],
                                                     kind: str) -> None:
    """Every text lies within its drawing."""
    page.show(pages[kind])
    assert page.value_of(OUTSIDE) == []


# Words of a ladder that lie upon each other, and those of its marks that an arrow crosses.
CROWDED = """[...document.querySelectorAll('svg')].filter(svg => svg.querySelector('.lane')).flatMap(svg => {
  const words = [...svg.querySelectorAll('text')].map(text => [text, text.getBoundingClientRect()]);
  const apart = (a, b) => a.right < b.left + 1 || b.right < a.left + 1 || a.bottom < b.top + 4 ||
                          b.bottom < a.top + 4;
  const pairs = words.flatMap(([a, box], i) => words.slice(i + 1).filter(
      ([b, its]) => !apart(box, its)).map(([b, its]) => a.textContent + ' on ' + b.textContent));
  const marks = words.filter(([text]) => text.previousElementSibling?.classList.contains('k-mark'));
  const crossed = marks.filter(([text, box]) => [...svg.querySelectorAll('line.x')].some(line => {
    const way = new DOMPoint(line.x1.baseVal.value, line.y1.baseVal.value);
    const end = new DOMPoint(line.x2.baseVal.value, line.y2.baseVal.value);
    return [...Array(101).keys()].some(step => {
      const at = new DOMPoint(way.x + (end.x - way.x) * step / 100,
                              way.y + (end.y - way.y) * step / 100)
          .matrixTransform(svg.getScreenCTM());
      return at.x > box.left && at.x < box.right && at.y > box.top + 2 && at.y < box.bottom - 2;
    });
  })).map(([text]) => text.textContent + ' is crossed');
  return marks.length ? pairs.concat(crossed) : ['no mark'];
})"""


@pytest.mark.parametrize("kind", ["call", "before"])
def test_words_of_a_ladder_do_not_lie_upon_each_other(page: Page, pages: dict[str, Path],
                                                      kind: str) -> None:
    """Nor does an arrow cross the words of a mark."""
    page.show(pages[kind])
    assert page.value_of("document.querySelectorAll('svg .lane').length") > 0
    assert page.value_of(CROWDED) == []


def test_what_a_page_must_not_be_would_be_noticed(page: Page, pages: dict[str, Path],
                                                  tmp_path: Path) -> None:
    """Each of the measures above, on a page that is made wrong in that way."""
    copy = tmp_path / "wrong.html"
    copy.write_text(pages["call"].read_text().replace(
        "</main>", '<p style="width:600px;color:#999;background:#fff">wide and pale</p></main>')
        .replace("</svg>", '<text x="5000" y="5">far out</text></svg>', 1))
    page.show(copy, width=375, height=800)
    assert page.value_of("document.documentElement.scrollWidth") > 375
    assert any(line.startswith("P. 2.8") for line in page.value_of(CONTRAST)["bad"])
    assert page.value_of(OUTSIDE) == ["far out"]


def test_the_keyboard_reaches_everything_and_links_open_what_is_folded(
        page: Page, pages: dict[str, Path]) -> None:
    """First the way past the head, then each link, fold and plot."""
    page.show(pages["call"])
    page.press_tab()
    assert page.value_of("document.activeElement.className") == "skip"
    wanted = page.value_of(
        "[...document.querySelectorAll('a,summary,.plot')].filter(e => e.offsetParent || "
        "e.className === 'skip').length")
    seen = {0}
    for _ in range(wanted + 20):
        seen.add(page.value_of("[...document.querySelectorAll('a,summary,.plot,.scroll,pre')]"
                               ".indexOf(document.activeElement)"))
        page.press_tab()
    assert len(seen - {-1}) >= wanted
    page.show(pages["call"], fragment="#evidence:call.timeline")
    assert page.value_of("document.getElementById('evidence:call.timeline').closest('details')"
                         ".open")


def test_runs_side_by_side_are_a_table_with_values(page: Page, pages: dict[str, Path]) -> None:
    """A column for each run, in words as well as in colours; rows lead to the findings."""
    page.show(pages["merged"])
    rows = page.value_of("[...document.querySelectorAll('figure .grid tr')].map("
                         "r => [...r.cells].map(c => c.innerText))")
    assert rows[0] == ["finding", "direct", "relayed"]
    assert ["Connectivity", "\u25cf pass\ndirect", "\u25cf pass\nrelayed"] in rows
    assert page.value_of("[...document.querySelectorAll('figure .grid tbody a')].length") >= 5


def test_a_line_of_sdp_has_its_caret_below_the_place(pages: dict[str, Path]) -> None:
    """Number, line, and a caret as wide as what it is about."""
    text = pages["sdp"].read_text()
    assert '<pre>8 | a=ice-ufrag:<mark>F7</mark>' in text
    assert '\n  |             <span class="caret" aria-hidden="true">^^</span></pre>' in text


@pytest.mark.parametrize("kind", KINDS)
def test_junit_is_valid_and_its_counts_add_up(nat_report: Program, reports: Path, kind: str,
                                              tmp_path: Path) -> None:
    """By the schema that is kept with the renderer, and suite by suite."""
    output = tmp_path / "junit.xml"
    nat_report("render", str(reports / f"{kind}.json"), "--format", "junit", "--output",
               str(output))
    done = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", str(JUNIT), str(output)],
                          capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 0, done.stderr
    root = ElementTree.parse(output).getroot()
    for name, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error"),
                      ("skipped", "skipped")):
        # Jenkins' schema counts what was skipped in suites only.
        if name != "skipped":
            assert int(root.get(name, "")) == len(list(root.iter(tag)))
        for suite in root:
            assert int(suite.get(name, "")) == len(list(suite.iter(tag)))


def test_the_same_seed_gives_the_same_page(nat_sim: Program) -> None:
    """Byte for byte."""
    arguments = ("call", "--b", "cgn-cell-sym", "--media", "2s", "--seed", "9", "--format", "html")
    first = nat_sim(*arguments)
    assert first.out == nat_sim(*arguments).out and "<svg" in first.out
