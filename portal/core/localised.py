"""Templates translated when they are loaded, once a language, instead of each time they are rendered.

What a template says in one language never changes while the portal runs, yet Django looks every `{% translate %}`,
`{% static %}` and `{% url %}` up on each rendering, and renders each `{% include %}` as a template of its own. This loader writes
the constant ones into the source before it is parsed, so that a page is a few long texts with the few places between them
that vary. Tags with variables, filters or `as` are left to Django.
"""

import re
from collections.abc import Callable

from django.template import Origin, TemplateDoesNotExist
from django.template.loaders.cached import Loader as CachedLoader
from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language, gettext

_LITERAL = r"""(?:"([^"{}%]*)"|'([^'{}%]*)')"""
_TRANSLATE = re.compile(r"{%\s*translate\s+" + _LITERAL + r"\s*%}")
_STATIC = re.compile(r"{%\s*static\s+" + _LITERAL + r"\s*%}")
_URL = re.compile(r"{%\s*url\s+" + _LITERAL + r"\s*%}")
_INCLUDE = re.compile(r"{%\s*include\s+" + _LITERAL + r"\s*%}")
_OWN_STRUCTURE = re.compile(r"{%\s*(?:extends|block|load)\b")
_DEEPEST = 8


def _literal(found: re.Match[str]) -> str:
    return found[1] if found[1] is not None else found[2]


def _translated(found: re.Match[str]) -> str:
    return gettext(_literal(found)).replace("{%", "").replace("{{", "")


def _address(found: re.Match[str]) -> str:
    try:
        return reverse(_literal(found))
    except NoReverseMatch:
        return found[0]


class Loader(CachedLoader):
    """A cached loader that keeps one translated template for each language."""

    def cache_key(self, template_name: str, skip: list[Origin] | None = None) -> str:
        """Return a key that names the language as well."""
        return f"{get_language() or ''}:{super().cache_key(template_name, skip)}"

    def get_contents(self, origin: Origin) -> str:
        """Return a template's source with all that is constant in the current language written in."""
        return self._settled(super().get_contents(origin), 0)

    def _settled(self, source: str, depth: int) -> str:
        source = _INCLUDE.sub(lambda found: self._included(found, depth), source)
        steps: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...] = (
            (_TRANSLATE, _translated),
            (_STATIC, lambda found: static(_literal(found))),
            (_URL, _address),
        )
        for pattern, settle in steps:
            source = pattern.sub(settle, source)
        return source

    def _included(self, found: re.Match[str], depth: int) -> str:
        """Return the text of a template that is included as it stands; one with a structure of its own stays an include."""
        if depth >= _DEEPEST:
            return found[0]
        for origin in self.get_template_sources(_literal(found)):
            try:
                source = super().get_contents(origin)
            except TemplateDoesNotExist:
                continue
            return found[0] if _OWN_STRUCTURE.search(source) else self._settled(source.rstrip("\n"), depth + 1)
        return found[0]
