"""Brings the catalogues up to date, or tells what they lack."""

from portal.messages.catalogue import compiled, folder_of, languages, problems, read, update, written
from portal.messages.extraction import texts


def refresh() -> list[str]:
    """Write the `.po` and `.mo` files of every language anew, and return one line a language and one a text that still lacks a translation."""
    found = list(texts())
    lines = []
    for language in languages():
        folder = folder_of(language)
        folder.mkdir(parents=True, exist_ok=True)
        catalog = update(read(folder / "django.po", language), found)
        (folder / "django.po").write_bytes(written(catalog))
        (folder / "django.mo").write_bytes(compiled(catalog))
        left = [f"{language} {problem}" for problem in problems(catalog, found, folder / "django.mo")]
        lines += [*left, f"{language}: {len(catalog)} texts, {len(left)} to mend."]
    return lines


def check() -> list[str]:
    """Return one line for each thing that is wrong with a catalogue."""
    found = list(texts())
    lines = []
    for language in languages():
        folder = folder_of(language)
        lines += [f"{language} {problem}" for problem in problems(read(folder / "django.po", language), found, folder / "django.mo")]
    return lines
