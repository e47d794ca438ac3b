"""Every address of the portal that can be written without knowing anything: what walks of the whole portal walk along."""

from collections.abc import Iterator

from django.urls import URLResolver, get_resolver


def _patterns(resolver: URLResolver, prefix: str) -> Iterator[str]:
    for entry in resolver.url_patterns:
        path = prefix + str(entry.pattern)
        if isinstance(entry, URLResolver):
            yield from _patterns(entry, path)
        elif not any(sign in path for sign in "<(^$\\"):
            yield f"/{path}"


def plain_addresses() -> list[str]:
    """Return each address without a parameter in it, admin included."""
    return sorted(set(_patterns(get_resolver(), "")))
