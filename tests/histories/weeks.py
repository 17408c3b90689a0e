"""Slow people, slow operators, INSEE and databases away: the histories that were open for days or weeks."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from temporalio.service import RPCError, RPCStatusCode

from domain.messages import (
    Abandon,
    ChooseThemes,
    GiveIdcc,
    GiveMemberNumber,
    GoBack,
    NoMemberNumber,
    OperatorApprove,
    OperatorCancel,
    OperatorExtend,
    OperatorMessage,
    OperatorRefuse,
    OperatorResend,
    OperatorRetry,
    ReportBounce,
    ResendLink,
    Step,
)
from domain.policy import Policy
from domain.view import View
from starter.registrations import Refused
from tests.histories.recording import scenario
from tests.waiting import eventually
from tests.workflow.world import (
    NOT_PUBLIC,
    ONLY_INSEE,
    RECOGNISED,
    RECOGNISED_NUMBER,
    WITHOUT_NUMBER,
    World,
)

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
WHO = {"by": "Sam", "reason": "motif de l'opérateur"}
TRIED = ("00000011700010", "00000012500013", "00000013300017", "00000014100010", "00000015800014")


async def act(world: World, registration: UUID, message: OperatorMessage) -> View:
    """An operator's act, as the Temporal UI sends it; again when the engine threw it away."""
    handle, update_id = world.handle(registration), uuid4().hex
    while True:
        try:
            view: View = await handle.execute_update(message.NAME, message, id=update_id, result_type=View)
        except RPCError as error:
            if error.status is not RPCStatusCode.FAILED_PRECONDITION:
                raise
        else:
            return view


@scenario
async def expired_form(world: World) -> UUID:
    """Themes never chosen: two reminders, then the end."""
    registration, _ = await world.identify(world.address())
    await world.skip(registration, 8 * DAY)
    await world.outcome(registration)
    return registration


@scenario
async def expired_number_after_thirty_days(world: World) -> UUID:
    """« Je n'ai pas ce numéro », and nothing more."""
    registration = await world.to_establishment(world.address())
    await world.claim(registration, RECOGNISED)
    await world.registrations.send(registration, NoMemberNumber())
    await world.skip(registration, 31 * DAY)
    await world.outcome(registration)
    return registration


@scenario
async def expired_link(world: World) -> UUID:
    """The mail never read."""
    registration = await world.by_idcc(world.address())
    await world.skip(registration, 8 * DAY)
    await world.outcome(registration)
    return registration


@scenario
async def resumed_each_time_at_the_last_moment(world: World) -> UUID:
    """Almost a month for one registration."""
    address = world.address()
    registration, _ = await world.identify(address)
    await world.skip(registration, 6 * DAY)
    await world.registrations.send(registration, ChooseThemes())
    await world.skip(registration, 6 * DAY)
    await world.claim(registration, RECOGNISED)
    await world.skip(registration, 6 * DAY)
    await world.registrations.send(registration, GiveMemberNumber(number=RECOGNISED_NUMBER))
    await world.skip(registration, 3 * DAY)
    await world.registrations.send(registration, ResendLink())
    await world.links.open((await world.mail(address, "confirmation", 2)).token())
    await world.skip(registration, 20 * HOUR)
    await world.finish(registration, address)
    await world.outcome(registration)
    return registration


@scenario
async def late_click(world: World) -> UUID:
    """Sent after the deadline, inside the grace."""
    registration, _ = await world.identify(world.address())
    await world.skip(registration, 7 * DAY + timedelta(seconds=20))
    try:
        await world.registrations.send(registration, ChooseThemes())
    except Refused:
        await world.handle(registration).signal("choose_themes", {})
    await world.skip(registration, HOUR)
    await world.outcome(registration)
    return registration


@scenario
async def superseded(world: World) -> UUID:
    """Another registration of the same mailbox finished first."""
    address = world.address()
    first, second = await world.by_number(address), await world.by_idcc(address)
    await world.finish(second, address)
    await world.outcome(second)
    world.now = lambda: datetime.now(UTC)
    await world.skip(first, 26 * HOUR)
    await world.outcome(first)
    return first


@scenario
async def already_registered(world: World) -> UUID:
    """The address had an account."""
    address = world.address()
    first = await world.by_number(address)
    await world.finish(first, address)
    await world.outcome(first)
    second, _ = await world.identify(address)
    await world.skip(second, 8 * DAY)
    await world.outcome(second)
    return second


@scenario
async def review_approved_after_a_month(world: World) -> UUID:
    """Nobody looked for thirty days."""
    address = world.address()
    registration = await world.to_establishment(address)
    await world.claim(registration, NOT_PUBLIC)
    await world.skip(registration, 30 * DAY)
    await act(world, registration, OperatorApprove(**WHO))
    mail = await world.mail(address, "approved")
    await world.links.choose_password(mail.token(), "Tilleul-7-cascade", uuid4().hex)
    await world.outcome(registration)
    return registration


@scenario
async def review_refused_twice(world: World) -> UUID:
    """Corrected once, refused again."""
    registration = await world.to_establishment(world.address())
    await world.claim(registration, NOT_PUBLIC)
    await act(world, registration, OperatorRefuse(**WHO))
    await world.claim(registration, WITHOUT_NUMBER)
    await act(world, registration, OperatorRefuse(**WHO))
    await world.outcome(registration)
    return registration


@scenario
async def wrong_numbers_reviewed(world: World) -> UUID:
    """Six wrong numbers, then an operator."""
    registration = await world.to_establishment(world.address())
    await world.claim(registration, "00000001800036")
    for wrong in range(6):
        await world.registrations.send(registration, GiveMemberNumber(number=f"90000{wrong}"))
    await act(world, registration, OperatorApprove(**WHO))
    await act(world, registration, OperatorCancel(**WHO))
    await world.outcome(registration)
    return registration


@scenario
async def too_many_sirets_reviewed(world: World) -> UUID:
    """Six establishments tried."""
    registration = await world.to_establishment(world.address())
    for siret in TRIED:
        await world.claim(registration, siret)
        await world.registrations.send(registration, GoBack(leaving=Step.IDCC))
    await world.claim(registration, ONLY_INSEE)
    await act(world, registration, OperatorRefuse(**WHO))
    await world.registrations.send(registration, Abandon())
    await world.outcome(registration)
    return registration


@scenario
async def operators_messages(world: World) -> UUID:
    """Sent again, extended, nothing to retry, cancelled."""
    registration = await world.by_number(world.address())
    await act(world, registration, OperatorResend(**WHO))
    await act(world, registration, OperatorExtend(**WHO, days=20))
    await world.handle(registration).signal("operator_retry", OperatorRetry(**WHO))
    await world.skip(registration, 20 * DAY)
    await act(world, registration, OperatorCancel(**WHO))
    await world.outcome(registration)
    return registration


@scenario
async def bounced(world: World) -> UUID:
    """The mail came back."""
    registration = await world.by_number(world.address())
    await world.registrations.send(registration, ReportBounce())
    await world.skip(registration, 8 * DAY)
    await world.outcome(registration)
    return registration


@scenario
async def insee_down_for_nine_days(world: World) -> UUID:
    """Retried by an operator; a mail calls back."""
    address = world.address()
    await world.pool.execute("DELETE FROM insee_answers")
    await world.fault("down")
    patient = world.with_policy(Policy(insee_slowest_seconds=86_400))
    registration = await patient.to_establishment(address)
    await patient.claim(registration, ONLY_INSEE)
    await patient.skip(registration, 9 * DAY)
    await world.fault("none")
    await act(patient, registration, OperatorRetry(**WHO))
    await patient.mail(address, "insee_back")
    await patient.registrations.send(registration, GiveIdcc(idcc="1979"))
    await patient.finish(registration, address)
    await patient.outcome(registration)
    return registration


@scenario
async def insee_slow_and_left(world: World) -> UUID:
    """Gone back while INSEE was being asked: its late answer is dropped."""
    await world.pool.execute("DELETE FROM insee_answers")
    await world.fault("slow", seconds=4)
    registration = await world.to_establishment(world.address())
    await world.claim(registration, ONLY_INSEE)
    await world.registrations.send(registration, GoBack(leaving=Step.ESTABLISHMENT))
    await world.fault("none")
    await world.claim(registration, RECOGNISED)
    await world.registrations.send(registration, Abandon())
    await world.outcome(registration)
    return registration


@scenario
async def database_away(world: World) -> UUID:
    """Local activities fail, ordinary ones wait."""
    registration = await world.to_establishment(world.address())
    await world.claim(registration, RECOGNISED)
    await world.pool.execute("ALTER TABLE establishments RENAME TO establishments_away")
    number = GiveMemberNumber(number=RECOGNISED_NUMBER, submission=uuid4().hex)
    await world.registrations.send(registration, number)
    await world.pool.execute("ALTER TABLE establishments_away RENAME TO establishments")

    async def answered() -> bool:
        return (await world.registrations.view(registration)).step == "email_link"

    await eventually(answered)
    await world.registrations.send(registration, Abandon())
    await world.outcome(registration)
    return registration


# ---- still open when they were recorded: what a deploy meets ---------------------------------------


@scenario
async def open_at_the_form(world: World) -> UUID:
    """Recalled twice, two days left."""
    registration = await world.to_establishment(world.address())
    await world.skip(registration, 5 * DAY)
    return registration


@scenario
async def open_at_the_number(world: World) -> UUID:
    """Looking for the number for four weeks."""
    registration = await world.to_establishment(world.address())
    await world.claim(registration, RECOGNISED)
    await world.registrations.send(registration, NoMemberNumber())
    await world.skip(registration, 28 * DAY)
    await world.registrations.send(registration, GiveMemberNumber(number="999999"))
    return registration


@scenario
async def open_at_the_link(world: World) -> UUID:
    """Extended by an operator, a month old."""
    registration = await world.by_idcc(world.address())
    await act(world, registration, OperatorExtend(**WHO, days=30))
    await world.skip(registration, 30 * DAY)
    await world.registrations.send(registration, ResendLink())
    return registration


@scenario
async def open_in_review(world: World) -> UUID:
    """Forgotten by everybody for two months."""
    registration = await world.to_establishment(world.address())
    await world.claim(registration, NOT_PUBLIC)
    await world.skip(registration, 60 * DAY)
    await world.handle(registration).signal("operator_resend", OperatorResend(**WHO))
    return registration


@scenario
async def open_at_insee(world: World) -> UUID:
    """INSEE has not answered for two days."""
    await world.pool.execute("DELETE FROM insee_answers")
    await world.fault("down")
    patient = world.with_policy(Policy(insee_slowest_seconds=86_400))
    registration = await patient.to_establishment(world.address())
    await patient.claim(registration, ONLY_INSEE)
    await patient.skip(registration, 2 * DAY)
    return registration
