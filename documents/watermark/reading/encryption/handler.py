"""The standard security handler: decrypting and encrypting a document's strings and streams."""

from __future__ import annotations

import hashlib

from ...errors import Encrypted
from ...syntax.unreadable import Unreadable
from .ciphers import aes_decrypted, aes_encrypted, rc4
from .crypt_filters import AES_128, AES_256, IDENTITY, RC4, CryptFilters
from .keys import Protection
from .passwords import candidates

TYPE_CHECKING = False  # what `typing` says, without the milliseconds that its import takes
if TYPE_CHECKING:
    from collections.abc import Mapping

REVISIONS = {1: (2, 3), 2: (2, 3), 4: (3, 4), 5: (5, 6)}
OTHER_HANDLER = "This document is protected by a certificate or a rights management system."


class SecurityHandler:
    """An opened encryption. ``key`` is None where only attachments are encrypted and no password
    was needed.

    ``permissions`` are the bits of table 22 as a signed number; ``is_owner``: the password was
    the owner's, whom no permission binds. With ``encrypt_metadata`` False, streams of the type
    Metadata are not encrypted: their ``filter_name`` is ``Identity``. Neither are
    cross-reference streams, nor strings inside object streams (7.6.2).
    """

    __slots__ = ("_filters", "_key", "encrypt_metadata", "is_owner", "permissions")

    def __init__(
        self,
        filters: CryptFilters,
        key: bytes | None,
        *,
        encrypt_metadata: bool,
        permissions: int,
        is_owner: bool,
    ) -> None:
        self._filters = filters
        self._key = key
        self.encrypt_metadata = encrypt_metadata
        self.permissions = permissions
        self.is_owner = is_owner

    def decrypt_stream(
        self, number: int, generation: int, data: bytes, filter_name: str | None = None
    ) -> bytes:
        """The encoded data of a stream. ``filter_name``: what its own Crypt filter names.

        Raises Unreadable for a crypt filter that the document does not define, Encrypted for one
        whose password was not given.
        """
        method = self._filters.stream if filter_name is None else self._filters.method(filter_name)
        return self._decrypted(method, number, generation, data)

    def decrypt_string(self, number: int, generation: int, data: bytes) -> bytes:
        """The bytes of a string in the object with this number."""
        return self._decrypted(self._filters.string, number, generation, data)

    def encrypt_stream(self, number: int, generation: int, data: bytes) -> bytes:
        """The encoded data of a stream without a Crypt filter of its own; equal in, equal out."""
        return self._encrypted(self._filters.stream, number, generation, data)

    def encrypt_string(self, number: int, generation: int, data: bytes) -> bytes:
        """The bytes of a string in the object with this number; equal in, equal out."""
        return self._encrypted(self._filters.string, number, generation, data)

    def _decrypted(self, method: str, number: int, generation: int, data: bytes) -> bytes:
        if method == IDENTITY:
            return data
        key = self._object_key(method, number, generation)
        return rc4(key, data) if method == RC4 else aes_decrypted(key, data)

    def _encrypted(self, method: str, number: int, generation: int, data: bytes) -> bytes:
        if method == IDENTITY:
            return data
        key = self._object_key(method, number, generation)
        return rc4(key, data) if method == RC4 else aes_encrypted(key, data, b"%d" % number)

    def _object_key(self, method: str, number: int, generation: int) -> bytes:
        """Algorithm 1 (7.6.3.2); AES-256 takes the file encryption key itself (1.A)."""
        if self._key is None:
            raise Encrypted
        if method == AES_256:
            return self._key
        salt = (number & 0xFFFFFF).to_bytes(3, "little")
        salt += (generation & 0xFFFF).to_bytes(2, "little")
        if method == AES_128:
            if len(self._key) < 16:
                raise Unreadable("an AES key is too short")
            salt += b"sAlT"
        digest = hashlib.md5(self._key + salt, usedforsecurity=False).digest()
        return digest[: min(len(self._key) + 5, 16)]


def security_handler(
    encrypt: Mapping[str, object], first_id: bytes, password: str | None
) -> SecurityHandler:
    """The handler for an encryption dictionary (7.6.2, 7.6.4.2).

    ``encrypt`` has plain values: names as ``str``, strings as ``bytes``, dictionaries with keys
    without a slash. ``first_id`` is the first string of the trailer's ID, empty without one.
    ``password`` may be the user's or the owner's; a document that opens without one opens with
    any.

    Raises Encrypted when a password is missing or wrong, or for a handler that no password
    opens; Unreadable for an encryption dictionary that says too little or nothing we know.
    """
    if encrypt.get("Filter") != "Standard":
        if "Filter" not in encrypt:
            raise Unreadable("an encryption names no security handler")
        raise Encrypted(OTHER_HANDLER)
    filters, protection = CryptFilters(encrypt), _protection(encrypt, first_id)
    key, is_owner = _authenticated(protection, filters, password)
    if key is None and (filters.stream, filters.string) != (IDENTITY, IDENTITY):
        raise Encrypted
    signed = (protection.permissions & 0xFFFFFFFF ^ 0x80000000) - 0x80000000
    return SecurityHandler(
        filters,
        key,
        encrypt_metadata=protection.encrypt_metadata,
        permissions=signed,
        is_owner=is_owner,
    )


def _authenticated(
    protection: Protection, filters: CryptFilters, password: str | None
) -> tuple[bytes | None, bool]:
    """The key, and whether the owner's password gave it."""
    tried = candidates(password, protection.revision) if password else []
    for candidate in dict.fromkeys([*tried, b""]):
        for key_bytes in filters.key_bytes:
            key = protection.key_of_owner(candidate, key_bytes)
            if key is not None:
                return key, True
            key = protection.key_of_user(candidate, key_bytes)
            if key is not None:
                return key, False
    return None, False


def _protection(encrypt: Mapping[str, object], first_id: bytes) -> Protection:
    version, revision = encrypt.get("V"), encrypt.get("R")
    permissions = encrypt.get("P")
    known = isinstance(version, int) and revision in REVISIONS.get(version, ())
    if not known or not isinstance(revision, int) or not isinstance(permissions, int):
        raise Unreadable("an encryption dictionary says nothing we know")
    return Protection(
        revision=revision,
        owner=_string(encrypt, "O"),
        user=_string(encrypt, "U"),
        owner_key=_string(encrypt, "OE"),
        user_key=_string(encrypt, "UE"),
        permissions=permissions,
        encrypt_metadata=encrypt.get("EncryptMetadata") is not False,
        first_id=first_id,
    )


def _string(encrypt: Mapping[str, object], key: str) -> bytes:
    value = encrypt.get(key, b"")
    return value if isinstance(value, bytes) else b""
