"""Letters as their reader's program draws them: the delivered HTML, in a browser without a window.

What is measured on the page is what a person would trip over: text beyond the edge, text too faint to read, anything
that is fetched. DECORUM_SHOW_LETTERS=FOLDER keeps the pictures, for looking at.
"""

import html
import json
import os
import pathlib
import re
import shutil
import struct
import subprocess
import unittest
import zlib

from support.client import Client
from support.messages import message
from support.notice_case import NoticeCase, parts
from support.outbound import charter, page
from support.scratch import wait_until
from support.sink import Sink

BROWSER = shutil.which("chromium-headless-shell") or shutil.which("chromium")

RANT = "My boss is a complete moron, as everyone knows. The wifi password is " + "Tulip-4711" * 6

# Runs beside the letter, which holds no script of its own.
MEASURE = """
<script>
const light = c => { const [r, g, b] = c.map(v => (v /= 255) <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                     return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
const rgb = text => text.match(/[\\d.]+/g).map(Number);
const ground = node => { for (; node; node = node.parentElement) {
    const colour = rgb(getComputedStyle(node).backgroundColor);
    if (colour.length < 4 || colour[3] > 0) return colour.slice(0, 3); } return [255, 255, 255]; };
addEventListener("load", () => {
  const seen = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const node = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || node.tagName == "SCRIPT") continue;
    const style = getComputedStyle(node), box = node.getBoundingClientRect();
    const [a, b] = [light(rgb(style.color).slice(0, 3)), light(ground(node))].sort((x, y) => y - x);
    seen.push({text: walk.currentNode.data.trim().slice(0, 40), contrast: (a + 0.05) / (b + 0.05),
               size: parseFloat(style.fontSize), right: box.right, height: box.height});
  }
  const out = document.createElement("pre");
  out.id = "measured";
  out.textContent = JSON.stringify({seen, width: innerWidth, needed: document.documentElement.scrollWidth,
      dark: matchMedia("(prefers-color-scheme: dark)").matches,
      fetched: performance.getEntriesByType("resource").map(one => one.name)});
  document.body.append(out);
});
</script>
"""


def pixels(png):
    """Width, height, and how many different octets its picture has."""
    width, height = struct.unpack(">II", png[16:24])
    octets, at = b"", 8
    while at < len(png):
        length, kind = struct.unpack(">I4s", png[at:at + 8])
        if kind == b"IDAT":
            octets += png[at + 8:at + 8 + length]
        at += 12 + length
    return width, height, len(set(zlib.decompress(octets)))


# ctest: slow
@unittest.skipUnless(BROWSER, "no headless browser: gateway/install-packages browser")
class LettersLook(NoticeCase):
    rules = charter().replace('"harassment"]', '"harassment", "confidentiality"]')

    def setUp(self):
        self.mta, self.letters = self.serve_here(Sink()), self.serve_here(Sink())
        self.decorum = self.gateway(
            self.letters.port, {"submission": {"protocol": "smtp", "policy": "outbound", "upstream": "mta"}},
            {"mta": {"protocol": "smtp", "address": f"127.0.0.1:{self.mta.port}"}})
        self.web.routes["/jane"] = page(RANT)
        self.folder = self.scratch.folder("browser")

    def browse(self, file, width, dark, *words):
        return subprocess.run(
            [BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--force-device-scale-factor=1",
             f"--user-data-dir={self.folder / 'profile'}", f"--window-size={width},1400",
             "--host-resolver-rules=MAP * ~NOTFOUND", f"--blink-settings=preferredColorScheme={0 if dark else 1}", *words,
             file.as_uri()], capture_output=True, timeout=90, check=True).stdout

    def measured(self, letter, width, dark):
        file = self.folder / "measured.html"
        file.write_text(letter.replace("</body>", MEASURE + "</body>"))
        found = re.search(r'<pre id="measured">(.*?)</pre>', self.browse(file, width, dark, "--dump-dom").decode(), re.S)
        return json.loads(html.unescape(found.group(1)))

    def picture(self, letter, width, dark, name):
        file, png = self.folder / f"{name}.html", self.folder / f"{name}.png"
        file.write_text(letter)
        self.browse(file, width, dark, f"--screenshot={png}")
        if folder := os.environ.get("DECORUM_SHOW_LETTERS"):
            shutil.copy(png, pathlib.Path(folder, png.name))
        return png.read_bytes()

    def letter(self, number):
        return parts(wait_until(lambda: self.letters.accepted()[number:], 20, "a letter")[0].octets)[1]

    def write(self, to, word):
        with Client(self.decorum.port) as client:
            client.ehlo()
            octets = message(sender="Jane Martin <jane@example.org>", body=word.encode() + b"\r\n")
            self.assertEqual(client.deliver(octets, recipients=[to]).code, 250)

    def test_a_letter_can_be_read_on_any_screen_by_day_and_by_night(self):
        self.write("anna@elsewhere.example", "hello")
        notice = self.letter(0)
        self.write(re.search(r"mailto:(decorum)%2B([a-z2-7]+)(@example\.org)", notice).expand(r"\1+\2\3"), "ME")
        self.assertIn("Tulip-4711Tulip-4711", notice, "a word that is wider than the page")
        for name, letter, widths in (("notice", notice, (320, 720, 1280)), ("profile", self.letter(1), (320,))):
            for width in widths:
                for dark in (False, True):
                    with self.subTest(letter=name, width=width, dark=dark):
                        self.assert_readable(letter, width, dark, f"{name}-{width}-{'dark' if dark else 'light'}")

    def assert_readable(self, letter, width, dark, name):
        found = self.measured(letter, width, dark)
        self.assertEqual((found["width"], found["dark"], found["fetched"]), (width, dark, []))
        self.assertLessEqual(found["needed"], width, "nothing stands beyond the edge")
        self.assertGreater(len(found["seen"]), 12)
        for one in found["seen"]:
            self.assertGreaterEqual(one["contrast"], 4.5, one)   # WCAG 2.2, 1.4.3
            self.assertGreaterEqual(one["size"], 12, one)
            self.assertLessEqual(one["right"], width, one)
            self.assertGreater(one["height"], 0, one)
        shown = pixels(self.picture(letter, width, dark, name))
        self.assertEqual(shown[:2], (width, 1400))
        self.assertGreater(shown[2], 100, "an empty page")
