"""What IAM keeps of an account: its groups and roles, made, changed and deleted as the IAM API does it (service model `iam` 2010-05-08)."""
