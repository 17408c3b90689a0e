"""How values become payloads: pydantic, with two rules of ours.

A message that cannot be read is « Malformed », which its sender is told or the journal keeps; it is no fault
of the workflow. A start that is still encrypted means that *our* key is missing: the task must be retried,
never the registration failed.
"""

from collections.abc import Sequence
from typing import Any

from temporalio.api.common.v1 import Payload
from temporalio.api.failure.v1 import Failure
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadConverter
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from domain.desk import Public
from domain.messages import Message
from infrastructure.codec import ENCODING, PUBLIC, EncryptionCodec
from infrastructure.settings import Settings

#: Failures whose texts are fixed French words: operators must be able to read them in the UI.
READABLE = frozenset({"Refused", "Malformed", "HandlerBug"})


def malformed(what: str) -> ApplicationError:
    """The refusal of something unreadable; `what` names fields and rules, never values."""
    return ApplicationError(
        f"Message mal formé ({what}).",
        [{"code": "malformed", "field": None, "detail": "Ce message n'a pas la forme attendue."}],
        type="Malformed",
        non_retryable=True,
        category=ApplicationErrorCategory.BENIGN,
    )


class Converter(PydanticPayloadConverter):
    """Pydantic's converter with our two rules."""

    def to_payloads(self, values: Sequence[Any]) -> list[Payload]:
        """Mark operators' texts so that the codec leaves them readable."""
        payloads = super().to_payloads(values)
        for value, payload in zip(values, payloads, strict=True):
            if isinstance(value, Public):
                payload.metadata[PUBLIC] = b"1"
        return payloads

    def from_payloads(self, payloads: Sequence[Payload], type_hints: list[type] | None = None) -> list[Any]:
        """Read payloads; a message or a start that cannot be read is told apart from a fault of ours."""
        hints = type_hints or [None] * len(payloads)  # type: ignore[list-item]
        read: list[Any] = []
        for index, payload in enumerate(payloads):
            hint = hints[index] if index < len(hints) else None
            read.append(self._read(payload, hint))
        return read

    def _read(self, payload: Payload, hint: type | None) -> Any:
        ours = isinstance(hint, type) and (issubclass(hint, Message) or hint.__name__ == "Start")
        if not ours:
            return super().from_payloads([payload], [hint] if hint is not None else None)[0]
        assert hint is not None
        if payload.metadata.get("encoding") == ENCODING:
            if not issubclass(hint, Message):
                raise RuntimeError(
                    "the start of a registration cannot be decrypted: a payload key is missing"
                )
            raise malformed("illisible")
        try:
            value = super().from_payloads([payload], [hint])[0]
        except Exception as error:
            raise malformed(_reasons(error)) from None
        if not isinstance(value, hint):
            raise malformed("vide")
        return value


def _reasons(error: Exception) -> str:
    """Fields and rules of a validation error, without any value."""
    errors = getattr(error.__cause__ or error, "errors", None)
    if errors is None:
        return "illisible"
    listed = errors(include_input=False, include_context=False, include_url=False)
    # A location can be a name the sender made up: only names of ours are repeated.
    return ", ".join(f"{_known(e['loc'])} : {e['type']}" for e in listed[:5])


def _known(location: tuple[Any, ...]) -> str:
    name = str(location[0]) if location else "message"
    return name if name.isidentifier() and name.isascii() and len(name) <= 30 else "champ"


class ClearRefusals(DefaultFailureConverterWithEncodedAttributes):
    """Encodes every failure, then puts the fixed words of refusals back where the UI shows them."""

    def to_failure(
        self, exception: BaseException, payload_converter: PayloadConverter, failure: Failure
    ) -> None:
        """Convert the exception."""
        super().to_failure(exception, payload_converter, failure)
        if isinstance(exception, ApplicationError) and exception.type in READABLE:
            failure.message = exception.message


def data_converter(settings: Settings) -> DataConverter:
    """The converter that every client, worker and replayer of the product uses."""
    return DataConverter(
        payload_converter_class=Converter,
        payload_codec=EncryptionCodec(settings.payload_key_ring),
        failure_converter_class=ClearRefusals,
    )
