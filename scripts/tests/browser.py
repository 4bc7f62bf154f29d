"""A headless Chromium for the tests that open pages: what is wrong with a page as a reader sees it.

The browser is Debian's (`apt install chromium`), driven by Playwright, which downloads none.
"""

import importlib.util
import re
import shutil
from pathlib import Path
from typing import Any

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
SKELETON = """() => [...document.querySelectorAll("*")].filter(one => !one.closest("pre.code"))
    .map(one => one.tagName + " " + one.getAttributeNames().sort().join(" "))"""
BAD_IMAGES = """() => [...document.images].filter(one => !one.naturalWidth || !one.alt.trim())
    .map(one => one.outerHTML.slice(0, 80))"""
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
AXE = """() => axe.run(document, {resultTypes: ["violations"]}).then(found => found.violations
    .filter(one => ["serious", "critical"].includes(one.impact))
    .map(one => `${one.id}: ${one.nodes[0].html.slice(0, 120)}`))"""


def why_missing() -> str:
    """Return why no page can be opened here, "" where one can."""
    if not CHROMIUM:
        return "no chromium on the path (Debian: apt install chromium)"
    for package in ("playwright", "axe_playwright_python"):
        if importlib.util.find_spec(package) is None:
            return f"{package} is not installed"
    return ""


def axe_script() -> str:
    """Return the source of axe-core, which finds what keeps people from using a page."""
    axe = importlib.util.find_spec("axe_playwright_python")
    assert axe and axe.submodule_search_locations
    return Path(axe.submodule_search_locations[0], "axe.min.js").read_text()


class Browser:
    """Opens pages and watches what they do."""

    def __init__(self, chromium: Any) -> None:
        self.chromium = chromium

    def open(self, path: Path, width: int = 1440, scheme: str = "light") -> tuple[Any, list[str]]:
        """Return (page, faults): requests, console errors, dialogs; `faults` grows as it lives."""
        height = 900 if width > 500 else 844
        page, faults = self.chromium.new_page(viewport={"width": width, "height": height}), []
        page.emulate_media(color_scheme=scheme)

        def requested(request: Any) -> None:
            if not request.url.startswith("data:") and request.url != path.resolve().as_uri():
                faults.append(f"request {request.url}")

        def told(message: Any) -> None:
            if message.type in ("error", "warning"):
                faults.append(f"console {message.text}")

        page.on("request", requested)
        page.on("console", told)
        page.on("pageerror", lambda error: faults.append(f"script {error}"))
        page.on("dialog", lambda dialog: (faults.append("dialog"), dialog.dismiss()))
        page.goto(path.resolve().as_uri())
        return page, faults

    def printed_pages(self, path: Path) -> int:
        """Return on how many A4 pages a page is printed."""
        page, _ = self.open(path)
        return len(re.findall(rb"/Type\s*/Page\b", page.pdf(format="A4")))

    def faults(self, path: Path) -> list[str]:
        """Return all that is wrong with a page at both widths and in both looks."""
        script, found = axe_script(), []
        for width, scheme in ((1440, "light"), (390, "light"), (1440, "dark"), (390, "dark")):
            page, faults = self.open(path, width, scheme)
            found += faults
            if page.evaluate("window.ran"):
                found.append("a script of a text has run")
            found += [f"image {one}" for one in page.evaluate(BAD_IMAGES)]
            if page.evaluate(WIDER) > 0:
                found.append(f"wider than {width} px by {page.evaluate(WIDER)}")
            page.evaluate(script)
            found += [f"axe {one} ({width}, {scheme})" for one in page.evaluate(AXE)]
            page.close()
        return found
