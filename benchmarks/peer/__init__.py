"""django-post_office as it is at its best, on the same PostgreSQL and the same sink.

It stands in a virtual environment of its own, so that the platform's own holds nothing of it.
"""
