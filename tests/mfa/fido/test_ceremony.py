"""What an answer is worth: the rules of WebAuthn Level 3 §7.1 and §7.2 (security catalogue PK-02, -04, -05, -06, -07, -08)."""

import json
from hashlib import sha256
from typing import Any

import pytest

from accounts.outcomes import Failure
from mfa.fido.ceremony import Fault, Known, Registered, Shown
from tests.mfa.fido.authenticator import (
    BACKED_UP,
    EDDSA,
    ELIGIBLE,
    ES256,
    PRESENT,
    RS256,
    Posted,
    SoftwareAuthenticator,
    decode,
    flipped,
    signed,
)
from tests.mfa.fido.relying_party import ALGORITHMS, CREATE, GET, known, registered, shown


@ALGORITHMS
def test_every_kind_of_key_that_is_offered_registers_and_signs_in(algorithm: int) -> None:
    passkey = SoftwareAuthenticator(algorithm)
    stored = known(passkey)
    assert shown(passkey.show(GET), stored) == Shown(sign_count=1, user_verified=True, backed_up=False)


def test_options_offer_what_is_accepted_and_ask_for_no_attestation() -> None:
    options = json.loads(CREATE)
    assert [offered["alg"] for offered in options["pubKeyCredParams"]] == [EDDSA, ES256, RS256]
    assert options["attestation"] == "none"
    assert options["authenticatorSelection"] == {"residentKey": "preferred", "requireResidentKey": False, "userVerification": "preferred"}
    assert options["extensions"] == {"credProps": True}
    assert options["rp"] == {"id": "localhost", "name": "Simulated AWS"}


def test_a_synced_passkey_is_known_as_one() -> None:
    found = registered(SoftwareAuthenticator(synced=True).make(CREATE))
    assert isinstance(found, Registered)
    assert (found.synced, found.backed_up) == (True, True)


def test_attestation_that_is_sent_unasked_is_checked_and_recorded(passkey: SoftwareAuthenticator) -> None:
    from_library = _self_attested(passkey)
    found = registered(from_library)
    assert isinstance(found, Registered)
    assert found.attestation == "packed"
    forged = _self_attested(passkey, flip=True)
    assert registered(forged) == Failure(Fault.NOT_VERIFIED)


def _self_attested(passkey: SoftwareAuthenticator, *, flip: bool = False) -> Posted:
    plain = passkey.make(CREATE)
    client_hash = sha256(decode(plain["response"]["clientDataJSON"])).digest()

    def attest(statement: dict[str, Any]) -> dict[str, Any]:
        signature = signed(passkey.key, statement["authData"] + client_hash)
        if flip:
            signature = signature[:-1] + bytes([signature[-1] ^ 1])
        return {"fmt": "packed", "attStmt": {"alg": ES256, "sig": signature}, "authData": statement["authData"]}

    return passkey.make(CREATE, attestation=attest)


# PK-02: where the answer comes from

FOREIGN = [
    {"origin": "http://localhost"},
    {"origin": "https://localhost:8000"},
    {"origin": "http://localhost:8001"},
    {"origin": "http://portal.localhost:8000"},
    {"origin": "http://127.0.0.1:8000"},
    {"origin": "http://localhost:8000/"},
    {"origin": "HTTP://LOCALHOST:8000"},
    {"origin": "null"},
    {"origin": ""},
    {"origin": None},
    {"origin": ["http://localhost:8000"]},
    {"origin": "http://lοcalhost:8000"},  # the first o is an omicron
    {"origin": "http://localhost:8000\n"},
    {"crossOrigin": True},
    {"crossOrigin": "false"},
    {"crossOrigin": 0},
    {"topOrigin": "http://localhost:8000"},
    {"topOrigin": ""},
]


@pytest.mark.parametrize("client", FOREIGN, ids=str)
def test_pk_02_answers_from_another_origin_are_refused(passkey: SoftwareAuthenticator, client: dict[str, Any]) -> None:
    stored = known(passkey)
    assert isinstance(registered(SoftwareAuthenticator().make(CREATE, client=client)), Failure)
    assert isinstance(shown(passkey.show(GET, client=client), stored), Failure)


def test_pk_02_a_browser_that_does_not_tell_of_cross_origin_is_believed(passkey: SoftwareAuthenticator) -> None:
    stored = known(passkey)
    assert isinstance(shown(passkey.show(GET, client={"crossOrigin": None}), stored), Shown)


# PK-04: verification of the user


def test_pk_04_without_verification_no_answer_passes_where_it_is_required(passkey: SoftwareAuthenticator) -> None:
    stored = known(passkey)
    assert shown(passkey.show(GET, flags=PRESENT), stored, verification_required=True) == Failure(Fault.NOT_VERIFIED)
    assert isinstance(shown(passkey.show(GET, flags=PRESENT), stored), Shown)
    assert registered(SoftwareAuthenticator(verifies=False).make(CREATE), verification_required=True) == Failure(Fault.NOT_VERIFIED)


# PK-05: whose it is


@pytest.mark.parametrize("handle", [None, b"h" * 63, b"x" * 64], ids=["missing", "cut short", "another's"])
def test_pk_05_where_nobody_was_named_the_passkey_must_name_its_user(passkey: SoftwareAuthenticator, handle: bytes | None) -> None:
    stored = known(passkey)
    assert shown(passkey.show(GET, user_handle=handle), stored, handle_required=True) == Failure(Fault.OTHER_OWNER)
    assert isinstance(shown(passkey.show(GET), stored, handle_required=True), Shown)


def test_pk_05_where_somebody_was_named_a_handle_may_be_missing_but_not_wrong(passkey: SoftwareAuthenticator) -> None:
    stored = known(passkey)
    assert isinstance(shown(passkey.show(GET, user_handle=None), stored), Shown)
    assert shown(passkey.show(GET, user_handle=b"x" * 64), stored) == Failure(Fault.OTHER_OWNER)


def test_pk_05_another_credential_is_refused(passkey: SoftwareAuthenticator) -> None:
    other = SoftwareAuthenticator()
    known(other)
    assert shown(other.show(GET), known(passkey)) == Failure(Fault.OTHER_OWNER)


# PK-06: the counter, on its own


@pytest.mark.parametrize(("stored", "new", "fine"), [(5, 6, True), (5, 5, False), (5, 3, False), (5, 0, False), (0, 0, True), (0, 7, True)])
def test_pk_06_the_counter_must_grow_unless_there_is_none(passkey: SoftwareAuthenticator, stored: int, new: int, fine: bool) -> None:
    before = known(passkey)
    passkey.counts, passkey.count = False, new
    outcome = shown(passkey.show(GET), Known(before.credential_id, before.public_key, before.user_handle, stored, before.synced))
    assert isinstance(outcome, Shown) if fine else outcome == Failure(Fault.CLONE_SUSPECTED)


def test_pk_06_a_stranger_cannot_raise_the_alarm(passkey: SoftwareAuthenticator) -> None:
    before = known(passkey)
    passkey.counts = False
    after = Known(before.credential_id, before.public_key, before.user_handle, 5, before.synced)
    assert shown(passkey.show(GET, signature=flipped), after) == Failure(Fault.NOT_VERIFIED)


# PK-07: backup eligibility and backup state


def test_pk_07_backed_up_without_being_eligible_is_an_error(passkey: SoftwareAuthenticator) -> None:
    assert registered(passkey.make(CREATE, flags=PRESENT | BACKED_UP)) == Failure(Fault.NOT_VERIFIED)
    stored = known(passkey)
    assert shown(passkey.show(GET, flags=PRESENT | BACKED_UP), stored) == Failure(Fault.NOT_VERIFIED)


def test_pk_07_eligibility_never_changes_and_the_state_may() -> None:
    key, synced = SoftwareAuthenticator(), SoftwareAuthenticator(synced=True)
    assert shown(key.show(GET, flags=PRESENT | ELIGIBLE), known(key)) == Failure(Fault.FLAGS_CHANGED)
    stored = known(synced)
    assert shown(synced.show(GET, flags=PRESENT), stored) == Failure(Fault.FLAGS_CHANGED)
    outcome = shown(synced.show(GET, flags=PRESENT | ELIGIBLE), stored)
    assert isinstance(outcome, Shown)
    assert not outcome.backed_up


# PK-08: the id


def test_pk_08_an_id_may_have_1023_bytes_and_no_more() -> None:
    assert isinstance(registered(SoftwareAuthenticator(credential_id=bytes(1023)).make(CREATE)), Registered)
    assert registered(SoftwareAuthenticator(credential_id=bytes(1024)).make(CREATE)) == Failure(Fault.UNREADABLE)
    assert registered(SoftwareAuthenticator(credential_id=b"").make(CREATE)) == Failure(Fault.UNREADABLE)
