"""From a password to the file encryption key: the standard security handler's algorithms.

ISO 32000-2, 7.6.4.3 (algorithms 2, 2.A and 2.B) and 7.6.4.4 (authentication). Revisions 2 to 4
take MD5 and RC4, which nobody chooses today; documents that have them are read all the same.
"""

from __future__ import annotations

import hashlib

from ...syntax.unreadable import Unreadable
from .ciphers import cbc_decrypted, cbc_encrypted, rc4
from .passwords import PADDING, padded

HASH, VALIDATION, KEY_SALT = slice(0, 32), slice(32, 40), slice(40, 48)


class Protection:
    """What the encryption dictionary says of passwords (table 21). Strings are cut to length."""

    __slots__ = (
        "encrypt_metadata",
        "first_id",
        "owner",
        "owner_key",
        "permissions",
        "revision",
        "user",
        "user_key",
    )

    def __init__(
        self,
        *,
        revision: int,
        owner: bytes,
        user: bytes,
        owner_key: bytes,
        user_key: bytes,
        permissions: int,
        encrypt_metadata: bool,
        first_id: bytes,
    ) -> None:
        length = 48 if revision >= 5 else 32
        keys_are_whole = len(owner_key) >= 32 and len(user_key) >= 32
        if len(owner) < length or len(user) < 16 or (revision >= 5 and not keys_are_whole):
            raise Unreadable("an encryption dictionary's strings are too short")
        self.revision = revision
        self.owner, self.user = owner[:length], user[:length]
        self.owner_key, self.user_key = owner_key[:32], user_key[:32]
        self.permissions = permissions
        self.encrypt_metadata = encrypt_metadata
        self.first_id = first_id

    def key_of_owner(self, password: bytes, key_bytes: int) -> bytes | None:
        """The file encryption key, None when this is not the owner password."""
        if self.revision >= 5:
            return self._key_of_aes_256(password, self.owner, self.owner_key, self.user)
        return self.key_of_user(self._user_password(password, key_bytes), key_bytes)

    def key_of_user(self, password: bytes, key_bytes: int) -> bytes | None:
        """The file encryption key, None when this is not the user password."""
        if self.revision >= 5:
            return self._key_of_aes_256(password, self.user, self.user_key, b"")
        key = self._key(password, key_bytes)
        if self.revision == 2:
            return key if rc4(key, PADDING)[: len(self.user)] == self.user else None
        check = hashlib.md5(PADDING + self.first_id, usedforsecurity=False).digest()
        for step in range(20):
            check = rc4(_varied(key, step), check)
        return key if check == self.user[:16] else None

    def _key(self, password: bytes, key_bytes: int) -> bytes:
        """Algorithm 2."""
        text = padded(password) + self.owner + (self.permissions & 0xFFFFFFFF).to_bytes(4, "little")
        text += self.first_id
        if self.revision >= 4 and not self.encrypt_metadata:
            text += b"\xff\xff\xff\xff"
        key = hashlib.md5(text, usedforsecurity=False).digest()
        if self.revision >= 3:
            for _ in range(50):
                key = hashlib.md5(key[:key_bytes], usedforsecurity=False).digest()
        return key[:key_bytes]

    def _user_password(self, owner_password: bytes, key_bytes: int) -> bytes:
        """Algorithm 7: the user password, which is stored encrypted with the owner's."""
        key = hashlib.md5(padded(owner_password), usedforsecurity=False).digest()
        if self.revision == 2:
            return rc4(key[:key_bytes], self.owner)
        for _ in range(50):
            key = hashlib.md5(key, usedforsecurity=False).digest()
        password = self.owner
        for step in reversed(range(20)):
            password = rc4(_varied(key[:key_bytes], step), password)
        return password

    def _key_of_aes_256(
        self, password: bytes, stored: bytes, wrapped_key: bytes, user: bytes
    ) -> bytes | None:
        """Algorithm 2.A."""
        if self._hash(password, stored[VALIDATION], user) != stored[HASH]:
            return None
        return cbc_decrypted(self._hash(password, stored[KEY_SALT], user), wrapped_key)

    def _hash(self, password: bytes, salt: bytes, user: bytes) -> bytes:
        """Algorithm 2.B; revision 5, which Adobe published first, stops after one hash."""
        key = hashlib.sha256(password + salt + user).digest()
        if self.revision == 5:
            return key
        rounds, last = 0, 0
        while rounds < 64 or last > rounds - 32:
            block = cbc_encrypted(key[:16], (password + key + user) * 64, key[16:32])
            kind = ("sha256", "sha384", "sha512")[sum(block[:16]) % 3]
            key = hashlib.new(kind, block).digest()
            rounds, last = rounds + 1, block[-1]
        return key[:32]


def _varied(key: bytes, step: int) -> bytes:
    return bytes(byte ^ step for byte in key)
