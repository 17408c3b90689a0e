"""The screens of the guide and the one address of each; the view decides which is shown.

Circle and label are the guide's. `name` is ours: it ends the heading and begins the title, because five
screens share one title and three share a label.
"""

from dataclasses import dataclass

from domain.messages import Step
from domain.view import Outcome, Problem, View

THANKS = "/inscription/merci"
CHECKING = "/inscription/verification"
REVIEW = "/inscription/examen"
END = "/inscription/fin"
PASSWORD = "/mot-de-passe"  # noqa: S105 - an address


@dataclass(frozen=True)
class Screen:
    """A form screen of the guide."""

    step: Step
    path: str
    template: str
    circle: int
    label: str
    name: str

    @property
    def goes_back(self) -> bool:
        """Whether the guide shows « Précédent »: from the second screen on."""
        return self.step is not Step.IDENTITY


IDENTITY = Screen(
    Step.IDENTITY, "/inscription/identite", "identity.html", 1, "Identifiez vous", "votre identité"
)
THEMES = Screen(
    Step.THEMES, "/inscription/thematiques", "themes.html", 2, "Identifiez vous", "vos thématiques"
)
ESTABLISHMENT = Screen(
    Step.ESTABLISHMENT,
    "/inscription/etablissement",
    "establishment.html",
    3,
    "Identifiez vous",
    "votre établissement",
)
NUMBER = Screen(
    Step.MEMBER_NUMBER, "/inscription/numero", "number.html", 3, "Identifiez vous", "votre numéro"
)
IDCC = Screen(
    Step.IDCC,
    "/inscription/idcc",
    "idcc.html",
    4,
    "Complément d'informations",
    "votre convention collective",
)

SCREENS: dict[Step, Screen] = {
    screen.step: screen for screen in (IDENTITY, THEMES, ESTABLISHMENT, NUMBER, IDCC)
}

#: What a view tells without anything being wrong with what was typed.
INFORMATION = frozenset(
    {"contact_akto", "insee_checking", "insee_unavailable", "refused_correct", "mail_limit"}
)


def address(view: View) -> str:
    """Where the registration is shown now."""
    if view.outcome is not None or view.step is Step.DONE:
        return END
    if view.step is Step.PASSWORD and view.only_behind is not None:
        return PASSWORD  # Shown to nobody but who went on from the link.
    if view.step in (Step.EMAIL_LINK, Step.PASSWORD):
        # The password is chosen behind the link and nowhere else: the browser that filled the form in
        # is given nothing when the link is opened in another.
        return THANKS
    if view.busy:
        return CHECKING
    if view.step is Step.REVIEW:
        return REVIEW
    return SCREENS[view.step].path


def mistakes(view: View) -> tuple[Problem, ...]:
    """What the view says is wrong with what was typed."""
    return tuple(one for one in view.errors if one.code not in INFORMATION)


def told(view: View, code: str) -> bool:
    """Whether the view tells that."""
    return any(one.code == code for one in view.errors)


def is_over(view: View) -> bool:
    """Whether the registration has ended, so that another one may begin."""
    return view.outcome is not None or view.step is Step.DONE


def outcome(view: View) -> Outcome:
    """How it ended; what is not told counts as expired."""
    return view.outcome or Outcome.EXPIRED
