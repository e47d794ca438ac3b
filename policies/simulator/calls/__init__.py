"""What policies would say of calls that nobody makes (IAM user guide, "Testing IAM policies with the IAM policy simulator")."""
