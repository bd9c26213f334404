"""SMS providers by the scheme of SMS_GATEWAY_URL. A further provider is one class of `Transport`
and one line here (delivery contract 4).
"""

from collections.abc import Callable, Mapping

from notifications_platform.delivery.channels.base import Transport
from notifications_platform.delivery.channels.sms.pswin import PswinTransport

PROVIDERS: Mapping[str, Callable[[str], Transport]] = {
    "pswin+http": PswinTransport,
    "pswin+https": PswinTransport,
}


def transports(urls: str) -> list[Transport]:
    """One per URL, in the order written. Raises ValueError, without the URL in its text."""
    made: list[Transport] = []
    for url in urls.split():
        scheme = url.partition("://")[0]
        if scheme not in PROVIDERS:
            raise ValueError(f"no SMS provider is known by {scheme!r}: {', '.join(PROVIDERS)}")
        transport = PROVIDERS[scheme](url)
        # Two accounts at one gateway: the pauses of one must not be those of the other.
        times = 1 + sum(one.name.partition("#")[0] == transport.name for one in made)
        if times > 1:
            transport.name += f"#{times}"
        made.append(transport)
    return made
