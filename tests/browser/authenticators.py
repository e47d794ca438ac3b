"""Virtual authenticators of Chromium (WebAuthn Level 3 §11, by the DevTools protocol): what a person would hold, in a browser's page."""

from typing import Any, Literal

from playwright.sync_api import Page

Transport = Literal["internal", "usb"]


class VirtualAuthenticator:
    """A security key (`usb`) or the device's own authenticator (`internal`), which is touched whenever a page asks, unless told otherwise."""

    def __init__(self, page: Page, *, transport: Transport = "usb", resident: bool = True, verifies: bool = True, synced: bool = False) -> None:
        self._session = page.context.new_cdp_session(page)
        self._send("enable", enableUI=False)
        options = {
            "protocol": "ctap2",
            "transport": transport,
            "hasResidentKey": resident,
            "hasUserVerification": verifies,
            "isUserVerified": verifies,
            "automaticPresenceSimulation": True,
            "defaultBackupEligibility": synced,
            "defaultBackupState": synced,
        }
        self.id = self._session.send("WebAuthn.addVirtualAuthenticator", {"options": options})["authenticatorId"]

    def _send(self, method: str, **arguments: Any) -> Any:
        return self._session.send(f"WebAuthn.{method}", arguments)

    @property
    def credentials(self) -> list[dict[str, Any]]:
        """The credentials that it holds, private keys included."""
        found: list[dict[str, Any]] = self._send("getCredentials", authenticatorId=self.id)["credentials"]
        return found

    def add(self, credential: dict[str, Any]) -> None:
        """Put a credential onto it."""
        self._send("addCredential", authenticatorId=self.id, credential=credential)

    def set_counter(self, count: int) -> None:
        """Put the counter of its only credential to `count`, as a copy of the key would have it."""
        (credential,) = self.credentials
        self._send("removeCredential", authenticatorId=self.id, credentialId=credential["credentialId"])
        self.add(credential | {"signCount": count})

    def set_verified(self, verified: bool) -> None:
        """Say whether its user passes verification."""
        self._send("setUserVerified", authenticatorId=self.id, isUserVerified=verified)

    def set_touched(self, touched: bool) -> None:
        """Say whether it is touched when a page asks."""
        self._send("setAutomaticPresenceSimulation", authenticatorId=self.id, enabled=touched)

    def break_signatures(self, *, broken: bool = True) -> None:
        """Let it sign wrongly from now on, or rightly again."""
        self._send("setResponseOverrideBits", authenticatorId=self.id, isBogusSignature=broken)

    def unplug(self) -> None:
        """Take it away from the browser."""
        self._send("removeVirtualAuthenticator", authenticatorId=self.id)
