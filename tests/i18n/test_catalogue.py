"""The catalogues are complete, and the command that keeps them tells when they are not."""

import json
import shutil
import sys
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest
import yaml
from babel.messages.mofile import read_mo
from django.conf import settings
from django.core.management import CommandError, call_command
from pytest_django import Settings

from portal.conf import BASE_DIR
from portal.messages import flows
from portal.messages.catalogue import compiled, folder_of, languages, problems, read
from portal.messages.extraction import Text, texts

pytestmark = pytest.mark.xdist_group("catalogue")  # reading every text of the portal takes seconds: one test process does it for all

TEMPLATE = """{% translate "Sign in" %}
   {% blocktranslate trimmed count days=days %}
     {{ days }} day left.
  {% plural %}
     {{ days }} days left.
       {% endblocktranslate %}
 {{ label|default:_("Nothing") }} <p title="it's bare">{% translate "Post" context "verb" %}
"""
MODULE = '''"""A module."""
x = _("One") % {"a": 1} + gettext_lazy("Two"
      " and three") + ngettext("%(n)d cat", "%(n)d cats", n) + pgettext("time", "Second") + _(variable) + other("Not this")
'''


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with one template and one module."""
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(TEMPLATE)
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "apps.py").write_text("")
    (tmp_path / "app" / "module.py").write_text(MODULE)
    return tmp_path


@pytest.fixture
def copied(tmp_path: Path, settings: Settings) -> Path:
    """The catalogues, copied to where a test may spoil them; the Japanese folder."""
    shutil.copytree(BASE_DIR / "portal" / "locale", tmp_path / "locale")
    settings.LOCALE_PATHS = [tmp_path / "locale"]
    return tmp_path / "locale" / "ja" / "LC_MESSAGES"


@pytest.fixture(scope="module")
def marked() -> list[Text]:
    """Every marked text of the portal, collected once."""
    return list(texts())


@pytest.fixture
def already_marked(marked: list[Text], monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the command find what was collected once; `test_catalogues_are_complete` lets it collect by itself."""
    monkeypatch.setattr(flows, "texts", lambda: iter(marked))


def kinds_in(folder: Path, marked: list[Text]) -> list[str]:
    """Return the kinds of all that is wrong with the Japanese catalogue in a folder."""
    return [problem.kind for problem in problems(read(folder / "django.po", "ja"), marked, folder / "django.mo")]


def kinds(lines: list[str]) -> list[str]:
    """Return what each line of a check is about: `ja missing: …`."""
    return [line.removeprefix("ja ").partition(":")[0] for line in lines]


def test_every_language_but_that_of_the_message_ids_has_a_catalogue() -> None:
    assert languages() == ("ja",)
    assert all((folder_of(language) / "django.mo").exists() for language in languages())


def test_catalogues_are_complete() -> None:
    out = StringIO()
    call_command("messages", "--check", stdout=out)
    assert "The message catalogues are complete." in out.getvalue()


def test_without_babel_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "babel", None)
    with pytest.raises(CommandError, match=r"Babel is missing\. .*tests/requirements\.txt"):
        call_command("messages")


def test_collecting_twice_changes_nothing(copied: Path, marked: list[Text], already_marked: None) -> None:
    assert list(texts()) == marked
    flows.refresh()
    before = [(copied / name).read_bytes() for name in ("django.po", "django.mo")]
    flows.refresh()
    assert [(copied / name).read_bytes() for name in ("django.po", "django.mo")] == before


def test_what_django_reads_is_what_people_edit() -> None:
    for language in languages():
        folder = folder_of(language)
        catalog = read(folder / "django.po", language)
        with (folder / "django.mo").open("rb") as file:
            compiled_catalog = read_mo(file)
        assert len(compiled_catalog) == len(catalog)


def test_every_way_to_mark_a_text_is_found(checkout: Path) -> None:
    found = {(text.text, text.plural, text.context) for text in texts(checkout)}
    assert found == {
        ("Sign in", None, None),
        ("%(days)s day left.", "%(days)s days left.", None),
        ("Nothing", None, None),
        ("Post", None, "verb"),
        ("One", None, None),
        ("Two and three", None, None),
        ("%(n)d cat", "%(n)d cats", None),
        ("Second", None, "time"),
    }
    assert {text.path for text in texts(checkout)} == {"templates/page.html", "app/module.py"}


def test_a_text_that_is_not_translated_is_named(copied: Path, already_marked: None) -> None:
    po = copied / "django.po"
    po.write_text(po.read_text().replace('msgstr "サインインに戻る"', 'msgstr ""'))
    lines = flows.check()
    assert kinds(lines) == ["missing", "not compiled"]
    assert "'Back to sign-in'" in lines[0]
    assert "templates/accounts/signin/refused.html" in lines[0]
    with pytest.raises(CommandError, match="2 problems"):
        call_command("messages", "--check", stdout=StringIO())


def test_a_text_that_is_in_no_catalogue_yet_is_named(copied: Path, marked: list[Text]) -> None:
    catalog = read(copied / "django.po", "ja")
    found = [*marked, Text("templates/new.html", "Something new", None, None, ())]
    assert [(problem.kind, problem.text) for problem in problems(catalog, found, copied / "django.mo")] == [
        ("missing", "'Something new' (templates/new.html)")
    ]


def test_a_translation_of_nothing_is_named(copied: Path, marked: list[Text]) -> None:
    po = copied / "django.po"
    po.write_text(po.read_text() + '\nmsgid "Said nowhere any more"\nmsgstr "どこにもない"\n')
    assert kinds_in(copied, marked) == ["stale", "not compiled"]


def test_a_fuzzy_translation_is_named_and_not_shown(copied: Path, marked: list[Text]) -> None:
    po = copied / "django.po"
    po.write_text(po.read_text().replace('msgid "Back to sign-in"', '#, fuzzy\nmsgid "Back to sign-in"'))
    (copied / "django.mo").write_bytes(compiled(read(po, "ja")))
    assert kinds_in(copied, marked) == ["fuzzy"]
    with (copied / "django.mo").open("rb") as file:
        assert "Back to sign-in" not in read_mo(file)


@pytest.mark.parametrize("spoilt", ["%(account)d", "%(acount)s", ""])
def test_a_translation_that_loses_what_is_filled_in_is_named(copied: Path, marked: list[Text], spoilt: str) -> None:
    po = copied / "django.po"
    before = po.read_text()
    po.write_text(before.replace('msgstr "アカウント %(account)s', f'msgstr "アカウント {spoilt}'))
    assert po.read_text() != before
    assert "placeholders" in kinds_in(copied, marked)


def test_a_catalogue_that_was_not_compiled_is_named(copied: Path, marked: list[Text]) -> None:
    (copied / "django.mo").write_bytes((copied / "django.mo").read_bytes() + b"\0")
    assert kinds_in(copied, marked) == ["not compiled"]
    (copied / "django.mo").unlink()
    assert kinds_in(copied, marked) == ["not compiled"]


def test_refreshing_mends_all_but_what_only_people_can(copied: Path, already_marked: None) -> None:
    po = copied / "django.po"
    po.write_text(po.read_text().replace('msgstr "サインインに戻る"', 'msgstr ""') + '\nmsgid "Said nowhere any more"\nmsgstr "どこにもない"\n')
    call_command("messages", stdout=StringIO())
    assert kinds(flows.check()) == ["missing"]
    assert "Said nowhere" not in po.read_text()
    assert 'msgstr "ルートユーザーのサインイン"' in po.read_text(), "translations are kept"


def test_a_language_without_files_gets_them(copied: Path, settings: Settings, already_marked: None) -> None:
    settings.LANGUAGES = [*settings.LANGUAGES, ("de", "Deutsch")]
    flows.refresh()
    assert (copied.parents[1] / "de" / "LC_MESSAGES" / "django.mo").exists()
    assert sum(line.startswith("de missing") for line in flows.check()) == len(read(copied / "django.po", "ja"))


def test_notes_of_the_bundled_worlds_speak_every_language() -> None:
    def notes(value: object) -> Iterator[dict[str, str]]:
        if isinstance(value, dict):
            if isinstance(value.get("note"), dict):
                yield value["note"]
            for part in value.values():
                yield from notes(part)
        elif isinstance(value, list):
            for part in value:
                yield from notes(part)

    spoken = {code for code, _name in settings.LANGUAGES}
    for path in (BASE_DIR / "portal" / "world" / "worlds").glob("*.yaml"):
        world = yaml.safe_load(path.read_text(encoding="utf-8"))
        found = list(notes(world))
        assert len(found) > 10
        for note in found:
            assert note.keys() == spoken, json.dumps(note, ensure_ascii=False)
            assert not note["ja"].isascii()
            assert note["en"].isascii() or "“" in note["en"]
