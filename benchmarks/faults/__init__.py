"""`make faults`: hurts the real platform, one row of docs/reliability.md after the other."""
