"""The single writer of events: one CloudTrail-shaped record, one INSERT (CloudTrail user guide, "record contents" and "console sign-in events").

`record` inserts in the transaction of its caller and nothing else happens behind it. An event of a success belongs inside the
`atomic` block of the change that it records, so that neither exists without the other. An event of a failure belongs outside of
any block that the failure rolls back: without a block around it the row is committed at once, and stays when the request ends
in an error.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ParamSpec

from portal.conf import conf
from portal.core import clock, ids, randomness, regions
from portal.core.prepared import insert
from portal.core.statements import new_instance
from portal.network.origin import Origin
from portal.trail.identity import Identity, utc_text
from portal.trail.models import Event
from portal.trail.names import IAM_SOURCE, PORTAL_SOURCE, SIGNIN_SOURCE, EventName, EventType

TEXT_LIMIT = 1024
"""Bytes of a user agent or an error message that a record keeps."""

ADDITIONAL_LIMIT = 28 * 1024
"""Bytes of `additionalEventData` that a record keeps."""

TRUNCATED = "...(truncated)"
"""What stands at the end of a text that was cut; the simulator's own mark."""

P = ParamSpec("P")
_ENCODER = json.JSONEncoder(separators=(",", ":"))
_MOBILE = re.compile(r"Mobi|Android|iPhone|iPad")


@dataclass(frozen=True, slots=True)
class _Frame:
    source: str = SIGNIN_SOURCE
    event_type: str = EventType.CONSOLE_SIGN_IN
    version: str = "1.08"
    read_only: bool = False
    answers: bool = True
    is_request: bool = False


_SIGN_IN = _Frame()
_OAUTH = _Frame(event_type=EventType.API_CALL, version="1.11", read_only=True, answers=False, is_request=True)
_IAM_CALL = _Frame(source=IAM_SOURCE, event_type=EventType.API_CALL, answers=False, is_request=True)
_OWN = _Frame(source=PORTAL_SOURCE, event_type=EventType.CONSOLE_ACTION)
_FRAMES: dict[EventName, _Frame] = {
    EventName.CHANGE_PASSWORD: _IAM_CALL,
    EventName.AUTHORIZE_OAUTH2_ACCESS: _OAUTH,
    EventName.CREATE_OAUTH2_TOKEN: _OAUTH,
    EventName.ENABLE_MFA_DEVICE: _IAM_CALL,
    EventName.DEACTIVATE_MFA_DEVICE: _IAM_CALL,
    EventName.RESYNC_MFA_DEVICE: _IAM_CALL,
    EventName.MFA_DEVICE_RENAMED: _OWN,
    EventName.MFA_FAILED_REPEATEDLY: _OWN,
    EventName.PASSKEY_CLONE_SUSPECTED: _OWN,
    EventName.MFA_RECOVERY_REQUESTED: _OWN,
    EventName.MFA_RECOVERY_EMAIL_VERIFIED: _OWN,
    EventName.MFA_RECOVERY_CALLED: _OWN,
    EventName.MFA_RECOVERY_COMPLETED: _OWN,
    EventName.TRUSTED_DEVICE_ADDED: _OWN,
    EventName.TRUSTED_DEVICE_FORGOTTEN: _OWN,
    EventName.TRUST_NOT_ACCEPTED: _OWN,
    EventName.REAUTHENTICATED: _OWN,
    EventName.ACCOUNT_MFA_REQUIREMENT_CHANGED: _OWN,
    EventName.SESSION_ENDED: _OWN,
    EventName.ACCOUNT_CREATED: _OWN,
    EventName.OPERATOR_LOGIN: _OWN,
    EventName.OPERATOR_ACTION: _OWN,
    EventName.SUPPORT_RECOVERY_OPENED: _OWN,
    EventName.SUPPORT_RECOVERY_CODE_SENT: _OWN,
    EventName.SUPPORT_RECOVERY_EMAIL_VERIFIED: _OWN,
    EventName.SUPPORT_RECOVERY_LINK_ISSUED: _OWN,
    EventName.SUPPORT_RECOVERY_SIGNED_IN: _OWN,
    EventName.SUPPORT_RECOVERY_COMPLETED: _OWN,
    EventName.SUPPORT_RECOVERY_WITHDRAWN: _OWN,
    EventName.SUPPORT_RECOVERY_EXPIRED: _OWN,
    EventName.SUPPORT_RECOVERY_REFUSED: _OWN,
}


def bounded(text: str, limit: int = TEXT_LIMIT) -> str:
    """Return `text`, cut to less than `limit` bytes of UTF-8 and marked when it is not shorter than that already."""
    if len(text) * 4 < limit or len(encoded := text.encode("utf-8", "surrogatepass")) < limit:
        return text
    return encoded[: limit - len(TRUNCATED) - 1].decode("utf-8", "ignore") + TRUNCATED


def encoded(content: Mapping[str, Any]) -> str:
    """Return JSON in one line of ASCII, whatever the texts in it hold."""
    return _ENCODER.encode(content)


def _additional(extra: Mapping[str, str]) -> dict[str, str]:
    if (sum(map(len, extra)) + sum(map(len, extra.values()))) * 4 < ADDITIONAL_LIMIT:
        return dict(extra)
    share = ADDITIONAL_LIMIT // len(extra)
    return {bounded(name, share // 4): bounded(value, share // 2) for name, value in extra.items()}


def delivery_region(kind: str, origin: Origin, *, remembers_account: bool) -> str:
    """Return the region that an identity's sign-in event is delivered to (IAM user guide, "how IAM users sign in").

    Root users: always us-east-1. IAM users by a regional endpoint: that region; by the global one: `conf.latency_region` when the
    browser remembers an account (`remembers_account`), else us-east-1.
    """
    if kind == "root":
        return regions.DEFAULT
    if origin.regional:
        return origin.region
    return conf.latency_region if remembers_account and kind == "iam_user" else regions.DEFAULT


def draft(
    name: EventName,
    *,
    identity: Identity,
    origin: Origin,
    succeeded: bool,
    error: str = "",
    extra: Mapping[str, str] | None = None,
    region: str | None = None,
    account: str = "",
    source: str = "",
    event_type: str = "",
    request_parameters: Mapping[str, Any] | None = None,
    note: Mapping[str, Any] | None = None,
    principal_key: str = "",
) -> Event:
    """Return one event, not yet written.

    `extra` becomes `additionalEventData`; `account` is who receives the event, by default the identity's account; `region`, `source`
    and `event_type` follow from the identity and the name unless given. `principal_key` is what an identity's own events are found
    by, by default its principal id. `note` is JSON of the simulator's own, kept beside the record. Texts over CloudTrail's
    limits are cut and marked; whatever they hold, the record stays one line of ASCII JSON.
    """
    frame = _FRAMES.get(name, _SIGN_IN)
    source = source or frame.source
    moment = clock.now()
    event_id = randomness.uuid()
    recipient = account or identity.account
    where = region or (regions.DEFAULT if source == IAM_SOURCE else delivery_region(identity.kind, origin, remembers_account=False))
    document: dict[str, Any] = {
        "eventVersion": frame.version,
        "userIdentity": identity.document(),
        "eventTime": utc_text(moment),
        "eventSource": source,
        "eventName": name,
        "awsRegion": where,
        "sourceIPAddress": origin.address,
        "userAgent": bounded(origin.user_agent),
    }
    if error:
        document["errorMessage"] = bounded(error)
    document["requestParameters"] = request_parameters
    document["responseElements"] = {name: "Success" if succeeded else "Failure"} if frame.answers else None
    additional = _additional(extra) if extra else {}
    if frame is _OAUTH:
        additional["success"] = "true" if succeeded else "false"
    if additional:
        document["additionalEventData"] = additional
    if frame.is_request:
        document["requestID"] = str(randomness.uuid())
    document["eventID"] = str(event_id)
    document["readOnly"] = frame.read_only
    document["eventType"] = event_type or frame.event_type
    document["managementEvent"] = True
    document["recipientAccountId"] = recipient
    document["eventCategory"] = "Management"
    document["tlsDetails"] = {
        "tlsVersion": "TLSv1.3",
        "cipherSuite": "TLS_AES_128_GCM_SHA256",
        "clientProvidedHostHeader": origin.host,
    }
    columns = {
        "event_id": event_id,
        "event_time": moment,
        "event_name": name.value,
        "account_id": recipient if ids.ACCOUNT_ID.fullmatch(recipient) else "",
        "principal_key": (principal_key or identity.principal_id or "")[:128],
        "source_ip": origin.address,
        "region": where,
        "succeeded": succeeded,
        "record": encoded(document),
        "note": encoded(note) if note else "",
    }
    return new_instance(Event, columns)


def _writing(make: Callable[P, Event]) -> Callable[P, Event]:
    def write(*args: P.args, **kwargs: P.kwargs) -> Event:
        """Write one event in the caller's transaction (see the module's text) and return it; what is said of it is as in `draft`."""
        event = make(*args, **kwargs)
        insert(event)
        return event

    return write


record = _writing(draft)


def is_mobile(user_agent: str) -> bool:
    """Tell whether a user agent names itself mobile, which CloudTrail records as `MobileVersion`."""
    return bool(_MOBILE.search(user_agent))


def draft_console_login(
    identity: Identity,
    *,
    origin: Origin,
    succeeded: bool,
    login_to: str,
    error: str = "",
    mfa_used: bool = False,
    mfa_identifier: str = "",
    remembers_account: bool = False,
    note: Mapping[str, Any] | None = None,
    principal_key: str = "",
) -> Event:
    """Return `ConsoleLogin`, one a completed or refused sign-in, not yet written.

    `login_to` is the console address that the visitor was going to. `mfa_used` is true when a second factor was given, or was what
    failed; `mfa_identifier` is the device's ARN, recorded on success alone. `remembers_account` is whether the browser came with the
    cookie of a remembered account, which decides the region of delivery.
    """
    extra = {
        "LoginTo": login_to,
        "MobileVersion": "Yes" if is_mobile(origin.user_agent) else "No",
        "MFAUsed": "Yes" if mfa_used else "No",
    }
    if succeeded and mfa_used and mfa_identifier:
        extra["MFAIdentifier"] = mfa_identifier
    return draft(
        EventName.CONSOLE_LOGIN,
        identity=identity,
        origin=origin,
        succeeded=succeeded,
        error=error,
        extra=extra,
        region=delivery_region(identity.kind, origin, remembers_account=remembers_account),
        note=note,
        principal_key=principal_key,
    )


console_login = _writing(draft_console_login)
