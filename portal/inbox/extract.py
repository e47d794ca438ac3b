"""Find the codes and the portal's own links in a mail's text, and mask them. Pure: text in, values out."""

import re

_CODE = re.compile(r"(?<![0-9A-Za-z_@.+/=?&#%-])[0-9]{6}(?![0-9A-Za-z_@+/=%-])")
_URL_CHARACTERS = r"[^\s<>\"'「」、。]*[^\s<>\"'「」、。.,;:!?)\]]"
MASK = "••••••"


def codes_in(*, text: str) -> list[str]:
    """Return the six-digit codes that stand by themselves in `text`, each once, in their order."""
    return list(dict.fromkeys(_CODE.findall(text)))


def links_in(*, text: str, base_url: str) -> list[str]:
    """Return the addresses under `base_url` in `text`, each once, in their order; a full stop or bracket at the end is not part of one."""
    return list(dict.fromkeys(re.findall(f"{re.escape(base_url)}/{_URL_CHARACTERS}", text)))


def mask(*, text: str, codes: list[str], links: list[str]) -> str:
    """Return `text` with these codes and links made unreadable."""
    for secret in sorted({*codes, *links}, key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text
