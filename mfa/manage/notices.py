"""What has just been done to devices, by the word `done` that stands in the address of the page that lists them."""

from django.utils.translation import gettext_lazy as _

SUCCESSES = {
    "registered": _("The MFA device is registered. It is asked for at the next sign-in."),
    "renamed": _("The MFA device was renamed."),
    "deleted": _("The MFA device was deleted. All other sessions have ended."),
    "resynchronised": _("The MFA device is in step with the clock again."),
    "forgotten": _("The device is no longer trusted."),
    "all_forgotten": _("No device is trusted any more."),
}
WARNINGS = {
    "recovered": _(
        "You signed in without your MFA device. Register a new device, delete the one that is lost or broken, and change your password: "
        "whoever has the device may know it."
    ),
    "choose": _("Choose a device first, then what to do with it."),
    "not_yours": _("Your administrator manages your MFA devices. Ask your administrator."),
}
