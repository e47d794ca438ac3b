"""Policies of identities: managed ones with their versions, what is attached to whom, and what is embedded (IAM user guide, "Managed policies")."""
