"""The IAM user's sign-in: account, user name and password on one page; a new password where one is due."""
