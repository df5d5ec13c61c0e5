"""RC4 and AES in CBC mode as documents use them (ISO 32000-2, 7.6.3)."""

from __future__ import annotations

import hashlib

BLOCK_BYTES = 16
RC4_KEY_BYTES = (5, 7, 8, 10, 16)  # of those that documents use, the lengths `cryptography` takes
NO_IV = bytes(BLOCK_BYTES)


def rc4(key: bytes, data: bytes) -> bytes:
    """Encrypt or decrypt."""
    if len(key) not in RC4_KEY_BYTES:
        return _rc4_of_odd_length(key, data)
    from cryptography.hazmat.decrepit.ciphers.algorithms import ARC4
    from cryptography.hazmat.primitives.ciphers import Cipher

    return Cipher(ARC4(key), mode=None).encryptor().update(data)


def _rc4_of_odd_length(key: bytes, data: bytes) -> bytes:
    """The same by hand; a document with keys of 64 bits encrypts its objects with 104."""
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) & 255
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) & 255
        j = (j + state[i]) & 255
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) & 255])
    return bytes(out)


def cbc_encrypted(key: bytes, data: bytes, iv: bytes = NO_IV) -> bytes:
    """AES-CBC of whole blocks, without padding."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    return Cipher(algorithms.AES(key), modes.CBC(iv)).encryptor().update(data)


def cbc_decrypted(key: bytes, data: bytes, iv: bytes = NO_IV) -> bytes:
    """The data of whole blocks, without padding."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    return Cipher(algorithms.AES(key), modes.CBC(iv)).decryptor().update(data)


def aes_encrypted(key: bytes, data: bytes, salt: bytes) -> bytes:
    """The data, padded, after its initialisation vector.

    The vector is a keyed hash of the data and of ``salt``, which names the object, instead of a
    random number: equal input has to give equal bytes. CBC asks for vectors that nobody can tell
    beforehand, and without the key nobody can tell this one. All that is given away is that an
    object was encrypted twice with the same content, which its unchanged bytes would say as well.
    """
    iv = hashlib.blake2b(salt + data, digest_size=BLOCK_BYTES, key=key, person=b"vector").digest()
    missing = BLOCK_BYTES - len(data) % BLOCK_BYTES
    return iv + cbc_encrypted(key, data + bytes([missing]) * missing, iv)


def aes_decrypted(key: bytes, data: bytes) -> bytes:
    """The data without vector and padding; a last block that is cut off is left out, as in all
    readers, and padding that is none stays."""
    whole = len(data) - len(data) % BLOCK_BYTES
    if whole <= BLOCK_BYTES:
        return b""
    plain = cbc_decrypted(key, data[BLOCK_BYTES:whole], data[:BLOCK_BYTES])
    return plain[: -plain[-1]] if 1 <= plain[-1] <= BLOCK_BYTES else plain
