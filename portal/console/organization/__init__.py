"""Organization policies, in the console of the management account: what is attached where, RCPs and SCPs, console authorization."""
