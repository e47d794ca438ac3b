"""What every page shows around its content: brand, language, theme, and where the visitor appears to be."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import get_language

from portal.conf import conf
from portal.core.http import read_cookie
from portal.network.origin import origin_of

THEMES = ("auto", "light", "dark")


@dataclass(frozen=True, slots=True)
class Language:
    """One entry of the language menu, named in its own language."""

    code: str
    name: str
    current: bool


@dataclass(frozen=True, slots=True)
class Where:
    """Which host this is, and the public address that the visitor appears to come from."""

    host: str
    address: str


@lru_cache(maxsize=8)
def _menu(current: str) -> tuple[Language, ...]:
    return tuple(Language(code=code, name=str(name), current=code == current) for code, name in settings.LANGUAGES)


def theme_of(request: HttpRequest) -> str:
    """Return the visitor's theme: `light`, `dark`, or `auto`, which follows the system."""
    theme = read_cookie(request, "theme")
    return theme if theme in THEMES else "auto"


def here(request: HttpRequest) -> str:
    """Return the address that a change of language or theme comes back to: the page itself, without what was posted."""
    return request.get_full_path() if request.method in {"GET", "HEAD"} else request.path


def chrome(request: HttpRequest) -> dict[str, Any]:
    """Return the context of every page; costs no query."""
    language = get_language() or settings.LANGUAGE_CODE
    origin = origin_of(request)
    return {
        "brand": conf.brand,
        "training": conf.training,
        "theme": theme_of(request),
        "language": language,
        "languages": _menu(language),
        "where": Where(host=origin.host or conf.host, address=origin.address),
        "here": here(request),
    }
