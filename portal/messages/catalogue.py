"""The catalogue of one language: `django.po`, which people edit, and `django.mo`, which Django reads, both kept in the repository.

Both are written without GNU gettext, and without dates or line numbers, so that the same texts always make the same files.
"""

import io
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.conf import settings

from portal.messages.extraction import Text

_HEADER = "# Texts of the portal, language `{language}`. The message ids are the English texts; `manage.py messages` keeps and compiles this file."
_PLACE = re.compile(r"%\([a-z_]+\)[a-z]|%[a-z%]|\{[a-z_]*\}|</?[a-z][^>]*>")
"""What a translation must carry over as it is: `%(name)s`, `%d`, `{count}`, and the few tags of texts that hold a link."""


class Catalogue(Catalog):
    """A Babel catalogue whose header says what readers need and nothing that changes: no dates, no names, no version of the tool."""

    def __init__(self, language: str) -> None:
        super().__init__(locale=language, domain="django", header_comment=_HEADER.format(language=language), fuzzy=False)

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        """The header's lines."""
        return [
            ("Project-Id-Version", "Vestibule"),
            ("Language", str(self.locale_identifier)),
            ("Plural-Forms", self.plural_forms),
            ("MIME-Version", "1.0"),
            ("Content-Type", "text/plain; charset=utf-8"),
            ("Content-Transfer-Encoding", "8bit\n"),
        ]

    @mime_headers.setter
    def mime_headers(self, headers: object) -> None:
        """Take nothing over from another header."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong with a catalogue: its kind in one word, and the text it is about."""

    kind: str
    text: str

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


def languages() -> tuple[str, ...]:
    """Return the languages that need a catalogue: all but the one of the message ids."""
    return tuple(code for code, _name in settings.LANGUAGES if code != settings.LANGUAGE_CODE)


def folder_of(language: str) -> Path:
    """Return the folder of a language's two files."""
    return Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES"


def read(path: Path, language: str) -> Catalogue:
    """Return the catalogue of a `.po` file; an empty one when there is no file yet."""
    catalog = Catalogue(language)
    if path.exists():
        with path.open("rb") as file:
            for message in _messages(read_po(file, locale=language, ignore_obsolete=True, abort_invalid=True)):
                catalog[message.id] = message
    return catalog


def update(catalog: Catalogue, texts: Iterable[Text]) -> Catalogue:
    """Return a catalogue of exactly these texts, with the translations that `catalog` has of them."""
    fresh = Catalogue(str(catalog.locale_identifier))
    for found in texts:
        message_id = (found.text, found.plural) if found.plural else found.text
        fresh.add(message_id, locations=[(found.path, 1)], auto_comments=found.notes, context=found.context)
    for message in _messages(fresh):
        before = catalog.get(message.id, message.context)
        if before is not None and before.pluralizable == message.pluralizable:
            message.string = before.string
            message.flags |= before.flags & {"fuzzy"}
            message.user_comments = before.user_comments
    return fresh


def written(catalog: Catalogue) -> bytes:
    """Return the `.po` file of a catalogue, by the files its texts stand in."""
    out = io.BytesIO()
    write_po(out, catalog, width=160, sort_by_file=True, include_lineno=False)
    return out.getvalue()


def compiled(catalog: Catalogue) -> bytes:
    """Return the `.mo` file of a catalogue; fuzzy and missing translations are left out, so that those texts stay English."""
    out = io.BytesIO()
    write_mo(out, catalog)
    return out.getvalue()


def problems(catalog: Catalogue, texts: Iterable[Text], mo_file: Path) -> Iterator[Problem]:
    """Yield all that is wrong: texts missing, fuzzy, stale, or with other placeholders than their English; a `.mo` file of other content."""
    wanted = update(catalog, texts)
    for message in _messages(wanted):
        if catalog.get(message.id, message.context) is None or not all(_forms(message.string)):
            yield Problem("missing", _shown(message))
        elif message.fuzzy:
            yield Problem("fuzzy", _shown(message))
        elif not _places_agree(message):
            yield Problem("placeholders", _shown(message))
    for message in _messages(catalog):
        if wanted.get(message.id, message.context) is None:
            yield Problem("stale", _shown(message))
    if not mo_file.exists() or mo_file.read_bytes() != compiled(catalog):
        yield Problem("not compiled", mo_file.name)


def _messages(catalog: Catalog) -> Iterator[Message]:
    """Yield the messages but the header, which is the translation of the empty text."""
    return (message for message in catalog if message.id)


def _forms(strings: str | Iterable[str] | None) -> tuple[str, ...]:
    return (strings or "",) if strings is None or isinstance(strings, str) else tuple(strings)


def _shown(message: Message) -> str:
    return f"{_forms(message.id)[0]!r} ({', '.join(sorted({path for path, _line in message.locations}))})"


def _places_agree(message: Message) -> bool:
    """Tell whether every translation carries over what is filled in: all of it, once; a plural's one form may leave nothing out either."""
    expected = Counter(_PLACE.findall(_forms(message.id)[-1]))
    return all(Counter(_PLACE.findall(form)) == expected for form in _forms(message.string))
