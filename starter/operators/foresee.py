"""What an act would do: the dry run. Judged by what Temporal lists, so it may be a second old."""

from dataclasses import dataclass
from datetime import timedelta

from domain.messages import (
    OperatorApprove,
    OperatorCancel,
    OperatorExtend,
    OperatorMessage,
    OperatorRefuse,
    OperatorResend,
    OperatorRetry,
    Step,
)
from domain.problems import TEXTS
from starter.operators.executions import PAUSED, Described
from starter.operators.output import moment

PAUSED_WORDS = "Inscription suspendue dans Temporal : la reprendre d'abord (« Unpause »)."
LINK_STEPS = {Step.EMAIL_LINK.value, Step.PASSWORD.value}


@dataclass(frozen=True)
class Foreseen:
    """Whether the act would be accepted, and what it would do or why not."""

    accepted: bool
    words: str


def foresee(message: OperatorMessage, found: Described) -> Foreseen:
    """What this message would do to that registration."""
    one = found.execution
    if not one.open:
        return Foreseen(False, TEXTS["over"])
    if one.status == PAUSED:
        return Foreseen(False, PAUSED_WORDS)
    match message:
        case OperatorResend():
            return _if(one.step in LINK_STEPS, "un nouveau mail avec un nouveau lien", "nothing_to_resend")
        case OperatorExtend(days=days) if one.deadline is not None:
            until = one.deadline + timedelta(days=days)
            return Foreseen(True, f"échéance du {moment(one.deadline)} au {moment(until)}")
        case OperatorExtend():
            return Foreseen(False, TEXTS["nothing_to_extend"])
        case OperatorRetry():
            names = ", ".join(sorted({pending.name for pending in found.pending}))
            return _if(bool(found.pending), f"nouvel essai immédiat ({names})", "nothing_to_retry")
        case OperatorApprove():
            words = "demande acceptée ; le lien part, le rattachement est prouvé « operator »"
            return _if(one.waiting_on == "operator", words, "nothing_to_review")
        case OperatorRefuse():
            words = "demande refusée ; le motif est envoyé à la personne, qui peut corriger une fois"
            return _if(one.waiting_on == "operator", words, "nothing_to_review")
        case OperatorCancel():
            return Foreseen(True, "inscription arrêtée ; ses liens ne servent plus, aucun mail ne part")
        case _:
            raise TypeError(message.NAME)


def _if(accepted: bool, words: str, otherwise: str) -> Foreseen:
    return Foreseen(accepted, words if accepted else TEXTS[otherwise])
