"""Masks tell nothing about the length of what they hide."""

import pytest

from portal.core.masks import masked_email, masked_phone


@pytest.mark.parametrize("email", ["a@example.com", "ab@example.com", "a.very.long.name+tag@example.com"])
def test_enu_08_a_masked_address_has_one_length(email: str) -> None:
    assert masked_email(email) == "a***@example.com"


@pytest.mark.parametrize("number", ["+1 206 555 0100", "+81 3-0000-0000-00", "+44 20 7946 0000"])
def test_enu_08_a_masked_number_has_one_length(number: str) -> None:
    assert masked_phone(number) == "*** *** **00"
