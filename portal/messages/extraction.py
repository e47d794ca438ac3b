"""Finds every translatable text of the templates and of the Python modules."""

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages.extract import extract
from django.utils.translation.template import templatize

from portal.conf import BASE_DIR

TEMPLATES = "templates"
KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "_now": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
"""The functions that mark a text, and which of their arguments are context, text and plural; none named: the first is the text."""

_CALL = re.compile(rf"\b(?:{'|'.join(KEYWORDS)})\s*\(")
_COMMENT_TAG = "Translators:"


class Text(NamedTuple):
    """One marked text: where it stands, what it says, its plural and its context where it has them, and notes to translators."""

    path: str
    text: str
    plural: str | None
    context: str | None
    notes: tuple[str, ...]


def texts(root: Path = BASE_DIR) -> Iterator[Text]:
    """Yield every marked text below a checkout: templates first, then each Django app, in the order of their paths."""
    for path in sorted((root / TEMPLATES).rglob("*")):
        if path.suffix in {".html", ".txt"}:
            yield from _texts_in(_as_python(path, root), path.relative_to(root).as_posix())
    for app in sorted(root.glob("*/apps.py")):
        for path in sorted(app.parent.rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _texts_in(path.read_text(encoding="utf-8"), path.relative_to(root).as_posix())


def _as_python(path: Path, root: Path) -> str:
    """Return a template as Python, with Django's own converter; without indentation, which means nothing here and would mislead a tokenizer."""
    source = templatize(path.read_text(encoding="utf-8"), origin=path.relative_to(root).as_posix())
    return "\n".join(line.lstrip() for line in source.splitlines()) + "\n"


def _texts_in(source: str, path: str) -> Iterator[Text]:
    if not _CALL.search(source):  # most modules mark nothing, and a search takes a fiftieth of reading one token by token
        return
    found = extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS, comment_tags=(_COMMENT_TAG,), options={"encoding": "utf-8"})
    for _line, text, notes, context in found:
        first, plural = (text, None) if isinstance(text, str) else (text[0], text[1])
        yield Text(path=path, text=first, plural=plural, context=context, notes=tuple(notes))
