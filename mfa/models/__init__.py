"""Tables of second factors: registered devices, open ceremonies, trusted devices, recoveries, and the rules of a directory."""

from mfa.models.authenticators import Authenticator, AuthenticatorApp, Passkey
from mfa.models.ceremonies import Ceremony
from mfa.models.recovery import FactorRecovery, PhoneCall
from mfa.models.rules import DirectoryRule
from mfa.models.trust import TrustedDevice
from mfa.models.virtual import VirtualDevice

__all__ = [
    "Authenticator",
    "AuthenticatorApp",
    "Ceremony",
    "DirectoryRule",
    "FactorRecovery",
    "Passkey",
    "PhoneCall",
    "TrustedDevice",
    "VirtualDevice",
]
