"""Who asks, as a provider is told: the same pseudonym for the same device always, and nobody's name.

With it a provider can act against one who abuses it, and needn't against the whole bridge
(https://platform.openai.com/docs/guides/safety-best-practices). It is HMAC-SHA256 of the device's name under a secret
of the bridge's, so that it can't be guessed from a list of names. Another secret makes other pseudonyms: what a
provider has gathered under the old ones then belongs to nobody any more.
"""

import hashlib
import hmac


class Identifiers:
    """Those of one bridge."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of(self, device: str) -> str:
        """64 hex digits, as long as providers take."""
        return hmac.new(self._secret, b"device\0" + device.encode(), hashlib.sha256).hexdigest()
