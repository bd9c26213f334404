"""What enrollment promises of speed: deliveries, sweeping changes, and that size matters not."""
