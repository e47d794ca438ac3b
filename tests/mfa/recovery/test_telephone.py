"""The simulated telephone."""

from datetime import timedelta

from mfa.models import PhoneCall
from mfa.recovery import telephone
from portal.core import clock

NUMBER = "+1 206 555 0100"


def test_whoever_answers_hears_the_digits_newest_call_first(db: None) -> None:
    for digits in ("111111", "222222"):
        assert telephone.call(NUMBER, digits) - clock.now() <= telephone.LIFETIME
    telephone.call("+1 206 555 0199", "333333")
    assert [(heard.digits, heard.over) for heard in telephone.heard_at(NUMBER)] == [("222222", False), ("111111", False)]
    assert [heard.digits for heard in telephone.heard_at(NUMBER, most=1)] == ["222222"]


def test_a_call_is_over_after_ten_minutes_and_when_the_clock_is_put_back(db: None) -> None:
    telephone.call(NUMBER, "111111")
    clock.advance(timedelta(minutes=10))
    assert telephone.heard_at(NUMBER)[0].over
    clock.advance(timedelta(minutes=-11))
    assert telephone.heard_at(NUMBER)[0].over


def test_leak_04_the_table_holds_no_digits_in_clear(db: None) -> None:
    telephone.call(NUMBER, "271828")
    row = PhoneCall.objects.get()
    assert "271828" not in repr([getattr(row, field.attname) for field in PhoneCall._meta.concrete_fields]) + repr(row) + str(row)
    PhoneCall.objects.update(sealed_digits=row.sealed_digits[:-4] + "AAAA")
    assert telephone.heard_at(NUMBER) == [], "what was altered is not read"
