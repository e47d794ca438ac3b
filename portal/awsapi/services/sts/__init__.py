"""Security Token Service: who am I, and every kind of temporary credentials (IAM user guide, "Compare AWS STS credentials"; service model `sts`)."""

from portal.awsapi.services.sts import identity, roles, tokens

__all__ = ["identity", "roles", "tokens"]
