"""Who guesses has to wait. Failures are counted in the cache, without names or addresses; when
the cache is away nothing is counted, since staff must get in.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.crypto import salted_hmac
from redis.exceptions import RedisError

WITHIN = timedelta(minutes=15)
# An IPv6 customer has this much of the address to himself, and changes the rest at will.
_ONE_CUSTOMER = 64


@dataclass(frozen=True, slots=True)
class Limit:
    """So many failures of `whose` within a quarter of an hour, then nothing for the rest of it."""

    whose: str
    most: int

    @property
    def key(self) -> str:
        return f"login:{salted_hmac('back_office.login', self.whose).hexdigest()}"


def reached(limits: Sequence[Limit]) -> bool:
    try:
        counts = cache.get_many([limit.key for limit in limits])
    except RedisError:
        return False
    return any(int(counts.get(limit.key, 0)) >= limit.most for limit in limits)


def count_failure(limits: Sequence[Limit]) -> None:
    for limit in limits:
        try:
            cache.add(limit.key, 0, timeout=WITHIN.total_seconds())
            cache.incr(limit.key)
        except (RedisError, ValueError):
            # Unreachable, or expired between the two calls.
            return


def client_address(request: HttpRequest) -> str:
    """Whom a request came from: the connection's other end, or, behind proxies of ours, what the
    outermost of them wrote into X-Forwarded-For. What stands left of that is the client's own
    word. Of an IPv6 address the network.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    if proxies := settings.TRUSTED_PROXIES:
        hops = request.META.get("HTTP_X_FORWARDED_FOR", "").split(",")
        forwarded = hops[-proxies].strip() if len(hops) >= proxies else ""
        address = forwarded or address
    return _network(address)


def _network(address: str) -> str:
    try:
        parsed = ip_address(address)
    except ValueError:
        return address[:100]
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    return str(parsed.ipv4_mapped or ip_network((parsed, _ONE_CUSTOMER), strict=False))
