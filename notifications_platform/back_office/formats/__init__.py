"""How the back office writes dates and numbers, whatever its language."""
