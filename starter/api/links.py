"""What stands behind a mailed link, for frontends other than the pages: open it, choose the password."""

from fastapi import APIRouter, Request

from infrastructure.tokens import parse
from starter.api import models
from starter.api.problems import described
from starter.api.strict import StrictRoute
from starter.holder import resume_token
from starter.links import LinkRefused, Links
from starter.registrations import Registrations

router = APIRouter(route_class=StrictRoute, prefix="/links", tags=["links"])

LINK_CODES = ("link_invalid", "link_expired", "link_replaced", "link_used", "registration_ended")


@router.post(
    "/open",
    operation_id="open_link",
    summary="Open a mailed link",
    responses=described("malformed", *LINK_CODES, "unavailable"),
)
async def open_link(request: Request, body: models.LinkToken) -> models.Opened:
    """Opening uses nothing up, however often it is done; only the choice of a password does."""
    links: Links = request.app.state.links
    opened = await links.open(body.token)
    holder = opened.holder
    token = resume_token(request.app.state.mint, holder) if holder.behind else None
    return models.Opened(id=opened.registration, address=opened.address, view=opened.view, resume_token=token)


@router.post(
    "/password",
    operation_id="choose_password",
    summary="Choose the password behind a mailed link",
    responses=described("malformed", "refused", *LINK_CODES, "unavailable"),
)
async def choose_password(request: Request, body: models.NewPassword) -> models.Shown:
    """Answers once the account exists. Repeated with the same password, it answers the same."""
    links: Links = request.app.state.links
    registrations: Registrations = request.app.state.registrations
    token = parse(body.token)
    if token is None:
        raise LinkRefused("link_invalid")
    await links.choose_password(body.token, body.password.get_secret_value(), body.submission)
    return models.Shown(view=await registrations.view(token.registration, token.number))
