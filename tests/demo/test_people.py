"""The printed table of who can sign in with what."""

from portal.demo.people import table

ALICE = {"kind": "iam_user", "account": "111122223333", "alias": "anycompany", "username": "alice", "password": "p", "totp_secret": "SECRET"}
ROOT = {"kind": "root", "account": "111122223333", "alias": "", "email": "root@example.com", "password": "", "totp_secret": "", "note": "A note."}


def test_each_line_says_who_signs_in_with_which_password_and_secret() -> None:
    heading, _rule, alice, root = table([ALICE, ROOT], width=200).splitlines()
    assert heading.split() == ["kind", "account", "sign", "in", "as", "password", "TOTP", "secret", "note"]
    assert alice.split() == ["iam", "user", "111122223333", "anycompany", "alice", "p", "SECRET"]
    assert root.split() == ["root", "111122223333", "root@example.com", "none", "A", "note."]
    assert heading.index("TOTP") == alice.index("SECRET")


def test_in_a_narrow_terminal_notes_stand_below_their_lines() -> None:
    lines = table([ALICE, ROOT], width=80).splitlines()
    assert lines[-1].strip() == "A note."
    assert "SECRET" in lines[2]


def test_nobody_is_no_table() -> None:
    assert table([], width=80) == ""
