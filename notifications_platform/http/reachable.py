"""Which addresses outbound HTTP may reach when somebody else chose the host (delivery 5)."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address

# Reached only where OUTBOUND_ALLOW_PRIVATE says so.
_PRIVATE = [
    ip_network(block)
    for block in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10"),
        *("::1/128", "fc00::/7"),
    )
]
# Never reached: this network, link-local (cloud metadata), protocol and documentation blocks,
# benchmarks, relays, multicast, reserved and broadcast; Teredo and the other special IPv6.
_NEVER = [
    ip_network(block)
    for block in (
        *("0.0.0.0/8", "169.254.0.0/16", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24"),
        *("198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4"),
        *("2001::/23", "2001:db8::/32", "3fff::/20"),
    )
]
_GLOBAL_IPV6 = IPv6Network("2000::/3")
# Forms of IPv6 that carry an IPv4 address, and how far right of its last bit the address ends.
_CARRIERS = [
    (IPv6Network("::ffff:0:0/96"), 0),
    (IPv6Network("64:ff9b::/96"), 0),
    (IPv6Network("2002::/16"), 80),
]


def may_reach(address: Address, *, allow_private: bool) -> bool:
    """An IPv6 address that carries an IPv4 address is judged by what it carries."""
    carried = _carried(address)
    if carried is not None:
        return may_reach(carried, allow_private=allow_private)
    if any(address in block for block in _PRIVATE):
        return allow_private
    if isinstance(address, IPv6Address) and address not in _GLOBAL_IPV6:
        return False
    return not any(address in block for block in _NEVER)


def _carried(address: Address) -> IPv4Address | None:
    for block, shift in _CARRIERS:
        if address in block:
            return IPv4Address(int(address) >> shift & 0xFFFFFFFF)
    return None
