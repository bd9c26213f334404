"""What is counted of `cases` (runtime contract 7). Labels never hold personal data."""

from prometheus_client import Counter

DEPRECATED_FIELDS = Counter(
    "cases_deprecated_fields",
    "Calls of root fields that producers are asked to leave, by field.",
    ["field"],
)
