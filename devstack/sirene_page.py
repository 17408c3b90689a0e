"""The page of INSEE's stand-in: the cases to try, and buttons that make INSEE fail and recover."""

from collections.abc import Sequence
from html import escape

from devstack.companies import COMPANIES, Company
from domain.siret import display

BUTTONS = {
    "none": ("Tout fonctionne", "L'INSEE répond normalement."),
    "down": ("En panne", "L'INSEE répond 503 à tout."),
    "slow": ("Lent", "L'INSEE répond après le délai indiqué."),
    "maintenance": ("En maintenance", "L'INSEE répond 200 avec une page HTML."),
    "quota": ("Quota épuisé", "La passerelle répond 429 à tout."),
    "cut": ("Connexion coupée", "La réponse s'interrompt au milieu."),
}
KINDS = {"member": "Adhérent", "training_organisation": "Organisme de formation"}

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; padding: 0 1rem;
  color: #1b1b35; }
table { border-collapse: collapse; width: 100%; }
caption { text-align: left; font-weight: 600; padding: .5rem 0; }
th, td { border-bottom: 1px solid #ccc; padding: .35rem .6rem; text-align: left; vertical-align: top; }
td:first-child { white-space: nowrap; font-variant-numeric: tabular-nums; }
button { font: inherit; padding: .4rem .8rem; margin: .2rem .3rem .2rem 0; border: 1px solid #555;
  border-radius: .3rem; background: #fff; color: #1b1b35; cursor: pointer; }
button[aria-pressed=true] { background: #1b1b75; color: #fff; }
label { display: inline-block; margin: .5rem 1rem .5rem 0; }
input { font: inherit; padding: .3rem; }
[role=status], [role=alert] { padding: .6rem 1rem; background: #eef; border-left: .3rem solid #1b1b75; }
[role=alert] { background: #fee; border-color: #a00; }
"""


def page(
    mode: str, seconds: float, sirets: Sequence[str], last_minute: int, quota: int, wrong: str = ""
) -> str:
    """The whole page; `wrong` says why the last setting was not taken."""
    title, words = BUTTONS[mode]
    only = f" Seulement pour : {', '.join(map(display, sirets))}." if sirets and mode != "none" else ""
    buttons = "".join(
        f'<button name="mode" value="{name}" aria-pressed="{str(name == mode).lower()}" '
        f'title="{escape(explained)}">{escape(label)}</button>'
        for name, (label, explained) in BUTTONS.items()
    )
    alert = f'<p role="alert">{escape(wrong)}</p>' if wrong else ""
    rows = "".join(map(_row, COMPANIES))
    return f"""<!DOCTYPE html>
<html lang="fr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>INSEE (simulateur) : {escape(title)}</title>
<style>{STYLE}</style>
</head>
<body>
<main>
<h1>INSEE, API Sirene : simulateur</h1>
<p role="status"><strong>{escape(title)}.</strong> {escape(words)}{escape(only)}
{last_minute} appel(s) dans la dernière minute, {quota} permis.</p>
{alert}
<form method="post" action="">
<p>{buttons}</p>
<label>Délai en secondes (« Lent ») <input name="seconds" type="number" min="0" max="300" step="any"
 value="{seconds:g}"></label>
<label>Seulement ces SIRET (vide : tous)
<input name="sirets" size="34" value="{escape(", ".join(map(display, sirets)))}"></label>
</form>
<table>
<caption>Établissements à essayer (tout autre SIRET est inconnu)</caption>
<thead><tr><th scope="col">SIRET</th><th scope="col">Nom</th><th scope="col">Commune</th>
<th scope="col">Type</th><th scope="col">À l'INSEE</th><th scope="col">Chez AKTO</th>
<th scope="col">IDCC</th></tr></thead>
<tbody>{rows}</tbody>
</table>
</main>
</body>
</html>
"""


def _row(company: Company) -> str:
    since = f", le {company.closed_on:%d/%m/%Y}" if company.closed_on else ""
    cells = (
        display(company.siret),
        company.name,
        company.commune,
        KINDS[company.kind],
        company.case.label + since,
        "reconnu" if company.akto else "inconnu",
        company.idcc or "–",
    )
    return "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in cells) + "</tr>"
