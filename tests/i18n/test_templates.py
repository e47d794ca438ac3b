"""No template and no script says a word of its own: every text goes through the catalogue."""

import ast
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path

import pytest
from django.template.base import Lexer, TokenType

from portal.conf import BASE_DIR

TEMPLATES = sorted(path for path in (BASE_DIR / "templates").rglob("*") if path.suffix in {".html", ".txt"})
SCRIPTS = sorted((BASE_DIR / "static" / "js").glob("*.js"))
MODULES = sorted(
    path
    for folder in ("portal", "accounts", "mfa", "policies")
    for path in (BASE_DIR / folder).rglob("*.py")
    if not {"migrations", "management", "demo", "suite", "benchmark"} & set(path.parts)
)
SAME_EVERYWHERE = frozenset({"ARN", "JSON", "UTC", "CSV", "HTML", "CloudTrail"})
"""Words that are the same in every language."""
SAID = frozenset({"aria-label", "alt", "title", "placeholder", "data-copied", "data-show", "data-hide", "label", "content"})
WORD = re.compile(r"[A-Za-z]{2,}")
ATTRIBUTE = re.compile(r'\bdata-[a-z-]+=""')
"""What is left of a translated attribute in a piece that another template puts into one of its tags."""
ADDRESS = re.compile(r"\S+@example\.com|(?<!\S)/\S*|\bsignin:[A-Za-z0-9]+")
"""Addresses, and names of actions."""
LITERAL = re.compile(r'\b(?:text|title|label|value)="([^"]*)"')
CLASSES = frozenset({"layout", "width", "bodyclass", "main"})
"""Blocks of the layouts that hold class names."""
MARKS = frozenset({"_", "gettext", "gettext_lazy", "ngettext", "pgettext"})
SHOWN = frozenset({"label", "help_text", "verbose_name", "verbose_name_plural", "description", "empty_label"})
ERRORS = frozenset({"BadInput", "Forbidden", "NotFound", "TooMany", "Unavailable", "TooLarge", "WrongType", "LooksReal", "ValidationError"})


class _Bare(HTMLParser):
    """Collects text and spoken attributes of what a template says outside of its tags."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._skipped = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._skipped += tag in {"style", "script"}
        given = dict(attrs)
        if tag != "meta":
            self.found += [value for name, value in attrs if value and (name in SAID or name.startswith("data-text-"))]
        if tag == "input" and given.get("type") == "submit":
            self.found.append(given.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        self._skipped -= tag in {"style", "script"}

    def handle_data(self, data: str) -> None:
        if not self._skipped:
            self.found.append(data)


def bare_texts(source: str) -> list[str]:
    """Return the words that a template says without asking the catalogue."""
    outside: list[str] = []
    found: list[str] = []
    inside = ""
    for token in Lexer(source).tokenize():
        name = token.contents.split(" ")[0]
        is_tag = token.token_type == TokenType.BLOCK
        if inside:
            inside = "" if is_tag and name == f"end{inside}" else inside
        elif is_tag and (name in {"blocktranslate", "comment"} or (name == "block" and token.contents.split()[1] in CLASSES)):
            inside = name
        elif is_tag and name in {"include", "with", "field"}:
            found += LITERAL.findall(token.contents)
        elif token.token_type == TokenType.TEXT:
            outside.append(token.contents)
    reader = _Bare()
    reader.feed("".join(outside))
    reader.close()
    words = [ADDRESS.sub("", ATTRIBUTE.sub("", text)) for text in [*reader.found, *found]]
    return [text.strip() for text in words if set(WORD.findall(text)) - SAME_EVERYWHERE]


def unmarked_texts(source: str) -> Iterator[str]:
    """Yield the texts of a module that people get to see as they are: labels, names and public sentences of errors."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            shown = [keyword.value for keyword in node.keywords if keyword.arg in SHOWN]
            for value in [*shown, *(node.args[:1] if name in ERRORS else [])]:
                yield from _plain(value)
        elif isinstance(node, ast.ClassDef):
            for line in node.body:
                if isinstance(line, ast.Assign) and SHOWN & {target.id for target in line.targets if isinstance(target, ast.Name)}:
                    yield from _plain(line.value)


def _plain(value: ast.expr) -> Iterator[str]:
    """Yield what a value says in plain words, whether or not something is filled in."""
    if isinstance(value, ast.Constant) and isinstance(value.value, str) and WORD.search(value.value):
        yield value.value
    elif isinstance(value, ast.JoinedStr):
        yield ast.unparse(value)


def name_of(path: Path) -> str:
    return path.relative_to(BASE_DIR).as_posix()


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_templates_say_nothing_of_their_own(path: Path) -> None:
    assert not bare_texts(path.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "source",
    [
        "<p>Sign in</p>",
        '<img alt="A picture">',
        '<input type="submit" value="Go">',
        '{% include "elements/alert.html" with text="Something is wrong" %}',
        '{% if form %}Name: {% translate "Account" %}{% endif %}',
        "{{ kind }} until {{ then }}",
        'data-cancelled="You cancelled." data-failed=""',
    ],
)
def test_a_bare_text_is_found(source: str) -> None:
    assert bare_texts(source)


@pytest.mark.parametrize(
    "source",
    [
        '<p class="card">{% translate "Sign in" %}</p>',
        "{% blocktranslate trimmed %}Sign in as {{ name }}{% plural %}Sign in{% endblocktranslate %}",
        '<a href="/signin/" title="{% translate \'Sign in\' %}">{{ label }}</a>',
        "<dt>ARN</dt><dd>{{ arn }}</dd>{# a note #}{% comment %}a note{% endcomment %}",
        '<input placeholder="username@example.com">',
        """data-cancelled="{% translate 'You cancelled.' %}" data-failed="{% translate 'It failed.' %}\"""",
        '{% include "elements/alert.html" with kind="error" text=text %}',
    ],
)
def test_a_marked_text_is_left_alone(source: str) -> None:
    assert not bare_texts(source)


def test_modules_mark_what_people_see() -> None:
    found = [(name_of(path), text) for path in MODULES for text in unmarked_texts(path.read_text(encoding="utf-8"))]
    assert not found


@pytest.mark.parametrize(
    "source",
    ['field(label="Name")', 'raise BadInput("No such thing.")', 'raise BadInput(f"No {thing}.")', 'class Config:\n    verbose_name = "Portal"'],
)
def test_an_unmarked_text_of_a_module_is_found(source: str) -> None:
    assert list(unmarked_texts(source))


def test_a_marked_text_of_a_module_is_left_alone() -> None:
    assert not list(unmarked_texts('field(label=_("Name"))\nraise BadInput(detail="not shown")\nraise NotFound(_("No such thing."))'))


@pytest.mark.parametrize("path", SCRIPTS, ids=name_of)
def test_scripts_take_their_words_from_the_page(path: Path) -> None:
    source = path.read_text(encoding="utf-8")
    shown = re.findall(r"(?:textContent|innerText|ariaLabel|placeholder|title|alt)\s*=\s*[^;]*?[\"'`]([^\"'`]*)[\"'`]", source)
    shown += re.findall(r"""(?:\b(?:alert|confirm|prompt)\(|setAttribute\(["'](?:title|alt|aria-label|placeholder)["'],)\s*["'`]([^"'`]*)""", source)
    assert not [text for text in shown if WORD.search(re.sub(r"\{[a-z]+\}", "", text))]
