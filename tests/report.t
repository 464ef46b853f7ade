#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""The pages of vfiotop report: complete on their own, accessible, and shown by a real browser at
the width of a phone, of a desk and of paper. Also the page of vfiotop serve. Pictures of them
stay in build/test."""

import html.parser
import pathlib
import re
import socket
import subprocess
import tempfile

from tap import done, test

ROOT = pathlib.Path(__file__).resolve().parent.parent
RECORDINGS = sorted((ROOT / "tests/recordings").glob("*.vfiotop"))
VOID = {"meta", "rect", "path", "br"}
WIDTHS = (390, 1280)


class Page(html.parser.HTMLParser):
    """What is wrong with a page, and its headings."""

    def __init__(self, text):
        super().__init__()
        self.open, self.wrong, self.levels, self.ids, self.refers = [], [], [], [], []
        self.inside = {}
        self.feed(text)
        if self.open:
            self.wrong.append(f"not closed: {self.open}")

    def handle_starttag(self, tag, attributes):
        attributes = dict(attributes)
        self.inside[tag] = []
        for parent in self.open:
            self.inside.setdefault(parent, []).append(tag)
        if tag not in VOID:
            self.open.append(tag)
        if tag in ("script", "link", "img", "iframe", "object"):
            self.wrong.append(f"there is a {tag}")
        if {"src", "href", "onload", "onclick"} & attributes.keys():
            self.wrong.append(f"{tag} refers to something: {attributes}")
        if re.fullmatch("h[1-6]", tag):
            self.levels.append(int(tag[1]))
        if tag == "svg":
            self.refers += attributes.get("aria-labelledby", "?").split()
            if attributes.get("role") != "img":
                self.wrong.append("a picture is not called one")
        if "id" in attributes:
            self.ids.append(attributes["id"])

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        if not self.open or self.open.pop() != tag:
            self.wrong.append(f"</{tag}> closes something else")
        if tag == "svg" and not {"title", "desc"} <= set(self.inside["svg"]):
            self.wrong.append("a picture has no description")
        if tag == "table" and not {"caption", "th"} <= set(self.inside["table"]):
            self.wrong.append("a table has no caption or no titles")


def check_page(name, text):
    page = Page(text)
    test(not page.wrong, f"{name}: the page is well-formed, and refers to nothing", *page.wrong)
    steps = [b - a for a, b in zip(page.levels, page.levels[1:])]
    test(page.levels[0] == 1 and page.levels.count(1) == 1 and max(steps) <= 1,
         f"{name}: headings are in order", page.levels)
    test(set(page.refers) <= set(page.ids) and len(page.ids) == len(set(page.ids)),
         f"{name}: each picture has a name and a description")
    test("url(" not in text and "http" not in text, f"{name}: nothing comes from the network")


def chromium(*arguments):
    with tempfile.TemporaryDirectory() as profile:
        done = subprocess.run(
            ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars",
             "--disable-dev-shm-usage", f"--user-data-dir={profile}", *map(str, arguments)],
            capture_output=True, text=True, timeout=600, check=True)
    return done.stdout


def check_widths(folder, pages):
    """A page of our own has each page in a frame of each width, and measures it there."""
    frames = "".join(f'<iframe width="{width}" height="600" src="{page.name}"></iframe>'
                     for page in pages for width in WIDTHS)
    harness = folder / "harness.html"
    harness.write_text(f"""<!DOCTYPE html>{frames}<pre id="out"></pre><script>
        onload = () => {{
            for (const frame of document.querySelectorAll('iframe')) {{
                const page = frame.contentDocument, root = page.documentElement;
                const small = [...page.querySelectorAll('svg')].filter(
                    svg => svg.getBoundingClientRect().width / svg.viewBox.baseVal.width * 12 < 9);
                out.textContent += `${{frame.getAttribute('src')}} ${{frame.width}} ` +
                    `${{root.scrollWidth}} ${{small.length}} ${{page.body.innerText.length}}\\n`;
            }}
        }};</script>""")
    dom = chromium("--allow-file-access-from-files", "--virtual-time-budget=10000", "--dump-dom",
                   harness.as_uri())
    measured = re.findall(r"^(?:.*>)?(\S+\.html) (\d+) (\d+) (\d+) (\d+)$", dom, re.MULTILINE)
    test(len(measured) == len(pages) * len(WIDTHS), "Chromium shows each page", dom[-500:])
    for name, width, needed, small, length in measured:
        test(int(needed) <= int(width) and small == "0" and int(length) > 300,
             f"{name}: {width} pixels are wide enough", f"{needed} needed, {small} too small")


def check_paper(page, pictures):
    paper = pictures / f"report-{page.stem}.pdf"
    chromium("--no-pdf-header-footer", f"--print-to-pdf={paper}", page.as_uri())
    sheets = len(re.findall(rb"/Type\s*/Page\b(?!s)", paper.read_bytes()))
    test(1 <= sheets <= 6, f"{page.name}: it prints", f"{sheets} sheets")
    picture = pictures / f"report-{page.stem}.png"
    chromium("--window-size=1280,3000", f"--screenshot={picture}", page.as_uri())
    test(picture.stat().st_size > 20000, f"{page.name}: there is something to be seen")


def check_live(pictures):
    """What vfiotop serve answers at /."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.set_inheritable(True)
        # As systemd hands a socket over: by its number, 3, and to this process.
        command = ["sh", "-c", 'exec 3<&"$0"; LISTEN_FDS=1 LISTEN_PID=$$ exec "$@"',
                   str(listener.fileno()), ROOT / "build/vfiotop", "serve", "--from=10",
                   "--speed=0.01", "--replay", ROOT / "tests/recordings/demo.vfiotop"]
        address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
        with subprocess.Popen(command, pass_fds=[listener.fileno()]) as server:
            # On a machine that is busy, it may not be made in time at first (503).
            subprocess.run(["curl", "-sf", "--retry", "5", "-o", "/dev/null", address],
                           timeout=600, check=True)
            dom = chromium("--virtual-time-budget=1000", "--dump-dom", address)
            picture = pictures / "serve.png"
            chromium("--window-size=1280,800", f"--screenshot={picture}", address)
            server.terminate()
    rows = re.findall(r"<tr><td[^>]*>(\d+)</td><td[^>]*>\d+</td><td>([a-z-]+)</td>", dom)
    test(rows == [("1", "hugemap"), ("2", "leaker"), ("3", "dpdk-testpmd")],
         "serve: Chromium has a row of each container", dom[-2000:])
    test(dom.count("<svg") >= 3 and "<script" not in dom, "serve: with pictures, and no script")
    test(picture.stat().st_size > 20000, "serve: there is something to be seen")


def main():
    pictures = ROOT / "build/test"
    pictures.mkdir(parents=True, exist_ok=True)
    print("TAP version 13")
    with tempfile.TemporaryDirectory() as name:
        folder, pages = pathlib.Path(name), []
        for recording in RECORDINGS:
            page = folder / f"{recording.stem}.html"
            subprocess.run([ROOT / "build/vfiotop", "report", recording, "-o", page], check=True)
            check_page(recording.stem, page.read_text())
            pages.append(page)
        text = {page.stem: page.read_text() for page in pages}
        test("ENOMEM: the locked-memory limit forbids it" in text["enomem"],
             "enomem: the cause is there in words")
        test("orphan" in text["orphan"] and "holds the container" in text["orphan"],
             "orphan: so is the leak")
        test('class="run"' in text["slow"] and "running for" in text["slow"],
             "slow: the map is seen in flight")
        test("may still reach memory" in text["short"], "short: the page warns")
        test("Unknown: the source proc" in text["stock-proc"],
             "stock-proc: what is unknown is said to be")
        check_widths(folder, pages)
        check_paper(folder / "demo.html", pictures)
    check_live(pictures)
    done()


main()
