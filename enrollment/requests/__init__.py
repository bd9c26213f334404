"""From a request's body to what a service takes: shape and types only, everything wrong with it
told at once (enrollment contract 1).
"""
