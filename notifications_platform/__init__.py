"""One Django platform, four notification contracts, one delivery engine."""
