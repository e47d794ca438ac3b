import pytest
from django.core.exceptions import ValidationError
from django.forms import Field

from accounts.fields import AccountField, CodeField, PasswordField, SimulatedEmailField, UserNameField

TAKEN: list[tuple[Field, str, str]] = [
    (SimulatedEmailField(), " name@example.com ", "name@example.com"),
    (SimulatedEmailField(), "Name+tag@Sub.Example.org", "Name+tag@Sub.Example.org"),
    (SimulatedEmailField(), "root@localhost", "root@localhost"),
    (SimulatedEmailField(), "o'neil.x@anycompany.test", "o'neil.x@anycompany.test"),
    (UserNameField(), "zhang@example.com", "zhang@example.com"),
    (UserNameField(), " Carlos ", "Carlos"),
    (UserNameField(), "a_+=,.@-" + "x" * 56, "a_+=,.@-" + "x" * 56),
    (AccountField(), "1111-2222-3333", "111122223333"),
    (AccountField(), " 1111 2222 3333 ", "111122223333"),
    (AccountField(), "１１１１２２２２３３３３", "111122223333"),
    (AccountField(), "AnyCompany", "anycompany"),
    (CodeField(), " 123 456 ", "123456"),
    (CodeField(), "１２３-４５６", "123456"),
    (PasswordField(), "  two spaces  ", "  two spaces  "),
    (PasswordField(), "密" * 128, "密" * 128),
]
REFUSED: list[tuple[Field, str]] = [
    (SimulatedEmailField(), ""),
    (SimulatedEmailField(), "name"),
    (SimulatedEmailField(), "a@b@example.com"),
    (SimulatedEmailField(), "@example.com"),
    (SimulatedEmailField(), "name@example.com."),
    (SimulatedEmailField(), ".name@example.com"),
    (SimulatedEmailField(), "na me@example.com"),
    (SimulatedEmailField(), "a@x.example,b@y.example"),
    (SimulatedEmailField(), "a@x.example\nBcc: b@y.example"),
    (SimulatedEmailField(), "m\u0131ke@example.com"),
    (SimulatedEmailField(), "name@\u24d4xample.com"),
    (SimulatedEmailField(), "name@gmail.com"),
    (SimulatedEmailField(), "x" * 65 + "@example.com"),
    (SimulatedEmailField(), "x@" + "y" * 250 + ".example"),
    (UserNameField(), ""),
    (UserNameField(), "x" * 65),
    (UserNameField(), "Carlos!"),
    (UserNameField(), "Ｃarlos"),
    (AccountField(), ""),
    (AccountField(), "12345"[:2]),
    (AccountField(), "-anycompany"),
    (AccountField(), "any--company"),
    (AccountField(), "x" * 64),
    (CodeField(), ""),
    (CodeField(), "12345"),
    (CodeField(), "1234567"),
    (CodeField(), "12345a"),
    (PasswordField(), ""),
    (PasswordField(), "x" * 129),
]


@pytest.mark.parametrize(("field", "typed", "expected"), TAKEN)
def test_a_field_gives_the_canonical_form(field: Field, typed: str, expected: str) -> None:
    assert field.clean(typed) == expected


@pytest.mark.parametrize(("field", "typed"), REFUSED)
def test_a_field_refuses_with_words(field: Field, typed: str) -> None:
    with pytest.raises(ValidationError) as refused:
        field.clean(typed)
    assert all(refused.value.messages)


@pytest.mark.parametrize("field", [SimulatedEmailField(), UserNameField(), AccountField(), CodeField(), PasswordField()])
@pytest.mark.parametrize("typed", ["a\x00b", "a\ud800b", "\udfff"])
def test_half_characters_and_nul_are_refused(field: Field, typed: str) -> None:
    with pytest.raises(ValidationError):
        field.clean(typed)


def test_the_operators_own_domains_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTAL_MAIL_DOMAINS", "training.anycompany.com")
    assert SimulatedEmailField().clean("name@training.anycompany.com") == "name@training.anycompany.com"
    with pytest.raises(ValidationError):
        SimulatedEmailField().clean("name@anycompany.com")
