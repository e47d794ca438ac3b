"""What the admin site must not tell or give, not even to somebody who may look."""

import pytest
from django.contrib.auth.models import Group, Permission

from accounts.models import Principal
from portal.trail.models import Event
from portal.trail.names import EventName
from portal.world.people import Person
from tests.admin.operators import OperatorBrowser, signed_in


@pytest.mark.parametrize(
    "lookup",
    [
        "accounts/rootuser/?password__startswith=argon2",
        "accounts/iamuser/?password__regex=^argon2",
        "accounts/operator/?password__gt=argon2",
        "accounts/signinsession/?secret_digest__startswith=a",
        "accounts/signinsession/?principal__password__startswith=a",
        "accounts/outgoingmail/?sealed_context__startswith=g",
        "portal/message/?text__contains=123456",
        "accounts/account/?principals__password__startswith=a",
        "auth/group/?user__password__startswith=a",
        "accounts/iamuser/?authenticator__authenticatorapp__sealed_secret__startswith=g",
        "mfa/authenticator/?authenticatorapp__sealed_secret__startswith=g",
        "mfa/authenticator/?passkey__credential_id__startswith=a",
        "mfa/authenticator/?binding__startswith=a",
        "mfa/authenticator/?user__password__startswith=argon2",
        "mfa/trusteddevice/?token_digest__startswith=a",
        "mfa/trusteddevice/?fingerprint__startswith=a",
        "mfa/phonecall/?sealed_digits__startswith=g",
        "mfa/factorrecovery/?code_digest__startswith=a",
        "mfa/factorrecovery/?link_digest__startswith=a",
    ],
)
def test_adm_no_filter_tells_a_secret_letter_by_letter(operator_browser: OperatorBrowser, lookup: str) -> None:
    assert operator_browser.client.get(f"/admin/{lookup}").status_code == 400


@pytest.mark.parametrize(
    "lookup",
    [
        "accounts/rootuser/?is_active__exact=1",
        "accounts/iamuser/?must_change_password__exact=0",
        "accounts/account/?status__exact=active",
        "accounts/signinsession/?ended=no",
        "accounts/signinsession/?end_reason__exact=signed_out",
        "accounts/outgoingmail/?state__exact=sent",
        "accounts/account/?_popup=1",
        "accounts/operator/?second_factor=no",
        "accounts/account/?iam_users_need_mfa__exact=1",
        "mfa/authenticator/?type__exact=totp&owner=root",
        "mfa/authenticator/?owner=nobody",
        "mfa/directoryrule/?mode__exact=never",
        "portal/event/?succeeded__exact=1&event_name=ConsoleLogin",
    ],
)
def test_the_filters_that_a_page_offers_filter(operator_browser: OperatorBrowser, lookup: str) -> None:
    assert operator_browser.client.get(f"/admin/{lookup}").status_code == 200


def test_adm_03_only_superusers_change_groups(operator: Person) -> None:
    browser = signed_in(operator)
    me, group = Principal.objects.get(kind="operator"), Group.objects.create(name="Helpers")
    me.groups.add(group)
    me.user_permissions.add(*Permission.objects.filter(content_type__app_label="auth", content_type__model="group"))
    every = Permission.objects.values_list("pk", flat=True)
    path = f"/admin/auth/group/{group.pk}/change/"

    Principal.objects.filter(pk=me.pk).update(is_superuser=False)
    given = {"csrfmiddlewaretoken": browser.token_of("/admin/"), "name": "Helpers", "permissions": list(every)}
    assert browser.client.post(path, given).status_code == 403
    assert not group.permissions.exists()

    Principal.objects.filter(pk=me.pk).update(is_superuser=True)
    assert browser.send(path, name="Helpers", permissions=list(every)[:2]).status_code == 302
    assert group.permissions.count() == 2
    assert f"auth.Group:{group.pk}" in Event.objects.filter(event_name=EventName.OPERATOR_ACTION).latest("id").record
