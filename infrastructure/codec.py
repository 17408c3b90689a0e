"""AES-GCM encryption of everything Temporal keeps, except operators' texts that hold no personal data.

A payload carries the id of its key, so that old histories stay readable after a rotation. What cannot be
decrypted is handed on as it is: the converter turns it into a refusal (a message) or into a task that is
retried until the right key is there (a start), never into a failed registration.
"""

import os
from collections.abc import Mapping, Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadCodec

ENCODING = b"binary/encrypted"
PUBLIC = "akto-public"
_METADATA_QUERY = b"temporal.api.sdk.v1.WorkflowMetadata"
_NONCE = 12


class EncryptionCodec(PayloadCodec):
    """Encrypts with the first key, decrypts with any."""

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self._ciphers = {name.encode(): AESGCM(key) for name, key in keys.items()}
        self._active = next(iter(self._ciphers))

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt each payload but the public ones and those already encrypted."""
        return [self._encrypt(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt what is ours; leave the rest as it is."""
        return [self._decrypt(payload) for payload in payloads]

    def _encrypt(self, payload: Payload) -> Payload:
        metadata = payload.metadata
        if (
            metadata.get(PUBLIC) == b"1"
            or metadata.get("messageType") == _METADATA_QUERY
            or metadata.get("encoding") == ENCODING
        ):
            return payload
        nonce = os.urandom(_NONCE)
        sealed = self._ciphers[self._active].encrypt(nonce, payload.SerializeToString(), None)
        return Payload(metadata={"encoding": ENCODING, "key": self._active}, data=nonce + sealed)

    def _decrypt(self, payload: Payload) -> Payload:
        cipher = self._ciphers.get(payload.metadata.get("key", b""))
        if payload.metadata.get("encoding") != ENCODING or cipher is None:
            return payload
        try:
            opened = cipher.decrypt(payload.data[:_NONCE], payload.data[_NONCE:], None)
            return Payload.FromString(opened)
        except (InvalidTag, ValueError):
            return payload
