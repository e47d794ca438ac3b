import re
from pathlib import Path

import accounts
from accounts.captcha.answers import ALPHABET, LENGTH, canonical, new_text


def test_a_text_has_six_characters_that_do_not_look_alike() -> None:
    texts = [new_text() for _ in range(500)]
    assert all(len(text) == LENGTH == 6 and set(text) <= set(ALPHABET) for text in texts)
    assert not set(ALPHABET) & set("0OQD1IL5S2Z8BVGN")
    assert set("".join(texts)) == set(ALPHABET)
    assert len(set(texts)) > 495


def test_capitals_spaces_and_compatibility_forms_do_not_matter() -> None:
    assert canonical(typed=" ac e\u300034 7 ") == "ACE347"
    assert canonical(typed="ＡＣｅ３４７") == "ACE347"
    assert canonical(typed="ACE34") != "ACE347"


def test_cap_06_only_the_system_generator_is_used() -> None:
    for source in Path(accounts.__path__[0]).rglob("*.py"):
        text = source.read_text()
        assert not re.search(r"^\s*(?:import|from) random\b", text, re.MULTILINE), source
        assert "random.seed" not in text, source
