"""The login page, « Mon Espace », forgotten passwords, and what the whole site says."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from devstack.gallery import world
from devstack.gallery.registry import state
from devstack.gallery.stage import STRANGER, Stage


@state
async def login(stage: Stage) -> None:
    await stage.open("/connexion")


@state
async def login_welcome(stage: Stage) -> None:
    await stage.open("/connexion?bienvenue=1")


@state
async def login_wrong(stage: Stage) -> None:
    await stage.open("/connexion")
    await stage.fill(email=STRANGER, password="faux")
    await stage.press("Se connecter")


@state
async def login_empty(stage: Stage) -> None:
    await stage.open("/connexion")
    await stage.press("Se connecter")


@state
async def login_locked(stage: Stage) -> None:
    stage.served.login.locked_until = datetime.now(UTC) + timedelta(minutes=14)
    await stage.open("/connexion")
    await stage.fill(email=STRANGER, password="faux")
    await stage.press("Se connecter")


@state
async def home(stage: Stage) -> None:
    await stage.open("/connexion")
    await stage.fill(email=world.KNOWN, password=world.PASSWORD)
    await stage.press("Se connecter")


@state
async def forgotten(stage: Stage) -> None:
    await stage.open("/mot-de-passe-oublie")


@state
async def resume(stage: Stage) -> None:
    await stage.open("/reprendre")


@state
async def resume_held(stage: Stage) -> None:
    await stage.registration()
    await stage.open("/reprendre")


@state
async def privacy(stage: Stage) -> None:
    await stage.open("/confidentialite")


@state
async def login_unavailable(stage: Stage) -> None:
    await stage.open("/connexion")
    await stage.fill(email=STRANGER, password=world.PASSWORD)
    stage.served.login.down = True
    await stage.press("Se connecter")


@state
async def login_session_ended(stage: Stage) -> None:
    await home(stage)
    stage.served.login.sessions.clear()
    await stage.open("/mon-espace")


@state
async def login_password_changed(stage: Stage) -> None:
    await reset(stage)
    await stage.fill(password="Nuage-9-bleuet", confirmation="Nuage-9-bleuet")
    await stage.press("Changer le mot de passe")


@state
async def home_empty(stage: Stage) -> None:
    login = stage.served.login
    login.home_shown = replace(login.home_shown, attachments=(), themes=())
    await home(stage)


@state
async def home_themes(stage: Stage) -> None:
    await home(stage)
    await stage.follow("Modifier mes thématiques")


@state
async def home_themes_saved(stage: Stage) -> None:
    await home_themes(stage)
    await stage.press("Enregistrer")


@state
async def home_themes_unavailable(stage: Stage) -> None:
    await home_themes(stage)
    stage.served.login.consents_down = True
    await stage.press("Enregistrer")


@state
async def home_password(stage: Stage) -> None:
    await home(stage)
    await stage.follow("Changer mon mot de passe")


@state
async def home_password_wrong(stage: Stage) -> None:
    await home_password(stage)
    await stage.fill(present="faux", password="Nuage-9-bleuet", confirmation="Nuage-9-bleuet")
    await stage.press("Changer le mot de passe")


@state
async def home_password_locked(stage: Stage) -> None:
    await home_password(stage)
    await stage.fill(present="faux", password="Nuage-9-bleuet", confirmation="Nuage-9-bleuet")
    stage.served.login.locked_until = datetime.now(UTC) + timedelta(minutes=14)
    await stage.press("Changer le mot de passe")


@state
async def home_password_changed(stage: Stage) -> None:
    await home_password(stage)
    await stage.fill(present=world.PASSWORD, password="Nuage-9-bleuet", confirmation="Nuage-9-bleuet")
    await stage.press("Changer le mot de passe")


@state
async def forgotten_wrong(stage: Stage) -> None:
    await stage.open("/mot-de-passe-oublie")
    await stage.fill(email="claire@")
    await stage.press("Recevoir un lien")


@state
async def forgotten_too_many(stage: Stage) -> None:
    await stage.open("/mot-de-passe-oublie")
    await stage.fill(email=STRANGER)
    stage.served.limits.until = datetime.now(UTC) + timedelta(minutes=14)
    await stage.press("Recevoir un lien")


@state
async def forgotten_unavailable(stage: Stage) -> None:
    await stage.open("/mot-de-passe-oublie")
    await stage.fill(email=STRANGER)
    stage.served.letters.down = True
    await stage.press("Recevoir un lien")


@state
async def forgotten_sent(stage: Stage) -> None:
    await stage.open("/mot-de-passe-oublie")
    await stage.fill(email=STRANGER)
    await stage.press("Recevoir un lien")


@state
async def resume_sent(stage: Stage) -> None:
    await stage.open("/reprendre")
    await stage.fill(email=STRANGER)
    await stage.press("Recevoir un lien")


@state
async def resume_unavailable(stage: Stage) -> None:
    await stage.open("/reprendre")
    await stage.fill(email=STRANGER)
    stage.served.letters.down = True
    await stage.press("Recevoir un lien")


@state
async def reset(stage: Stage) -> None:
    await stage.open(f"/nouveau-mot-de-passe?jeton={stage.served.resets.token()}")


@state
async def reset_wrong(stage: Stage) -> None:
    await reset(stage)
    await stage.fill(password="dupont2026", confirmation="dupont2026")
    await stage.press("Changer le mot de passe")


@state
async def reset_unavailable(stage: Stage) -> None:
    await reset(stage)
    await stage.fill(password="Nuage-9-bleuet", confirmation="Nuage-9-bleuet")
    stage.served.resets.down = True
    await stage.press("Changer le mot de passe")


@state
async def reset_used(stage: Stage) -> None:
    stage.served.resets.used = True
    await reset(stage)


@state
async def reset_missing(stage: Stage) -> None:
    await stage.open("/nouveau-mot-de-passe")


@state
async def not_found(stage: Stage) -> None:
    await stage.open("/nulle-part")


@state
async def unavailable(stage: Stage) -> None:
    await stage.registration()
    stage.served.registrations.down = True
    await stage.open("/inscription/thematiques")


@state
async def not_allowed(stage: Stage) -> None:
    await stage.open("/deconnexion")


@state
async def bad_form(stage: Stage) -> None:
    await stage.open("/inscription")
    await stage.browser.meddle("submission", "?")
    await stage.press("Suivant")


@state
async def forged(stage: Stage) -> None:
    await stage.browser.forge(f"{stage.served.base_url}/deconnexion")


@state
async def broken(stage: Stage) -> None:
    await stage.registration()
    stage.served.registrations.broken = True
    await stage.open("/inscription")


@state
async def login_outdated(stage: Stage) -> None:
    await stage.open("/connexion")
    await stage.fill(email=STRANGER, password=world.PASSWORD)
    await stage.outdate()
    await stage.press("Se connecter")


@state
async def logged_out(stage: Stage) -> None:
    await home(stage)
    await stage.press("Se déconnecter")


@state
async def home_themes_outdated(stage: Stage) -> None:
    await home_themes(stage)
    await stage.outdate()
    await stage.press("Enregistrer")


@state
async def home_password_unavailable(stage: Stage) -> None:
    await home_password(stage)
    await stage.fill(present=world.PASSWORD, password="Nuage-9-bleuet", confirmation="Nuage-9-bleuet")
    stage.served.resets.down = True
    await stage.press("Changer le mot de passe")


@state
async def home_password_outdated(stage: Stage) -> None:
    await home_password(stage)
    await stage.fill(present=world.PASSWORD, password="Nuage-9-bleuet", confirmation="Nuage-9-bleuet")
    await stage.outdate()
    await stage.press("Changer le mot de passe")


@state
async def forgotten_outdated(stage: Stage) -> None:
    await stage.open("/mot-de-passe-oublie")
    await stage.fill(email=STRANGER)
    await stage.outdate()
    await stage.press("Recevoir un lien")


@state
async def resume_wrong(stage: Stage) -> None:
    await stage.open("/reprendre")
    await stage.press("Recevoir un lien")


@state
async def resume_too_many(stage: Stage) -> None:
    await stage.open("/reprendre")
    await stage.fill(email=STRANGER)
    stage.served.limits.until = datetime.now(UTC) + timedelta(minutes=14)
    await stage.press("Recevoir un lien")


@state
async def reset_invalid(stage: Stage) -> None:
    await stage.open("/nouveau-mot-de-passe?jeton=abc")


@state
async def reset_outdated(stage: Stage) -> None:
    await reset(stage)
    await stage.fill(password="Nuage-9-bleuet", confirmation="Nuage-9-bleuet")
    await stage.outdate()
    await stage.press("Changer le mot de passe")
