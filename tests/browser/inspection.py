"""A look at a page as everybody sees it: by eye, by ear, on a narrow screen, in the dark."""

from pathlib import Path
from typing import Any, Final, Literal
from urllib.parse import urlsplit

from playwright.sync_api import ConsoleMessage, Page, Response

Scheme = Literal["light", "dark"]
AXE: Final = (Path(__file__).parent / "vendor" / "axe.min.js").read_text("utf-8")
RULES: Final = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
CONTRAST: Final = "color-contrast"
NARROW: Final = 320
"""Width in pixels to which a page must reflow without scrolling sideways (WCAG 2.2, success criterion 1.4.10)."""
DJANGOS_OWN: Final = [["#searchbar"], [".inline-group"]]
"""Parts of Django's admin whose fields have no visible label or no label at all."""
WIDE: Final = 1280
ITS_OWN: Final = [["main"], ["details[open]"]]
"""What differs from page to page: its main part, and a menu that was opened."""
SCHEMES: Final[tuple[Scheme, Scheme]] = ("light", "dark")
_LOADER: Final = f"self.loadAxe = () => {{{AXE}\n}};"
"""Goes to a page's browser once, not to each document: sending half a megabyte costs more than all that axe does with it."""
_RUN = """async ([part, options]) => {
  const {violations} = await axe.run(part, options);
  return violations.map((found) => [found.id, found.nodes.map((node) => node.target.join(" "))]);
}"""


class Inspector:
    """Walks beside a person and notes what is wrong with each page that is shown to it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.faults: list[str] = []
        self.seen: list[str] = []
        self._scheme, self._other = SCHEMES
        page.add_init_script(_LOADER)
        page.on("console", self._hear)
        page.on("response", self._receive)

    def _hear(self, message: ConsoleMessage) -> None:
        # A form that is refused is answered by a page of status 400 or 403, and the browser writes a line about each.
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")

    def _receive(self, response: Response) -> None:
        if urlsplit(response.url).hostname != "localhost":
            self.faults.append(f"foreign origin: {response.url}")
        if response.status >= 400 and not response.request.is_navigation_request():
            self.faults.append(f"{response.status} for {response.url}")

    def look(self, name: str) -> None:
        """Hold the page that is open now to the rules of accessibility, and to a narrow screen.

        Structure and colours are the same in every language, so they are looked at in English alone: the whole page as it is
        shown, then the colours of what is its own in the other scheme and at the other width, where the walk goes on. What
        every page has around its own part is seen in both schemes so, too. Who walks in Japanese walks on a narrow screen.
        """
        page = self.page
        self.seen.append(name)
        page.wait_for_load_state()
        language = page.locator("html").get_attribute("lang")
        self._measure(f"{name} ({language})")
        if language != "en":
            return
        page.evaluate("typeof axe === 'undefined' && loadAxe()")
        self._run(name, {"type": "tag", "values": RULES}, {})
        self._scheme, self._other = self._other, self._scheme
        size = page.viewport_size
        assert size
        page.emulate_media(color_scheme=self._scheme)
        page.set_viewport_size({"width": WIDE if size["width"] == NARROW else NARROW, "height": size["height"]})
        self._run(name, {"type": "rule", "values": [CONTRAST]}, {"include": ITS_OWN})
        self._measure(f"{name} ({language})")

    def _measure(self, name: str) -> None:
        """Note a page that is wider than a narrow screen."""
        size = self.page.viewport_size
        if size and size["width"] == NARROW and (width := self.page.evaluate("document.documentElement.scrollWidth")) > NARROW:
            self.faults.append(f"{name}: {width} px wide on a screen of {NARROW} px")

    def _run(self, name: str, only: dict[str, Any], part: dict[str, Any]) -> None:
        options = {"runOnly": only, "resultTypes": ["violations"], "preload": False, "iframes": False}
        for rule, places in self.page.evaluate(_RUN, [part | {"exclude": DJANGOS_OWN}, options]):
            self.faults.append(f"{name} ({self._scheme}): {rule} at {', '.join(places[:3])}")
