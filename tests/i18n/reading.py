"""What a page says, as a person or a screen reader gets it, and which of it is English."""

import re
from functools import cache
from html.parser import HTMLParser

from portal.messages.catalogue import folder_of, read

SPOKEN_ATTRIBUTES = re.compile(r"aria-label|alt|title|placeholder|data-copied|data-show|data-hide|data-text-[a-z]+")
SILENT = frozenset({"script", "style", "pre", "code", "time"})
VOID = frozenset({"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"})
LANGUAGE = re.compile(r'<html[^>]* lang="([^"]+)"')
PLACE = re.compile(r"%\([a-z_]+\)[a-z]|%[a-z]|<[^>]+>")
SENTENCE = re.compile(r"(?:\b[A-Za-z][a-z']+,? ){3,}[a-z]+")


class _Reader(HTMLParser):
    """Collects what is said; what stands in `pre`, `code` and in elements of the class `mono` is material, not words."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        self.said += [value for name, value in attrs if value and SPOKEN_ATTRIBUTES.fullmatch(name)]
        if tag == "input" and values.get("type") == "submit":
            self.said.append(values.get("value") or "")
        mono = "mono" in (values.get("class") or "").split()
        if tag not in VOID and (self._silent or tag in SILENT or mono or values.get("lang") not in {None, "ja"}):
            self._silent.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and self._silent:
            self._silent.pop()

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and not self._silent:
            self.said.append(text)


def said_by(html: str) -> list[str]:
    """Return each text and each spoken attribute of a page."""
    reader = _Reader()
    reader.feed(html)
    return reader.said


def language_of(html: str) -> str:
    """Return what `<html lang>` says."""
    found = LANGUAGE.search(html)
    return found[1] if found else ""


@cache
def _english() -> tuple[frozenset[str], tuple[str, ...]]:
    """Return the English texts that Japanese has other words for, and the longest constant part of each that is a sentence."""
    whole, parts = set(), set()
    for message in read(folder_of("ja") / "django.po", "ja"):
        forms = (message.id,) if isinstance(message.id, str) else message.id
        translated = (message.string,) if isinstance(message.string, str) else tuple(message.string or ())
        for text in forms:
            if text and text not in translated:
                whole.add(text)
                part = max(PLACE.split(text), key=len).strip()
                if part.count(" ") >= 2:
                    parts.add(part)
    return frozenset(whole), tuple(parts)


def english_in(html: str, *, material: frozenset[str] = frozenset()) -> list[str]:
    """Return the English that a page says, apart from `material`: names of the world that are no words of the portal."""
    return [found for text in said_by(html) if text not in material for found in _english_of(text)]


@cache
def _english_of(text: str) -> tuple[str, ...]:
    """Return what is English in one text. Pages share most of theirs: a name, a menu, a button."""
    whole, parts = _english()
    return (*((text,) if text in whole else ()), *(part for part in parts if part in text), *SENTENCE.findall(text))
