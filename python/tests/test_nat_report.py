"""nat-report on reports that the other tools have really written."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from itertools import permutations
from pathlib import Path
from xml.etree import ElementTree

import jsonschema
import pytest
from PIL import Image

from binaries import REPOSITORY, Json, Program

SCHEMA = REPOSITORY / "reports" / "model" / "report.schema.json"
OK, FINDINGS, COULD_NOT, INCONCLUSIVE = range(4)


@pytest.fixture(scope="module")
def reports(nat_probe: Program, sdp_lint: Program,
            tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with two runs of nat-probe and one of sdp-lint."""
    folder = tmp_path_factory.mktemp("reports")
    for name in ("first", "second"):
        nat_probe("--format", "json", "--output", str(folder / f"{name}.json"), "--seed", "7")
    (folder / "bad.sdp").write_text("v=0\r\no=- 1 1 IN IP4 81.2.69.142\r\ns=-\r\n")
    sdp_lint(str(folder / "bad.sdp"), "--format", "json", "--output", str(folder / "sdp.json"))
    assert len(list(folder.glob("*.json"))) == 3
    return folder


def loaded(path: Path) -> Json:
    """A report, valid by the schema that is shipped."""
    document: Json = json.loads(path.read_text())
    jsonschema.validate(document, json.loads(SCHEMA.read_text()))
    return document


# What a format begins with.
BEGINNINGS = {"text": "No server was given", "markdown": "## ", "html": "<!DOCTYPE html>",
              "junit": "<?xml", "sarif": "{", "json": "{", "jsonl": "{", "github": "::"}


@pytest.mark.parametrize("form", BEGINNINGS)
def test_a_saved_report_is_shown_in_every_format(nat_report: Program, reports: Path,
                                                 form: str) -> None:
    """And what the run left open is no fault of showing it."""
    outcome = nat_report("render", str(reports / "first.json"), "--format", form)
    assert outcome.exit_code == OK, outcome.err
    assert outcome.out.startswith(BEGINNINGS[form]), outcome.out[:200]
    if form == "junit":
        ElementTree.fromstring(outcome.out)


def screenshot(page: Path, dark: bool) -> tuple[Image.Image, str]:
    """What Chromium shows of a page, and what it says on its console."""
    browser = shutil.which("chromium")
    if browser is None:
        pytest.skip("needs chromium")
    picture = page.with_suffix(f".{'dark' if dark else 'light'}.png")
    theme = 0 if dark else 1
    done = subprocess.run(
        [browser, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
         "--window-size=400,700", f"--user-data-dir={page.parent / 'profile'}",
         f"--blink-settings=preferredColorScheme={theme}", "--enable-logging=stderr",
         f"--screenshot={picture}", page.as_uri()],
        capture_output=True, text=True, errors="replace", check=False, timeout=60)
    with Image.open(picture) as image:
        return image.convert("RGB"), "\n".join(
            line for line in done.stderr.splitlines() if "CONSOLE" in line)


def test_html_shows_something_in_both_themes_and_asks_nobody(nat_report: Program, reports: Path,
                                                             tmp_path: Path) -> None:
    """One file: no console message, which a request or a script would give (CSP)."""
    page = tmp_path / "run.html"
    assert nat_report("render", str(reports / "first.json"), "--format", "html", "--output",
                      str(page)).exit_code == OK
    for dark in (False, True):
        image, console = screenshot(page, dark)
        assert console == ""
        corner = image.getpixel((0, 0))
        assert isinstance(corner, tuple) and (sum(corner) < 128) == dark
        # Ink of several kinds, and much of it.
        colours = image.getcolors(maxcolors=1 << 20)
        assert colours is not None and len(colours) > 20
        assert sum(count for count, colour in colours if colour != corner) > 5000
    # That such a message would be seen.
    text = page.read_text()
    page.write_text(text.replace("</body>", '<img src="https://example.org/x.png"></body>'))
    assert "Content Security Policy" in screenshot(page, False)[1]


def test_rendering_as_json_changes_nothing(nat_report: Program, reports: Path) -> None:
    """The report is the same, byte for byte."""
    outcome = nat_report("render", str(reports / "first.json"), "--format", "json")
    assert outcome.out == (reports / "first.json").read_text()


def test_what_counts_is_chosen_with_fail_on(nat_report: Program, reports: Path) -> None:
    """A report with errors is shown with 0, unless somebody asks."""
    assert nat_report("render", str(reports / "sdp.json")).exit_code == OK
    assert nat_report("render", str(reports / "sdp.json"),
                      "--fail-on", "low").exit_code == FINDINGS


def test_two_runs_of_one_network_do_not_differ(nat_report: Program, reports: Path) -> None:
    """Other ports and other times are no difference."""
    outcome = nat_report("diff", str(reports / "first.json"), str(reports / "second.json"))
    assert outcome.exit_code == OK, outcome.out
    assert outcome.out.startswith("Nothing differs in ")


def test_healthy_calls_do_not_differ(nat_report: Program, nat_probe: Program,
                                     tmp_path: Path) -> None:
    """Whatever the computer did meanwhile: each of four runs against each other."""
    runs = [tmp_path / f"{number}.json" for number in range(4)]
    for run in runs:
        nat_probe("report", "--budget", "6s", "--format", "json", "--output", str(run))
    for before, after in permutations(runs, 2):
        outcome = nat_report("diff", str(before), str(after), "--format", "json")
        document = outcome.json()
        assert document["sections"][0]["findings"] == [], document["headline"]
        assert outcome.exit_code == OK


def test_lines_name_the_servers(nat_report: Program, nat_probe: Program, tmp_path: Path) -> None:
    """By their URL, as the other formats do."""
    run = tmp_path / "run.json"
    nat_probe("report", "--quick", "--format", "json", "--output", str(run))
    lines = [json.loads(line) for line in
             nat_report("render", str(run), "--format", "jsonl").out.splitlines()]
    titles = {line["section_title"] for line in lines if line["section"] == "server-1"}
    assert len(titles) == 1 and re.fullmatch(r"turn:127\.0\.0\.1:\d+ over UDP", titles.pop())


def test_a_change_is_told_by_diff_and_history(nat_report: Program, reports: Path,
                                              tmp_path: Path) -> None:
    """The mapping is another one, and later UDP does not get through."""
    run = loaded(reports / "first.json")
    for number, (value, verdict) in enumerate([("endpoint-independent", "pass"),
                                               ("address-dependent", "pass"),
                                               ("address-dependent", "fail")]):
        run["started_at"] = f"2026-11-0{number + 1}T10:00:00.000000Z"
        for finding in run["sections"][0]["findings"]:
            if finding["id"] == "nat/mapping":
                finding["value"] = value
            if finding["id"] == "udp/reachability":
                finding["verdict"] = verdict
                if verdict == "fail":
                    finding["reason"] = {"code": "udp-blocked", "sentence": "Nothing came back."}
        (tmp_path / f"{number}.json").write_text(json.dumps(run))
    outcome = nat_report("diff", str(tmp_path / "0.json"), str(tmp_path / "1.json"))
    assert outcome.exit_code == OK, outcome.err
    assert "1 of " in outcome.out and "address-dependent" in outcome.out
    outcome = nat_report("diff", str(tmp_path / "1.json"), str(tmp_path / "2.json"))
    assert outcome.exit_code == FINDINGS
    assert "Nothing came back." in " ".join(outcome.out.split())
    outcome = nat_report("history", str(tmp_path))
    assert outcome.exit_code == FINDINGS
    assert "3 runs from 2026-11-01 to 2026-11-03: 1 worse, 1 otherwise" in outcome.out
    flat = " ".join(outcome.out.split())
    assert "pass (address-dependent) since 2026-11-02T10:00Z" in flat


def test_a_folder_is_summed_up(nat_report: Program, reports: Path, tmp_path: Path) -> None:
    """Tool by tool, with what fails where."""
    output = tmp_path / "merged.json"
    outcome = nat_report("merge", str(reports), "--format", "json", "--output", str(output))
    assert outcome.exit_code == FINDINGS, outcome.err
    merged = loaded(output)
    assert merged["headline"] == "3 runs: 1 has failures."
    assert [section["title"] for section in merged["sections"]] == \
        ["nat-probe, 2 runs", "sdp-lint, 1 run"]
    # What comes out is a report as any other.
    assert nat_report("render", str(output), "--format", "html").exit_code == OK


def test_broken_files_are_named_and_the_rest_counts(nat_report: Program, reports: Path,
                                                    tmp_path: Path) -> None:
    """No report, half a report, and something else altogether."""
    whole = (reports / "first.json").read_text()
    (tmp_path / "good.json").write_text(whole)
    (tmp_path / "half.json").write_text(whole[:len(whole) // 2])
    (tmp_path / "other.json").write_text('{"schema": "something/1"}')
    (tmp_path / "bytes.json").write_bytes(bytes(range(256)))
    for command in ("merge", "history"):
        outcome = nat_report(command, str(tmp_path))
        assert "3 files could not be used" in " ".join(outcome.out.split()), outcome.out
        for name in ("half.json", "other.json", "bytes.json"):
            assert f"{name}" in outcome.err
    assert nat_report("merge", str(tmp_path)).exit_code == INCONCLUSIVE
    (tmp_path / "good.json").unlink()
    outcome = nat_report("merge", str(tmp_path))
    assert outcome.exit_code == COULD_NOT
    assert "none of the files is a report" in outcome.err


def test_redacting_leaves_no_address_and_the_same_verdicts(nat_report: Program, reports: Path,
                                                           tmp_path: Path) -> None:
    """Also in the bytes of packets; equal addresses stay equal."""
    text = (reports / "first.json").read_text().replace("127.0.0.1", "81.2.69.142")
    (tmp_path / "run.json").write_text(text.replace("127.0.0.2", "81.2.69.143"))
    outcome = nat_report("render", str(tmp_path / "run.json"), "--redact", "--format", "json")
    assert outcome.exit_code == OK, outcome.err
    assert "81.2.69" not in outcome.out and "2112a442" not in outcome.out
    assert "21 12 a4 42" not in outcome.out
    before, after = json.loads(text), outcome.json()
    jsonschema.validate(after, json.loads(SCHEMA.read_text()))
    ids = [(finding["id"], finding["verdict"])
           for section in after["sections"] for finding in section["findings"]]
    assert ids == [(finding["id"], finding["verdict"])
                   for section in before["sections"] for finding in section["findings"]]
    subject = after["sections"][0]["subject"]
    assert subject["local"] == subject["mapped"] and subject["local"].startswith("198.18.0.")


# What says whose network a report is of.
SECRETS = ("turn.geheim-firma.de", "eth-joes", "81.2.69.142", "/srv/kunden/mueller",
           "ice-mueller.json")


@pytest.fixture(scope="module")
def telling(nat_probe: Program, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with all sections, of a network whose names and addresses are somebody's."""
    folder = tmp_path_factory.mktemp("telling")
    servers = folder / "ice-mueller.json"
    servers.write_text(json.dumps({"iceServers": [
        {"urls": ["turn:turn.geheim-firma.de", "stun:stun.geheim-firma.de:3479"],
         "username": "u", "credential": "p"}]}))
    done = nat_probe("report", "--ice-servers", str(servers), "--budget", "2s", "--format", "json")
    named = done.json()
    whole = nat_probe("report", "--budget", "6s", "--format", "json").out
    # The built-in server's report has the figures; it is given the names of another.
    text = whole.replace("turn:127.0.0.1", "turn:turn.geheim-firma.de")
    text = text.replace("127.0.0.1", "81.2.69.142").replace('"lo"', '"eth-joes"')
    document = json.loads(text.replace("from lo", "from eth-joes"))
    document["sections"] += [dict(section, id=f"named/{number}")
                             for number, section in enumerate(named["sections"])]
    for section in document["sections"]:
        for finding in section["findings"]:
            if section["id"].startswith("named/") and "evidence_ids" in finding:
                finding["evidence_ids"] = [document["evidence"][0]["id"]]  # its own stays behind
    document["parameters"]["ice-servers"] = "/srv/kunden/mueller/ice-mueller.json"
    document["evidence"][0].setdefault("lines", []).append(
        'read "/srv/kunden/mueller/ice-mueller.json", found turn.geheim-firma.de by eth-joes')
    saved = folder / "telling.json"
    saved.write_text(json.dumps(document))
    for secret in SECRETS:
        assert secret in saved.read_text(), f"{secret}: else it proves nothing"
    return saved


@pytest.mark.parametrize("form", ["json", "jsonl", "html", "text", "markdown", "junit", "sarif",
                                  "github"])
def test_redacting_leaves_no_name_in_any_format(nat_report: Program, telling: Path,
                                                form: str) -> None:
    """Hosts, interfaces, folders, files and addresses; all of them are in the report itself."""
    outcome = nat_report("render", str(telling), "--redact", "--format", form, "-v")
    assert outcome.exit_code == OK, outcome.err
    told = outcome.out.lower()
    interfaces = [each["name"] for each in loaded(telling)["environment"]["interfaces"]]
    for secret in (*SECRETS, *interfaces, "geheim-firma", "kunden", "mueller"):
        assert secret not in told, f"{secret} in {form}"
    if form in ("json", "html", "text"):
        assert "host1.example" in told and "if1" in told and ".json" in told


def test_redacting_keeps_equality_figures_and_what_is_ours(nat_report: Program,
                                                           telling: Path) -> None:
    """The same verdicts of the same ids, as many figures, and a server's name as often as before."""
    before = loaded(telling)
    after = nat_report("render", str(telling), "--redact", "--format", "json").json()
    jsonschema.validate(after, json.loads(SCHEMA.read_text()))

    def ours(document: Json) -> list[tuple[str, str, str | None]]:
        return [(finding["id"], finding["verdict"], finding.get("reason", {}).get("code"))
                for section in document["sections"] for finding in section["findings"]]

    def kinds(document: Json) -> list[str]:
        return [figure["kind"] for evidence in document["evidence"]
                for figure in evidence.get("data", {}).get("figures", [])]

    assert ours(after) == ours(before) and kinds(after) == kinds(before)
    assert "ladder" in kinds(after) and "topology" in kinds(after)
    del before["data"], after["data"]
    turn, stun = (next(iter(set(re.findall(f"{scheme}:(host[0-9]+[.]example)", json.dumps(after)))))
                  for scheme in ("turn", "stun"))
    assert turn != stun
    assert json.dumps(after).count(turn) == json.dumps(before).count("turn.geheim-firma.de")
    html = nat_report("render", str(telling), "--redact", "--format", "html").out
    assert "cannot be drawn" not in html and html.count("<figure") >= len(kinds(after))


def test_redacted_sums_do_not_name_the_files(nat_report: Program, telling: Path,
                                             tmp_path: Path) -> None:
    """Neither those that were read nor those that could not be."""
    folder = tmp_path / "kunden-mueller"
    folder.mkdir()
    for name in ("a", "b"):
        shutil.copy(telling, folder / f"mueller-{name}.json")
    (folder / "mueller-broken.json").write_text("{")
    for command in (["merge", str(folder)], ["history", str(folder)],
                    ["diff", str(folder / "mueller-a.json"), str(folder / "mueller-b.json")]):
        plain = nat_report(*command, "--format", "json").out
        assert "mueller-a" in plain, "else it proves nothing"
        hidden = nat_report(*command, "--redact", "--format", "json").out
        assert "mueller" not in hidden and "geheim" not in hidden, command[0]


@pytest.mark.parametrize(("arguments", "words"), [
    (["render"], "FILE"),
    (["render", "none.json"], "none.json"),
    (["render", "."], "nat-report merge"),
    (["diff", "a.json"], "FILE"),
    (["merge", "none"], "No such file"),
    (["frobnicate"], "frobnicate"),
    ([], "command"),
])
def test_wrong_usage_is_an_error_with_what_to_do(nat_report: Program, arguments: list[str],
                                                 words: str, tmp_path: Path) -> None:
    """Exit code 2, nothing on standard output."""
    outcome = nat_report(*arguments, cwd=tmp_path)
    assert outcome.exit_code == COULD_NOT
    assert outcome.out == ""
    assert words.lower() in outcome.err.lower(), outcome.err


@pytest.mark.parametrize("command", ["render {0}", "diff {0} {1}", "diff {1} {0}",
                                     "merge {0} {1}", "history {0}"])
def test_a_report_is_not_replaced_by_what_is_made_of_it(nat_report: Program, reports: Path,
                                                        tmp_path: Path, command: str) -> None:
    """It may be the only copy of its evidence."""
    files = [shutil.copy(reports / f"{name}.json", tmp_path) for name in ("first", "second")]
    kept = Path(files[0]).read_bytes()
    outcome = nat_report(*command.format(*files).split(), "--format", "html", "--output", files[0])
    assert outcome.exit_code == COULD_NOT
    assert "would replace the report itself" in outcome.err
    assert Path(files[0]).read_bytes() == kept


def test_an_empty_file_is_called_empty(nat_report: Program, tmp_path: Path) -> None:
    """Rather than not JSON at its first byte."""
    (tmp_path / "a.json").touch()
    outcome = nat_report("render", str(tmp_path / "a.json"))
    assert outcome.exit_code == COULD_NOT and "a.json: the file is empty" in outcome.err


def test_reports_of_two_tools_are_not_compared(nat_report: Program, reports: Path) -> None:
    """There is nothing to compare."""
    outcome = nat_report("diff", str(reports / "first.json"), str(reports / "sdp.json"))
    assert outcome.exit_code == COULD_NOT
    assert "nat-probe" in outcome.err and "sdp-lint" in outcome.err


def peak_of(program: Program, *arguments: str) -> tuple[int, int]:
    """Exit code, and the most kilobytes that were resident at a time. What wait4 says is at least the
    size of whoever started the program."""
    peak_kb = 0
    with subprocess.Popen([str(program.path), *arguments], stdout=subprocess.DEVNULL,
                          stderr=subprocess.DEVNULL) as process:
        while process.poll() is None:
            with contextlib.suppress(OSError):
                for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
                    if line.startswith("VmHWM:"):
                        peak_kb = max(peak_kb, int(line.split()[1]))
            time.sleep(0.002)
    return process.returncode, peak_kb


def test_a_thousand_reports_take_the_memory_of_few(nat_report: Program, reports: Path,
                                                   tmp_path: Path) -> None:
    """Ten times as many make no difference that shows: one is held at a time."""
    peaks = {}
    for count in (100, 1000):
        folder = tmp_path / str(count)
        folder.mkdir()
        for number in range(count):
            shutil.copyfile(reports / "first.json", folder / f"{number}.json")
        exit_code, peaks[count] = peak_of(nat_report, "merge", str(folder), "--output",
                                          str(tmp_path / "merged"))
        assert exit_code in (OK, INCONCLUSIVE)
    assert peaks[1000] < peaks[100] + 4096, f"kilobytes: {peaks}"


SMALL = ('{"schema":"portolan.report/1","tool":{"name":"nat-probe","version":"1"},"started_at":'
         '"2026-%02d-%02dT%02d:%02d:00Z","duration_us":1,"complete":true,"headline":"Calls work.",'
         '"sections":[{"id":"a","title":"A","findings":[{"id":"nat/mapping","title":"Mapping",'
         '"verdict":"pass","severity":"info","decides":false,"value":"endpoint-independent",'
         '"evidence_ids":["e"]},{"id":"relay/rtt","title":"Round trip","verdict":"pass","severity":'
         '"info","decides":false,"value":"%d.%d ms","evidence_ids":["e"]}]}],"evidence":[{"id":"e",'
         '"kind":"timing","title":"t","data":{"x":%d}}]}')


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A support desk's folder: 100,000 reports in subfolders, five of them cut in half."""
    folder = tmp_path_factory.mktemp("desk")
    for number in range(100_000):
        part = folder / f"{number // 1000:03}"
        if number % 1000 == 0:
            part.mkdir()
        text = SMALL % (1 + number % 12, 1 + number % 28, number % 24, number % 60,
                        20 + number % 5, number % 10, number)
        (part / f"{number:06}.json").write_text(
            text[:len(text) // 2] if number % 20_000 == 7 else text)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("command", ["merge", "history"])
def test_a_hundred_thousand_reports_are_read_in_little_memory(nat_report: Program, desk: Path,
                                                              tmp_path: Path, command: str) -> None:
    """What is broken is named in the result, left out and counted; what is shown was read."""
    output = tmp_path / "out.json"
    exit_code, peak_kb = peak_of(nat_report, command, str(desk), "--format", "json", "--output",
                                 str(output))
    assert exit_code == INCONCLUSIVE
    # Of a report stay its name and, for histories, a few bytes for each finding.
    assert 5 * 1024 < peak_kb < 32 * 1024, f"{peak_kb} kB"
    document = loaded(output)
    assert document["subject"]["run_count"] == 99_995
    assert document["subject"]["broken_count"] == 5
    assert document["headline"].endswith(" 5 files could not be used.")
    named = next(each for each in document["evidence"] if each["id"] == f"{command}/broken")
    assert [line.count(f"{number:06}.json") for line, number in
            zip(named["lines"], range(7, 100_000, 20_000), strict=True)] == [1] * 5
    assert "<number>" not in output.read_text()
