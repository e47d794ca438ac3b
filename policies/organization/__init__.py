"""An organisation's policies: RCPs and SCPs written, attached and detached by the management account, and the tree that they hang on."""
