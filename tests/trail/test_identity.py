"""Each row of CloudTrail's table of identities, literally."""

from datetime import UTC, datetime

from portal.trail.identity import Identity


def test_root_user_with_an_alias() -> None:
    assert Identity.root("111122223333", "anycompany").document() == {
        "type": "Root",
        "principalId": "111122223333",
        "arn": "arn:aws:iam::111122223333:root",
        "accountId": "111122223333",
        "accessKeyId": "",
        "userName": "anycompany",
    }


def test_root_user_without_an_alias_has_no_user_name() -> None:
    for alias in ("", None):
        assert Identity.root("111122223333", alias).document() == {
            "type": "Root",
            "principalId": "111122223333",
            "arn": "arn:aws:iam::111122223333:root",
            "accountId": "111122223333",
            "accessKeyId": "",
        }


def test_iam_user_who_signed_in_has_an_arn_and_no_access_key() -> None:
    identity = Identity.iam_user("111122223333", "Carlos", "AIDACKCEVSQ6C2EXAMPLE", "arn:aws:iam::111122223333:user/Carlos")
    assert identity.document() == {
        "type": "IAMUser",
        "principalId": "AIDACKCEVSQ6C2EXAMPLE",
        "arn": "arn:aws:iam::111122223333:user/Carlos",
        "accountId": "111122223333",
        "userName": "Carlos",
    }


def test_iam_user_who_failed_has_no_arn_and_an_empty_access_key() -> None:
    assert Identity.failed_iam_user("111122223333", "Carlos", "AIDACKCEVSQ6C2EXAMPLE").document() == {
        "type": "IAMUser",
        "principalId": "AIDACKCEVSQ6C2EXAMPLE",
        "accountId": "111122223333",
        "accessKeyId": "",
        "userName": "Carlos",
    }


def test_unknown_iam_user_is_hidden() -> None:
    assert Identity.unknown_iam_user("111122223333").document() == {
        "type": "IAMUser",
        "accountId": "111122223333",
        "accessKeyId": "",
        "userName": "HIDDEN_DUE_TO_SECURITY_REASONS",
    }


def test_operator_is_of_no_account() -> None:
    assert Identity.operator("ops").document() == {"type": "Operator", "userName": "ops"}
    assert Identity.operator("").document() == {"type": "Operator", "userName": "HIDDEN_DUE_TO_SECURITY_REASONS"}


def test_root_user_of_no_account_names_none() -> None:
    assert Identity.root("").document() == {"type": "Root", "accessKeyId": ""}


def test_acting_within_a_session_adds_its_context() -> None:
    identity = Identity.root("111122223333").in_session(datetime(2026, 11, 23, 5, 46, 7, 999, tzinfo=UTC), mfa_authenticated=True)
    assert identity.document()["sessionContext"] == {"attributes": {"creationDate": "2026-11-23T05:46:07Z", "mfaAuthenticated": "true"}}


def test_lists_name_an_identity() -> None:
    assert Identity.root("111122223333").label == "arn:aws:iam::111122223333:root"
    assert Identity.failed_iam_user("111122223333", "Carlos", "AIDACKCEVSQ6C2EXAMPLE").label == "Carlos"
