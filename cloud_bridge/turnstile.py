"""How often somebody may knock: a decision about time without a clock of its own, and with bounded memory."""

import ipaddress
from collections import OrderedDict
from collections.abc import Callable


class Turnstile:
    """Lets each address through `burst` times at once, and then once every `every_s`."""

    def __init__(self, *, burst: int, every_s: float, now: Callable[[], float], most: int = 1000) -> None:
        """`now`: seconds, never going back. `most`: addresses that are remembered; the oldest is forgotten first."""
        self._burst, self._every_s, self._now, self._most = burst, every_s, now, most
        self._free_at: OrderedDict[str, float] = OrderedDict()
        """When the address will have no debt any more."""

    def wait_s(self, address: str) -> float:
        """0 when it may pass, which counts; else how long until it may."""
        who, now = _who(address), self._now()
        free_at = max(self._free_at.get(who, now), now)
        too_soon = free_at - now - self._every_s * (self._burst - 1)
        if too_soon > 0:
            return too_soon
        self._free_at[who] = free_at + self._every_s
        self._free_at.move_to_end(who)
        if len(self._free_at) > self._most:
            self._free_at.popitem(last=False)
        return 0.0


def _who(address: str) -> str:
    """One customer of a network: an IPv4 address, or 64 bits of an IPv6 one, of which he has all the rest."""
    try:
        known = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return ""
    return str(known) if known.version == 4 else str(ipaddress.ip_network((known, 64), strict=False))
