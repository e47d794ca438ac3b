"""The services whose operations the portal answers; importing them offers those."""

from portal.awsapi.services import cloudtrail, iam, oauth, signin, sts

MODULES = (signin, oauth, sts, iam, cloudtrail)
"""Every service's module; a further one is named here."""
