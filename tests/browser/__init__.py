"""The back office as staff use it: a real browser, a whole running platform."""
