"""Events of API calls (CloudTrail user guide, "record contents"): who called which operation, with what, and what came of it."""

from collections.abc import Mapping, Sequence
from typing import Any

from portal.core import clock, ids, randomness
from portal.core.prepared import create
from portal.network.origin import Origin
from portal.trail.identity import Identity, utc_text
from portal.trail.models import Event
from portal.trail.names import EventType
from portal.trail.record import bounded, encoded

VERSION = "1.11"
REQUEST_LIMIT = 100 * 1024
"""Bytes of `requestParameters` or `responseElements`; what is larger is left out (CloudTrail keeps 100 KB of each)."""


def record_call(
    name: str,
    *,
    source: str,
    identity: Identity,
    origin: Origin,
    reads: bool,
    account: str = "",
    request_id: str = "",
    error_code: str = "",
    error: str = "",
    request_parameters: Mapping[str, Any] | None = None,
    response_elements: Mapping[str, Any] | None = None,
    resources: Sequence[tuple[str, str]] = (),
    shared_event_id: str = "",
    extra: Mapping[str, str] | None = None,
    note: Mapping[str, Any] | None = None,
) -> Event:
    """Write the event of one call in the caller's transaction and return it.

    `name` is the operation's, whatever service it is of; `account` who receives the event, by default the caller's account. A call
    succeeded unless it has an `error_code`. `resources` are ARNs, each with its type. `shared_event_id` is the same in the events
    that several accounts get of one call; `extra` becomes `additionalEventData`. Nothing that is passed may hold a secret.
    """
    moment, event_id = clock.now(), randomness.uuid()
    recipient = account or identity.account
    document: dict[str, Any] = {
        "eventVersion": VERSION,
        "userIdentity": identity.document(),
        "eventTime": utc_text(moment),
        "eventSource": source,
        "eventName": name,
        "awsRegion": origin.region,
        "sourceIPAddress": origin.address,
        "userAgent": bounded(origin.user_agent),
    }
    if error_code:
        document |= {"errorCode": error_code, "errorMessage": bounded(error)}
    document["requestParameters"] = _kept(request_parameters)
    document["responseElements"] = None if error_code else _kept(response_elements)
    if extra:
        document["additionalEventData"] = dict(extra)
    document |= {"requestID": request_id or str(randomness.uuid()), "eventID": str(event_id), "readOnly": reads}
    if resources:
        document["resources"] = [{"accountId": arn.split(":", 5)[4], "type": kind, "ARN": arn} for arn, kind in resources]
    document |= {"eventType": EventType.API_CALL, "managementEvent": True, "recipientAccountId": recipient}
    if shared_event_id:
        document["sharedEventID"] = shared_event_id
    document["eventCategory"] = "Management"
    document["tlsDetails"] = {
        "tlsVersion": "TLSv1.3",
        "cipherSuite": "TLS_AES_128_GCM_SHA256",
        "clientProvidedHostHeader": origin.host,
    }
    return create(
        Event,
        event_id=event_id,
        event_time=moment,
        event_name=name[:64],
        account_id=recipient if ids.ACCOUNT_ID.fullmatch(recipient) else "",
        principal_key=(identity.principal_id or "")[:128],
        source_ip=origin.address,
        region=origin.region,
        succeeded=not error_code,
        record=encoded(document),
        note=encoded(note) if note else "",
    )


def _kept(content: Mapping[str, Any] | None) -> Mapping[str, Any] | None:
    return content if content and len(encoded(content)) < REQUEST_LIMIT else None
