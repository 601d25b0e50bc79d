"""The companion page: what a person looks at while speaking to a device without a screen."""

from device.companion.guard import Refused
from device.companion.pairing import Pairing, PairingLink
from device.companion.records import Records
from device.companion.server import Companion, Status

__all__ = ["Companion", "Pairing", "PairingLink", "Records", "Refused", "Status"]
