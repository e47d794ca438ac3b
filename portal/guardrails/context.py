"""What every page shows around its content: brand, language, theme, and where the visitor appears to be.

The parts that depend on nothing but brand, language and theme are drawn once a process and kept.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import override

from portal.conf import conf
from portal.core.http import read_cookie
from portal.core.language import language_of
from portal.guardrails.strip import strip_of, whence_of
from portal.network.origin import origin_of

THEMES = ("auto", "light", "dark")


@dataclass(frozen=True, slots=True)
class Language:
    """One entry of the language menu, named in its own language."""

    code: str
    name: str
    current: bool


@lru_cache(maxsize=8)
def _menu(current: str) -> tuple[Language, ...]:
    return tuple(Language(code=code, name=str(name), current=code == current) for code, name in settings.LANGUAGES)


@lru_cache(maxsize=64)
def _part(name: str, brand: str, language: str, theme: str) -> SafeString:
    """Return one of the parts that are the same for every visitor with this language and theme."""
    with override(language):
        return render_to_string(f"layouts/parts/{name}.html", {"brand": brand, "languages": _menu(language), "theme": theme})


def theme_of(request: HttpRequest) -> str:
    """Return the visitor's theme: `light`, `dark`, or `auto`, which follows the system."""
    theme = read_cookie(request, "theme")
    return theme if theme in THEMES else "auto"


def here(request: HttpRequest) -> str:
    """Return the address that a change of language or theme comes back to: the page itself, without what was posted."""
    return request.get_full_path() if request.method in {"GET", "HEAD"} else request.path


def chrome(request: HttpRequest) -> dict[str, Any]:
    """Return the context of every page; costs no query."""
    language = language_of(request)
    theme = theme_of(request)
    brand = conf.brand
    return {
        "brand": brand,
        "training": conf.training,
        "theme": theme,
        "language": language,
        "languages": _menu(language),
        "host": origin_of(request).host or conf.host,
        "here": here(request),
        "head": _part("head", brand, language, theme),
        "brand_word": _part("brand", brand, language, theme),
        "preferences": _part("preferences", brand, language, theme),
        **holes(request),
    }


def holes(request: HttpRequest) -> dict[str, object]:
    """Return what every page has that belongs to one visitor, and so is in no page that is kept: where the visitor appears to be."""
    return {"strip": strip_of(request, language_of(request)), "whence": whence_of(origin_of(request))}
