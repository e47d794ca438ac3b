"""The version stamp of policies: what was compiled under another stamp than the present one is read anew (`portal.core.stamps`)."""

from portal.core.stamps import VersionStamp

KEY = "policies:stamp"

STAMP = VersionStamp(KEY)

changed = STAMP.changed
"""Note a change of policies, in its transaction."""
held = STAMP.held
"""Take the stamp as unchanged for as long as a measurement lasts."""
