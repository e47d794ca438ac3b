"""A kept HMAC is that of the standard library, whatever was asked of the same key before; a random id is one of version 4."""

import hmac
from uuid import RFC_4122

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.core import randomness
from portal.core.mac import mac


@given(st.binary(max_size=200), st.lists(st.binary(max_size=200), max_size=3), st.sampled_from(["sha1", "sha256"]))
def test_it_is_the_one_of_the_standard_library(key: bytes, messages: list[bytes], algorithm: str) -> None:
    for message in messages:
        assert mac(key, message, algorithm) == hmac.digest(key, message, algorithm)


def test_rfc_4231_case_2() -> None:
    expected = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    assert mac(b"Jefe", b"what do ya want for nothing?").hex() == expected


def test_random_ids_are_of_version_4_and_never_the_same() -> None:
    made = [randomness.uuid() for _ in range(1000)]
    assert {(one.version, one.variant) for one in made} == {(4, RFC_4122)}
    assert len(set(made)) == 1000


@pytest.mark.parametrize("count", [0, 1, 32, 5000])
def test_as_many_octets_as_were_asked_for(count: int) -> None:
    assert len(randomness.octets(count)) == count
