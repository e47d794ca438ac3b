"""The operators' acts on second factors that no owner does in the same way."""

from django.db import transaction

from accounts.administration.acts import Act, Actor
from accounts.administration.flows import name_of, record_act
from mfa.models import TrustedDevice


def forget_trusted_device(device: TrustedDevice, *, by: Actor) -> bool:
    """Have the identity asked for its second factor again in that browser; False when the device was forgotten already."""
    owner = device.principal
    with transaction.atomic():
        deleted, _rows = TrustedDevice.objects.filter(pk=device.pk).delete()
        if not deleted:
            return False
        seen = {"device": str(device), "sourceIPAddress": device.address}
        record_act(Act.FORGET_TRUSTED_DEVICE, by=by, target=name_of(owner), account=owner.account_id or "", details=seen)
    return True
