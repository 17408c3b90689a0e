"""One rule, two doors: every message is accepted as an update and, under the same name, as a signal.

`doors(Model, description)` makes both from the model, so that they cannot diverge. The update's answer is
the next screen; the signal has none. A signal takes its payload raw at run time: what cannot be read is
journalled and never fails a workflow task.
"""

from typing import Any, Protocol

from temporalio import workflow
from temporalio.common import RawValue

from domain.messages import Message
from domain.view import View


class Receiver(Protocol):
    """What a workflow offers to its doors."""

    async def answer(self, message: Message) -> View:
        """Apply the message; answer with the next screen."""
        ...

    def check(self, message: Message) -> None:
        """Refuse the message before it leaves a trace."""
        ...

    def receive(self, name: str, model: type[Message], raw: RawValue) -> None:
        """Apply a signal; journal what is wrong with it."""
        ...


def doors(model: type[Message], description: str) -> tuple[Any, Any]:
    """The update and the signal of one message."""

    async def update(self: Receiver, message: Message) -> View:
        return await self.answer(message)

    def validate(self: Receiver, message: Message) -> None:
        self.check(message)

    def signal(self: Receiver, message: RawValue) -> None:
        self.receive(model.NAME, model, message)

    for function in (update, validate, signal):
        # The SDK takes an annotated first parameter for the message.
        del function.__annotations__["self"]
    update.__annotations__["message"] = model
    update.__name__ = model.NAME
    validate.__annotations__["message"] = model
    update_door = workflow.update(name=model.NAME, description=description)(update)
    update_door.validator(validate)
    signal_door = workflow.signal(name=model.NAME, description=f"{description} (sans réponse)")(signal)
    return update_door, signal_door
