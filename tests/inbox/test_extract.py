"""Codes and links, found and masked."""

import pytest

from portal.inbox import extract

BASE = "http://localhost:8000"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("enter this code:\n\n    314159\n", ["314159"]),
        ("コードは314159です。", ["314159"]),
        ("314159 and 271828 and 314159.", ["314159", "271828"]),
        ("account 111122223333, 1234567, 12345", []),
        ("314159@example.com a314159 314159b x.314159", []),
        (f"{BASE}/reset/314159/x?y=271828", []),
        ("١٢٣٤٥٦", []),
    ],
)
def test_codes_stand_by_themselves(text: str, codes: list[str]) -> None:
    assert extract.codes_in(text=text) == codes


@pytest.mark.parametrize(
    ("text", "links"),
    [
        (f"open {BASE}/reset/abc-_. Then", [f"{BASE}/reset/abc-_"]),
        (f"({BASE}/a?b=c&d=e) 「{BASE}/b」", [f"{BASE}/a?b=c&d=e", f"{BASE}/b"]),
        (f"{BASE}.evil.test/x {BASE}0/x https://evil.test/?{BASE}", []),
        (f"{BASE}/a {BASE}/a", [f"{BASE}/a"]),
    ],
)
def test_links_are_the_portals_own(text: str, links: list[str]) -> None:
    assert extract.links_in(text=text, base_url=BASE) == links


def test_masking_leaves_nothing() -> None:
    text = f"314159 and {BASE}/a/b and {BASE}/a"
    codes, links = extract.codes_in(text=text), extract.links_in(text=text, base_url=BASE)
    masked = extract.mask(text=text, codes=codes, links=links)
    assert masked == f"{extract.MASK} and {extract.MASK} and {extract.MASK}"
