"""The page on which a person answers a program, and the sign-in that comes first."""

from accounts.models import AuthorizationCode, Grant
from accounts.oauth.clients import CROSS_DEVICE_ID
from portal.world.people import Person
from tests.journeys.visitor import Visitor, text_of
from tests.oauth.asking import CONSENT, answers, asks, consent_of, record_of, sent, signed_in
from tests.oauth.tool import Tool

# The page


def test_the_page_says_who_asks_for_whom_from_where_and_what_it_gets(visitor: Visitor, alice: Person, tool: Tool) -> None:
    signed_in(visitor, alice)
    page = text_of(asks(visitor, tool))
    for words in (
        "AWS CLI or SDK on this computer",
        "alice",
        "arn:aws:iam::111122223333:user/alice",
        "203.0.113.7",
        "Firefox 140",
        "Temporary credentials with all permissions of this identity, for up to 12 hours",
        "127.0.0.1:49152, on this computer",
    ):
        assert words in page
    assert "on another computer" not in page


def test_a_program_elsewhere_is_told_apart_and_warned_of(visitor: Visitor, alice: Person) -> None:
    signed_in(visitor, alice)
    page = text_of(asks(visitor, Tool(CROSS_DEVICE_ID)))
    assert "AWS CLI or SDK on another computer" in page
    assert "If somebody sent you here" in page
    assert "on this computer" not in page


def test_the_form_may_lead_to_the_loopback_callback_of_this_request_and_nowhere_else(visitor: Visitor, alice: Person, tool: Tool) -> None:
    signed_in(visitor, alice)
    page = asks(visitor, tool)
    directives = dict(part.strip().partition(" ")[::2] for part in page.headers["Content-Security-Policy"].split(";"))
    assert directives["form-action"] == "'self' http://127.0.0.1:49152"
    assert directives["default-src"] == "'none'"
    assert directives["frame-ancestors"] == "'none'"
    assert "form-action 'self';" in visitor.get("/signin/").headers["Content-Security-Policy"]


def test_without_a_chooser_one_identity_is_shown_and_with_several_one_is_chosen(
    visitor: Visitor, alice: Person, iam_user: Person, tool: Tool
) -> None:
    first = signed_in(visitor, alice)
    assert 'type="radio"' not in asks(visitor, tool).content.decode()
    second = signed_in(visitor, iam_user)
    page = asks(visitor, tool)
    assert page.content.decode().count('type="radio"') == 2
    code = sent(answers(visitor, page, "allow", session=first.name))["code"]
    assert tool.redeems(code).status == 200
    assert Grant.objects.get().principal == first.principal != second.principal


def test_somebody_else_can_sign_in_and_comes_back_to_the_page(visitor: Visitor, alice: Person, iam_user: Person, tool: Tool) -> None:
    signed_in(visitor, alice)
    page = asks(visitor, tool)
    link = page.content.decode().partition('href="/console/?add=1')[2].partition('"')[0].replace("&amp;", "&")
    choice = visitor.opens("/console/?add=1" + link).content.decode()
    address_ = choice.partition('href="/signin/iam')[2].partition('"')[0].replace("&amp;", "&")
    form = visitor.opens("/signin/iam" + address_)
    answer = visitor.sends(form, account=iam_user.account, username=iam_user.username, password=iam_user.password)
    _, back = visitor.walks(answer)
    assert "asks to sign in as you" in text_of(back)
    assert back.content.decode().count('type="radio"') == 2


# Sign-in first


def test_nobody_signed_in_signs_in_first_and_then_answers(visitor: Visitor, iam_user: Person, tool: Tool) -> None:
    to_sign_in = asks(visitor, tool)
    entry = to_sign_in.headers["Location"]
    assert consent_of(to_sign_in).startswith(CONSENT)
    visitor.opens(entry)
    _, page = visitor.walks(visitor.gives_iam(iam_user, address=entry + "&user=iam"))
    assert tool.redeems(sent(answers(visitor, page, "allow"))["code"]).status == 200


def test_the_destination_survives_security_check_mailed_code_and_the_offer_of_a_second_factor(
    visitor: Visitor, root_user: Person, tool: Tool
) -> None:
    entry = asks(visitor, tool).headers["Location"]
    form = visitor.opens(entry + "&user=root")
    _, check = visitor.walks(visitor.sends(form, email=root_user.email))
    _, password = visitor.walks(visitor.passes_check(check))
    _, code = visitor.walks(visitor.sends(password, password=root_user.password))
    mailed = visitor.newest_mail(root_user.email)["codes"][0]
    _, page = visitor.walks(visitor.puts_off_registration(visitor.sends(code, code=mailed)))
    assert "arn:aws:iam::111122223333:root" in text_of(page)
    assert tool.redeems(sent(answers(visitor, page, "allow"))["code"]).status == 200


def test_the_destination_survives_a_new_password(visitor: Visitor, iam_user_to_change_password: Person, tool: Tool) -> None:
    entry = asks(visitor, tool).headers["Location"]
    _, form = visitor.walks(visitor.gives_iam(iam_user_to_change_password, address=entry + "&user=iam"))
    _, page = visitor.walks(visitor.sends(form, new_password="Quite-New-8851", confirm_password="Quite-New-8851"))
    assert "Let a program sign in?" in text_of(page) or "A permission is missing" in text_of(page)


def test_the_region_of_the_address_goes_along(visitor: Visitor, alice: Person, tool: Tool) -> None:
    assert "region=eu-west-1" in asks(visitor, tool, region="eu-west-1").headers["Location"]
    signed_in(visitor, alice)
    answers(visitor, asks(visitor, tool, region="eu-west-1"), "allow")
    assert AuthorizationCode.objects.get().region == "eu-west-1"
    assert record_of()["awsRegion"] == "eu-west-1"
