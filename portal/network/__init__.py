"""Where a request comes from: public address or VPC endpoint, and the region whose endpoint it reached."""
