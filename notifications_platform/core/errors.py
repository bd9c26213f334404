"""One error hierarchy. Services raise these with a code and parameters; each face owns the
table that turns a code into its own dialect (problem details, union member, result message).
"""


class DomainError(Exception):
    """A refusal by a rule of the domain; nothing was changed.

    `code` names the rule, `parameters` what its text needs, named in braces. `words` is that text
    without them, for a face that speaks another language. Never holds personal data.
    """

    code = "domain_error"

    def __init__(self, detail: str = "", **parameters: object) -> None:
        self.words = detail or self.code
        self.detail = detail.format(**parameters) if parameters and "{" in detail else detail
        super().__init__(self.detail or self.code)
        self.parameters = parameters


class NotFound(DomainError):
    code = "not_found"


class Unavailable(DomainError):
    """Something we depend on does not answer; the same call may succeed later."""

    code = "unavailable"
