"""What happens by itself: deadlines, reminders, deletions, look-ups (cases contract 9 to 11).

Each step takes what is due, oldest first, claims it under lock and skips what another sweep
holds; it may run any number of times at once, and catches up what was missed.
"""
