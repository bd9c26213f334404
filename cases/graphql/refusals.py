"""What `errors` says and in which words a machine reads it (cases contract 2)."""

from enum import StrEnum

from graphql import GraphQLError


class Code(StrEnum):
    """`extensions.code` of an error."""

    PARSE_FAILED = "PARSE_FAILED"
    VALIDATION_FAILED = "VALIDATION_FAILED"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    INTERNAL = "INTERNAL"


class Refused(Exception):
    """The whole request: nothing of it was executed. One error or several, of one kind."""

    def __init__(self, code: Code, *errors: GraphQLError | str) -> None:
        super().__init__(code)
        self.code = code
        self.errors = [GraphQLError(error) if isinstance(error, str) else error for error in errors]
