"""The shell's tables, each defined in its room."""

from portal.inbox.models import Message
from portal.rehearsal.models import Rehearsal
from portal.trail.digests.models import Digest, Verification
from portal.trail.models import Event
from portal.training.phone.models import PhoneApp

__all__ = ["Digest", "Event", "Message", "PhoneApp", "Rehearsal", "Verification"]
