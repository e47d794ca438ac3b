"""IAM: users, groups, roles and policies of an account (service model `iam` 2010-05-08; its endpoint is global, so any Region is signed for).

Importing the modules offers their operations.
"""

from portal.awsapi.services.iam import attachments, groups, inline_policies, policies, roles, simulation, versions

MODULES = (groups, policies, versions, attachments, inline_policies, roles, simulation)
