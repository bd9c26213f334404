"""From a request's body to what a sender asks for: shape only, everything wrong with it told at
once (correspondence contract 2, 4.1, 4.2, 4.5, 5.1, 8.1).
"""
