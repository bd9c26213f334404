"""The standing clock and the keeping transport of the lifecycle's tests."""

from tests.cases.lifecycle.conftest import api, moment, post

__all__ = ["api", "moment", "post"]
