"""A form screen of one registration: shown where the registration stands, sent, answered.

sent ─┬─ accepted ──────────► 303 to where the registration stands now
      ├─ a mistake ─────────► 422, the same form, values kept, a new submission
      ├─ token outdated ────► 422, the same form, values kept, the same submission
      ├─ no longer the step ► 303 to where the registration stands now, with a notice
      ├─ too much ──────────► 429, the same form, values kept, until when
      └─ not now ───────────► 503, the same form, values kept, the same submission
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from domain.idcc import BRANCHES, NO_AGREEMENT, branch
from domain.messages import Identify, Kind, PersonMessage, Theme
from domain.people import Civility
from domain.siret import display
from domain.view import Answers, Outcome, Problem, View
from starter.guard import TooMany
from starter.holder import Holder
from starter.registrations import Refused
from starter.web import cookies, steps
from starter.web.forms import Form
from starter.web.guard import DOWN, RETRY_AFTER, ending_page
from starter.web.portal import client, portal
from starter.web.rendering import clock, render, see
from starter.web.steps import Screen
from starter.web.words import ENDINGS, OUTDATED, UNAVAILABLE, too_many

Send = Callable[[], Awaitable[View]]

#: Refusals that no correction of the form could lift.
OVER = frozenset({"late", "over", "too_many_messages"})
ELSEWHERE = frozenset({"stale", "no_way_back"})


@dataclass(frozen=True)
class Sheet:
    """The form of one screen, for one registration."""

    request: Request
    screen: Screen
    holder: Holder

    async def show(self) -> Response:
        """Show the screen if the registration stands there, else go where it stands."""
        view = await portal(self.request).registrations.view(*self.holder)
        if steps.address(view) != self.screen.path:
            return see(steps.address(view), self.request.query_params.get("avis"))
        return self.page(Form(_typed(view.answers), _chosen(view.answers), steps.mistakes(view)), view)

    def page(self, form: Form, view: View | None = None, **answer: Any) -> Response:
        """The screen; without a view (nobody can be asked now) it holds what was typed and no more."""
        return render(
            self.request,
            self.screen.template,
            problems=form.problems,
            screen=self.screen,
            view=view,
            form=form,
            registration=portal(self.request).mint.make("form", self.holder.registration),
            civilities=list(Civility),
            themes=list(Theme),
            kinds=list(Kind),
            branches=BRANCHES,
            suggestions=_suggestions(view),
            **answer,
        )

    async def send(self, message: PersonMessage, form: Form) -> Response:
        """Send what the form says, and answer."""
        try:
            await self._count(form.submission)
            view = await self._deliver(message)
        except Refused as refused:
            return await self._refused(form, refused)
        except TooMany as many:
            return await self._too_many(form, many)
        except DOWN:
            return self.page(form, status=503, notice=UNAVAILABLE, retry_after=RETRY_AFTER)
        mistakes = steps.mistakes(view)
        if mistakes and steps.address(view) == self.screen.path:
            response = self.page(form.mistaken(mistakes), view, status=422)
        else:
            response = see(steps.address(view))
        if not self._held:
            cookies.keep_registration(response, self.request, self.holder)
        return response

    async def mistaken(self, form: Form, problems: tuple[Problem, ...], view: View | None = None) -> Response:
        """The same form with what is wrong with it."""
        view = view or await self._view()
        if view is not None and steps.address(view) != self.screen.path:
            return see(steps.address(view), "etape")
        return self.page(form.mistaken(problems), view, status=422)

    async def outdated(self, form: Form) -> Response:
        """The same form, drawn for this browser now."""
        view = await self._view()
        if view is not None and steps.address(view) != self.screen.path:
            return see(steps.address(view), "etape")
        return self.page(form, view, status=422, notice=OUTDATED)

    @property
    def _held(self) -> bool:
        """Whether this browser holds the registration already; else the form is what starts it."""
        return cookies.holder_of(self.request) == self.holder

    async def _count(self, submission: str) -> None:
        guard = portal(self.request).guard
        if self.screen is steps.IDENTITY:
            await guard.allow_start(client(self.request), submission)
        elif self.screen is steps.ESTABLISHMENT:
            await guard.allow_claim(client(self.request), submission)

    async def _deliver(self, message: PersonMessage) -> View:
        registrations, (registration, behind) = portal(self.request).registrations, self.holder
        if isinstance(message, Identify) and not self._held:
            return await registrations.start(registration, message)
        return await registrations.send(registration, message, behind)

    async def _refused(self, form: Form, refused: Refused) -> Response:
        if refused.codes & ELSEWHERE:
            return elsewhere(refused)
        if refused.codes & OVER:
            return over(self.request, refused)
        return await self.mistaken(form, refused.problems, refused.view)

    async def _too_many(self, form: Form, many: TooMany) -> Response:
        notice = too_many(clock(many.until))
        return self.page(form, await self._view(), status=429, notice=notice, retry_after=many.seconds())

    async def _view(self) -> View | None:
        """What stands beside the form; it is shown without, rather than not at all."""
        if not self._held:
            return None
        try:
            return await portal(self.request).registrations.view(*self.holder)
        except DOWN:
            return None


@dataclass(frozen=True)
class Suggestion:
    """A collective agreement to confirm."""

    value: str
    label: str


def _suggestions(view: View | None) -> list[Suggestion]:
    """What public data know the establishment for; nothing is ticked for the person."""
    known = view.establishment.suggested_idccs if view and view.establishment else ()
    return [
        Suggestion(idcc, f"Convention {idcc} – {name}" if (name := branch(idcc)) else f"Convention {idcc}")
        for idcc in known
    ]


def elsewhere(refused: Refused) -> Response:
    """The registration stands elsewhere by now: go there, and say so."""
    where = steps.address(refused.view) if refused.view is not None else "/inscription"
    return see(where, "etape")


def over(request: Request, refused: Refused) -> Response:
    """It is over, though the registration may only know so in a minute (its grace)."""
    if refused.view is not None and not steps.is_over(refused.view):
        return ending_page(request, ENDINGS[Outcome.EXPIRED])
    return see(steps.END)


def _typed(answers: Answers) -> dict[str, str]:
    """What the form shows of the answers that stand or were taken back."""
    none = answers.idcc == NO_AGREEMENT
    values = {
        "civility": answers.civility,
        "last_name": answers.last_name,
        "first_name": answers.first_name,
        "email": answers.email,
        "kind": answers.kind,
        "siret": display(answers.siret) if answers.siret else None,
        "idcc": None if none else answers.idcc,
        "no_agreement": "1" if none else None,
    }
    return {name: str(value) for name, value in values.items() if value is not None}


def _chosen(answers: Answers) -> tuple[str, ...]:
    return tuple(theme.value for theme in answers.themes or ())
