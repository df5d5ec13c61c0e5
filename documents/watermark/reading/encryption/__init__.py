"""Documents protected by the standard security handler (ISO 32000-2, 7.6), revisions 2 to 6.

Our own because appending to an encrypted document takes encrypting single objects with its key,
which pikepdf does not offer; only the ciphers come from `cryptography`.
"""

from .handler import SecurityHandler, security_handler

__all__ = ["SecurityHandler", "security_handler"]
