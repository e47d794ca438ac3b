"""An account's permission statements and where console authorization is on: rules, flows, the consolidated policy."""
