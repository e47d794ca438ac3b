"""The services whose operations the portal answers; importing them offers those."""

from portal.awsapi.services import cloudtrail, oauth, signin, sts

MODULES = (signin, oauth, sts, cloudtrail)
"""Every service's module; a further one is named here."""
