"""Templates into subject, text and HTML.

Subjects are constants: nothing typed can reach one. A template that names what its context does not hold
fails (StrictUndefined) instead of mailing a gap. Styles are inlined once, when a template is loaded; a
mail is then only filled in. French spacing is set in the HTML at the same moment, so that templates stay
readable.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import jinja2
from css_inline import CSSInliner

from domain.effects import MailKind

TEMPLATES = Path(__file__).parent / "templates"

SUBJECTS: dict[MailKind, str] = {
    MailKind.CONFIRMATION: "Mon Espace AKTO : confirmez votre adresse e-mail",
    MailKind.ALREADY_ACCOUNT: "Mon Espace AKTO : vous avez déjà un compte",
    MailKind.REMINDER_FORM: "Mon Espace AKTO : votre inscription vous attend",
    MailKind.REMINDER_LINK: "Mon Espace AKTO : il reste à confirmer votre adresse e-mail",
    MailKind.REMINDER_PASSWORD: "Mon Espace AKTO : il reste à choisir votre mot de passe",
    MailKind.RESUME: "Mon Espace AKTO : reprenez votre inscription",
    MailKind.INSEE_BACK: "Mon Espace AKTO : vous pouvez poursuivre votre inscription",
    MailKind.WELCOME: "Bienvenue sur Mon Espace AKTO",
    MailKind.IN_REVIEW: "Mon Espace AKTO : votre demande est en cours d'examen",
    MailKind.APPROVED: "Mon Espace AKTO : votre demande est acceptée",
    MailKind.REFUSED: "Mon Espace AKTO : réponse à votre demande de rattachement",
    MailKind.EXPIRED: "Mon Espace AKTO : votre inscription a expiré",
    MailKind.OPERATORS_REVIEW: "Mon Espace AKTO : une inscription attend votre décision",
    MailKind.PASSWORD_FORGOTTEN: "Mon Espace AKTO : choisissez un nouveau mot de passe",
    MailKind.PASSWORD_CHANGED: "Mon Espace AKTO : votre mot de passe a été changé",
    MailKind.NEWCOMER: "Mon Espace AKTO : une nouvelle personne dans votre établissement",
}

_BEFORE_SIGN = re.compile(r" (?=[:;?!»](?:[\s<.,]|$))", re.MULTILINE)


@dataclass(frozen=True)
class Rendered:
    """One mail's words."""

    subject: str
    text: str
    html: str


def render(kind: MailKind, context: Mapping[str, object]) -> Rendered:
    """Fill in the templates of that kind.

    Raises:
        jinja2.UndefinedError: when the context lacks what they name.
    """
    values = {**context, "subject": SUBJECTS[kind]}
    text = _environment().get_template(f"{kind}.txt").render(values)
    html = _environment().get_template(f"{kind}.html").render(values)
    return Rendered(SUBJECTS[kind], text.strip() + "\n", html.strip() + "\n")


def french_spaces(text: str) -> str:
    """Keep « : ; ? ! » and guillemets on the line of the word they belong to."""
    return _BEFORE_SIGN.sub("\u00a0", text).replace("« ", "«\u00a0")


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=_Loader(TEMPLATES),
        autoescape=jinja2.select_autoescape(enabled_extensions=("html",), default=False),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


class _Loader(jinja2.FileSystemLoader):
    """Reads a template with its styles inlined: the base as a page, all others as fragments of one."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._css = (folder / "style.css").read_text(encoding="utf-8")

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str, Callable[[], bool]]:
        source, path, fresh = super().get_source(environment, template)
        if template == "base.html":
            # The style element of the base holds what cannot be inlined: the dark scheme and small screens.
            page = CSSInliner(
                extra_css=self._css,
                inline_style_tags=False,
                keep_style_tags=True,
                load_remote_stylesheets=False,
            )
            source = page.inline(french_spaces(source))
        elif template.endswith(".html"):
            fragment = CSSInliner(load_remote_stylesheets=False)
            source = fragment.inline_fragment(french_spaces(source), self._css)
        return source, path, fresh
