"""The services whose operations the portal answers; importing them offers those."""

from portal.awsapi.services import cloudtrail, iam, oauth, oauth_with_iam, signin, sts, token_exchange

MODULES = (signin, oauth, oauth_with_iam, token_exchange, sts, iam, cloudtrail)
"""Every service's module; a further one is named here."""
