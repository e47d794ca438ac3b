"""Rows of second factors for operators to look at, and everything of theirs that nobody may see."""

from datetime import timedelta

from accounts.models import Account, Principal
from mfa.models import AuthenticatorApp, DirectoryRule, FactorRecovery, Passkey, PhoneCall, TrustedDevice, VirtualDevice
from portal.core import clock
from portal.core.tokens import digest, seal, unseal

DIGITS = "739154"
SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def trusted_by(principal: Principal, token: str = "trust-token") -> TrustedDevice:
    """Return a browser that `principal` trusts."""
    return TrustedDevice.objects.create(
        principal=principal,
        token_digest=digest(token),
        fingerprint=digest(f"fingerprint of {token}"),
        browser="Firefox",
        system="Windows",
        network="203.0.113.0/24",
        address="203.0.113.7",
        expires_at=clock.now() + timedelta(days=90),
    )


def fill_tables(principal: Principal) -> None:
    """Put a row at least into every table of second factors."""
    DirectoryRule.objects.create(directory="d-0123456789")
    PhoneCall.objects.create(number="+1 206 555 0100", sealed_digits=seal(DIGITS), expires_at=clock.now())
    trusted_by(principal)
    account = Account.objects.get(pk=principal.account_id or "111122223333")
    VirtualDevice.objects.create(account=account, name="spare", serial=f"arn:aws:iam::{account.pk}:mfa/spare", sealed_secret=seal(SEED))
    FactorRecovery.objects.create(
        principal=principal,
        credential_epoch=0,
        attempt_digest=digest("attempt"),
        link_digest=digest("link"),
        code_digest=digest("digits"),
        expires_at=clock.now(),
    )
    assert AuthenticatorApp.objects.exists()
    assert Passkey.objects.exists()


def secrets_in_tables() -> set[str]:
    """Return what proves somebody's second factor, in clear and as it is stored."""
    sealed = set(AuthenticatorApp.objects.values_list("sealed_secret", flat=True)) | set(PhoneCall.objects.values_list("sealed_digits", flat=True))
    sealed |= set(VirtualDevice.objects.values_list("sealed_secret", flat=True))
    found = sealed | {unseal(value) or "" for value in sealed}
    for model, fields in (
        (Passkey, ("credential_id", "credential_digest", "user_handle", "public_key")),
        (TrustedDevice, ("token_digest", "fingerprint")),
        (FactorRecovery, ("attempt_digest", "link_digest", "code_digest")),
    ):
        for field in fields:
            found |= set(model._default_manager.values_list(field, flat=True))
    assert DIGITS in found
    return found - {""}
