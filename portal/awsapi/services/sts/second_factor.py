"""A code of an authenticator app that comes with a call (IAM user guide, "Secure API access with MFA")."""

from datetime import datetime

from accounts.models import Principal
from mfa.base.guessing import count_try, forgive
from mfa.totp.flows import verify
from portal.awsapi.errors import CallRefused, Fault
from portal.awsapi.registry import Call


def second_factor(call: Call) -> datetime | None:
    """Return when the caller proved a second factor: now, where a right code came with the call, which it uses up. Refuses any other code.

    A try counts for the user as one on a page does, so that codes cannot be guessed here either.
    """
    serial, code, user = call.parameters.get("SerialNumber"), call.parameters.get("TokenCode"), call.signer.holder
    if serial is None and code is None:
        return None
    if serial is None or code is None:
        raise CallRefused(Fault.INVALID, "Give SerialNumber and TokenCode together.")
    if isinstance(user, Principal):
        binding = f"sts {call.signer.key_id}"
        counted = count_try(user.pk, binding, call.origin.caller)
        device = None if counted.spent or counted.wait else verify(user, code)
        if device is not None and device.serial == serial:
            forgive(user.pk, binding, call.origin.caller)
            return call.now
    raise CallRefused(Fault.DENIED, "MultiFactorAuthentication failed with invalid MFA one time pass code.")
