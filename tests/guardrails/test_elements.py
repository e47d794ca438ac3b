"""Fields as the pages draw them: escaped, labelled, readable by password managers, and silent about secrets."""

import re

import pytest
from django import forms
from django.test import Client

from portal.templatetags.elements import field

ATTACK = '"><script>alert(1)</script>'


class AttackedForm(forms.Form):
    """Every place of a field that text can enter."""

    text = forms.CharField(label=ATTACK, help_text=ATTACK, max_length=5)
    password = forms.CharField(widget=forms.PasswordInput)
    remember = forms.BooleanField(label=ATTACK)
    choice = forms.ChoiceField(label=ATTACK, choices=[("a", ATTACK)])

    def clean_text(self) -> str:
        raise forms.ValidationError(ATTACK)


@pytest.mark.parametrize("name", ["text", "password", "remember", "choice"])
@pytest.mark.parametrize("typed", [None, {"text": ATTACK[:5], "password": ATTACK, "remember": ATTACK, "choice": ATTACK}])
def test_nothing_typed_or_named_becomes_markup(name: str, typed: dict[str, str] | None) -> None:
    drawn = field(AttackedForm(typed, initial={"text": ATTACK})[name])
    assert "<script>" not in drawn
    assert '">alert' not in drawn


def test_a_typed_password_is_not_shown_again() -> None:
    assert "Copper" not in field(AttackedForm({"password": "Copper-Kettle-2381"})["password"])


def test_a_blank_field_shows_no_value() -> None:
    assert "value=" not in field(AttackedForm({"text": "abc"})["text"], blank=True)


def test_errors_are_announced_and_belong_to_their_field() -> None:
    drawn = field(AttackedForm({"text": "abc"})["text"])
    assert 'aria-invalid="true"' in drawn
    assert 'aria-describedby="id_text-notes"' in drawn
    assert re.search(r'<div id="id_text-notes">.*<p class="field__error" role="alert">', drawn)
    assert '<label for="id_text">' in drawn


def inputs(page: str) -> dict[str, str]:
    """Return the `autocomplete` of each named input of a page."""
    found = {}
    for tag in re.findall(r"<input [^>]*>", page):
        name, autocomplete = re.search(r' name="([^"]+)"', tag), re.search(r' autocomplete="([^"]+)"', tag)
        if name and autocomplete:
            found[name[1]] = autocomplete[1]
    return found


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/signin/root", {"email": "username webauthn"}),
        ("/signin/iam", {"account": "organization", "username": "username webauthn", "password": "current-password"}),
        ("/signin/operator", {"username": "username webauthn", "password": "current-password"}),
        ("/register/", {"email": "email", "account_name": "organization"}),
        ("/password/forgot", {"email": "username"}),
    ],
)
def test_brw_11_password_managers_know_each_field(client: Client, path: str, expected: dict[str, str]) -> None:
    page = client.get(path).content.decode()
    assert inputs(page) == expected
    assert len(re.findall(r'data-testid="submit"', page)) == 1
    first = re.search(r"<form [^>]*>", page)
    assert first
    assert 'method="post"' in first[0]
    assert 'id="preferences"' not in first[0], "the step's own form stands first"
    assert "onpaste" not in page


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/signin/root", "/signin/iam", "/signin/operator", "/register/", "/password/forgot"])
def test_an_empty_form_says_what_is_missing(client: Client, path: str) -> None:
    page = client.post(path, {}).content.decode()
    assert 'role="alert"' in page
