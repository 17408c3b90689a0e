"""The mitigations that can be switched off, and for each a fast test that must notice.

A switch takes one protection out of the product's own code, in the test's process and nowhere else.
"""

from collections.abc import Callable
from importlib import import_module
from typing import Any, NamedTuple

Off = Callable[[], None]


class Switch(NamedTuple):
    """One mitigation."""

    name: str
    threat: str
    test: str
    off: Off


def _replace(where: str, replacement: Any) -> Off:
    """Put `replacement` where `module:name` or `module:Class.name` stands."""

    def off() -> None:
        module, _, path = where.partition(":")
        *parents, name = path.split(".")
        target: Any = import_module(module)
        for parent in parents:
            target = getattr(target, parent)
        if not hasattr(target, name):
            raise LookupError(where)
        setattr(target, name, replacement)

    return off


def _rewrite(where: str, old: str, new: str) -> Off:
    """Change a text of the product: an SQL statement, say."""

    def off() -> None:
        module, _, name = where.partition(":")
        text: str = getattr(import_module(module), name)
        if old not in text:
            raise LookupError(where)
        _replace(where, text.replace(old, new))()

    return off


def _policy(name: str, value: int) -> Off:
    def off() -> None:
        policy = import_module("domain.policy").Policy
        policy.model_fields[name].default = value
        policy.model_rebuild(force=True)

    return off


def _unescaped(where: str) -> Off:
    """Let a template's environment escape nothing."""

    def off() -> None:
        module, _, name = where.partition(":")
        found = getattr(import_module(module), name)
        environment = found() if callable(found) else found
        environment.autoescape = False

    return off


async def _nothing(*_: object, **__: object) -> None:
    return None


async def _forgets_nothing(*_: object, **__: object) -> dict[str, int]:
    return {}


async def _pass_on(self: Any, scope: Any, receive: Any, send: Any) -> None:
    await self._app(scope, receive, send)


def _same(value: Any, *_: object) -> Any:
    return value


def _own(_: object, value: Any) -> Any:
    return value


def _quick_for_nobody() -> None:
    hasher = import_module("infrastructure.passwords").PasswordHasher
    verify = hasher.verify

    async def quickly(self: Any, password_hash: str | None, password: str) -> bool:
        return password_hash is not None and await verify(self, password_hash, password)

    hasher.verify = quickly


def _lenient_guard() -> None:
    guard = import_module("starter.guard")
    take = guard.StartGuard._take

    async def open_when_down(*arguments: Any) -> None:
        try:
            await take(*arguments)
        except guard.Unavailable:
            return

    guard.StartGuard._take = open_when_down


def _link_used_by_opening() -> None:
    links: Any = import_module("starter.web.links")
    exchange, seen = links._exchange, set[str]()

    def once(request: Any, cookie: str, target: str) -> Any:
        token = request.query_params.get("jeton", "")
        if token in seen:
            raise links.LinkRefused("link_used")
        seen.add(token)
        return exchange(request, cookie, target)

    links._exchange = once


def _leftmost_client() -> None:
    middleware = import_module("starter.middleware")

    def forged(_: object, scope: Any) -> str:
        named = middleware.Headers(scope=scope).get("x-forwarded-for", "")
        return named.partition(",")[0] or "unknown"

    middleware.ClientAddress._client = forged


def _fresh_submissions() -> None:
    forms: Any = import_module("starter.web.forms")
    registration: Any = import_module("starter.web.registration")
    read = forms.read_form

    async def reading(*arguments: Any, **more: Any) -> Any:
        found = await read(*arguments, **more)
        return forms.replace(found, submission=forms.new_submission())

    registration.read_form = reading


def _lax_fields() -> None:
    forms: Any = import_module("starter.web.forms")
    registration: Any = import_module("starter.web.registration")

    async def reading(request: Any, *fields: str, many: Any = ()) -> Any:
        sent = await request.form()
        values = {name: str(value) for name, value in sent.items()}
        chosen = tuple(str(value) for name in many for value in sent.getlist(name))
        return forms.Form(values=values, chosen=chosen, submission="a" * 32)

    registration.read_form = reading


def _purposeless_tokens() -> None:
    tokens = import_module("infrastructure.tokens")
    mac = tokens.TokenMint._mac
    tokens.TokenMint._mac = lambda self, key, _purpose, *rest: mac(self, key, "link", *rest)


def _any_browsers_form() -> None:
    tokens: Any = import_module("starter.web.form_tokens")

    def is_current(request: Any, text: str) -> bool:
        token = tokens.parse(text)
        return token is not None and tokens.portal(request).mint.check(
            token, "page", tokens._session(request)
        )

    tokens.is_current = is_current


def _readable_cookies() -> None:
    cookies: Any = import_module("starter.web.cookies")

    def keep(response: Any, settings: Any, cookie: str, value: str, seconds: int | None = None) -> None:
        response.set_cookie(cookies._name(settings, cookie), value, max_age=seconds)

    cookies.keep = keep


def _silent_about_accounts() -> None:
    facts: Any = import_module("domain.facts").Facts
    order = facts.order_link

    def order_link(self: Any, kind: Any, now: Any) -> Any:
        ordered = order(self, kind, now)
        return ordered.with_(outgoing=()) if kind.value == "already_account" else ordered

    facts.order_link = order_link


def _redirects_anywhere() -> None:
    registration: Any = import_module("starter.web.registration")
    see = registration.see
    registration.see = lambda address, notice=None: see(notice or address)


def _links_outlive_corrections() -> None:
    dependents: Any = import_module("domain.dependents")
    cleared = dependents._without_address

    def kept(facts: Any) -> Any:
        return cleared(facts).with_(links=facts.links, opened=facts.opened)

    dependents._without_address = kept


def _ends_without_a_button() -> None:
    guard: Any = import_module("starter.web.guard")
    guard.link_page = lambda request, _: guard.error_page(request, 400)


def _no_way_to_cancel() -> None:
    rendering: Any = import_module("starter.web.rendering")
    loader = rendering._ENVIRONMENT.loader
    source = loader.get_source

    def without(environment: Any, template: str) -> Any:
        text, *rest = source(environment, template)
        return (text.replace("/inscription/annuler", "/connexion"), *rest)

    loader.get_source = without


def _no_answer_is_an_answer() -> None:
    sirene: Any = import_module("infrastructure.sirene")
    interpret = sirene.interpret

    def lenient(siret: str, reply: Any) -> Any:
        try:
            return interpret(siret, reply)
        except sirene.SireneUnavailable:
            return sirene.SireneAnswer(sirene.InseeAnswer(about=siret, status="unknown"))

    sirene.interpret = lenient


def _any_alphabet() -> None:
    people: Any = import_module("domain.people")
    validate = people.validate_email
    people.validate_email = lambda address, **more: validate(address, **{**more, "allow_smtputf8": True})


def _acts_without_a_reason() -> None:
    for model in import_module("domain.messages").OPERATOR_MESSAGES:
        model.model_fields["reason"].default = ""
        model.model_rebuild(force=True)


ORDER = "tests/domain/test_order.py"
JOURNEY, REMINDERS, GO_BACK = (f"tests/domain/test_{one}.py" for one in ("journey", "reminders", "go_back"))
SESSIONS, TOKENS = "tests/accounts/test_accounts.py", "tests/security/test_tokens.py"
FORM_TOKENS = "tests/web/test_form_tokens.py"
FORMS, WAITING = "tests/web/test_forms.py", "tests/web/test_waiting.py"
MIDDLEWARE, MAILS = "tests/api/test_middleware.py", "tests/mails/test_mail_limits.py"
ACCOUNT, LOGIN = "tests/accounts/test_create_account.py", "tests/accounts/test_login.py"

SWITCHES: tuple[Switch, ...] = (
    Switch(
        "an account is written to as well",
        "T3",
        "tests/domain/test_mailbox.py::test_address_with_an_account_gets_the_mail_that_says_so_and_no_other",
        _silent_about_accounts,
    ),
    Switch(
        "limit of look-ups per client",
        "T4",
        "tests/api/test_registrations.py::test_a_full_limit_says_when_to_come_back",
        _replace("starter.guard:StartGuard.allow_claim", _nothing),
    ),
    Switch(
        "one account a mailbox",
        "T8",
        f"{ACCOUNT}::test_registrations_of_one_mailbox_race_and_one_wins",
        _rewrite("infrastructure.account_creation:INSERT_ACCOUNT", "ON CONFLICT DO NOTHING", ""),
    ),
    Switch(
        "no request says where to go",
        "T19",
        "tests/security/test_redirects.py::test_no_request_says_where_to_go",
        _redirects_anywhere,
    ),
    Switch(
        "addresses compared in one form",
        "T23",
        "tests/accounts/test_contacts.py::test_a_contact_is_found_in_any_case_and_written_to_where_akto_says",
        _replace("infrastructure.directory:email_key", _same),
    ),
    Switch(
        "no look-alikes",
        "T23",
        "tests/domain/test_typed.py::test_addresses_that_are_refused",
        _any_alphabet,
    ),
    Switch(
        "old links die with their address",
        "T25",
        "tests/domain/test_mailbox.py::test_corrected_address_is_looked_up_anew_and_old_links_die",
        _links_outlive_corrections,
    ),
    Switch(
        "a dead link says why",
        "T26",
        "tests/web/test_links.py::test_an_expired_link_is_renewed_by_one_button",
        _ends_without_a_button,
    ),
    Switch(
        "every page can be cancelled",
        "T27",
        "tests/web/test_pages.py::test_every_page_of_the_journey_can_be_cancelled",
        _no_way_to_cancel,
    ),
    Switch(
        "what hangs on a registration goes with it",
        "T27",
        "tests/workflow/test_retention.py::test_nothing_is_left_but_dates_and_counts",
        _replace("infrastructure.retention:Retention.forget", _forgets_nothing),
    ),
    Switch(
        "unavailable is no answer",
        "T28",
        "tests/outside/test_sirene_client.py::test_unavailable_is_never_an_answer",
        _no_answer_is_an_answer,
    ),
    Switch(
        "INSEE's quota is kept before asking",
        "T28",
        "tests/outside/test_insee_memory.py::test_many_workers_at_once_never_exceed_the_limit",
        _rewrite("infrastructure.insee_memory:WAIT", "OFFSET $1::int - 1", "OFFSET $1::int + 1000"),
    ),
    Switch(
        "operators say why",
        "T32",
        "tests/domain/test_rules.py::test_operators_say_who_and_why",
        _acts_without_a_reason,
    ),
    Switch(
        "what is left alone expires",
        "T35",
        f"{REMINDERS}::test_first_form_left_empty_expires_without_a_mail",
        _policy("life_days", 10_000),
    ),
    Switch(
        "a registration takes so many messages",
        "T35",
        "tests/workflow/test_doors.py::test_too_many_messages_end_the_registration",
        _policy("messages_in_all", 1_000_000),
    ),
    Switch(
        "rows go after their period",
        "T35",
        "tests/workflow/test_retention.py::test_each_table_keeps_its_period",
        _replace("infrastructure.retention:Retention.purge", _forgets_nothing),
    ),
    Switch(
        "limit of starts",
        "T1",
        f"{FORMS}::test_too_many_starts_says_until_when",
        _replace("starter.guard:StartGuard.allow_start", _nothing),
    ),
    Switch(
        "the mailbox before the branch",
        "T1",
        f"{ORDER}::test_before_the_link_nothing_tells_a_contact_from_a_stranger",
        _replace("domain.journey:branch_hidden", lambda *_: False),
    ),
    Switch(
        "what follows the link is for who holds it",
        "T1",
        f"{ORDER}::test_who_began_sees_no_answer_of_who_goes_on",
        _replace("domain.order:shown", _same),
    ),
    Switch(
        "nothing typed behind a link goes along to another mailbox",
        "T7",
        f"{ORDER}::test_an_address_corrected_by_who_began_takes_nothing_along",
        _replace("domain.dependents:without_claim", _same),
    ),
    Switch("no start uncounted", "T29", f"{FORMS}::test_an_uncounted_start_is_no_start", _lenient_guard),
    Switch(
        "a hash for nobody too",
        "T2",
        "tests/accounts/test_hashing.py::test_nobody_takes_as_long_as_somebody",
        _quick_for_nobody,
    ),
    Switch(
        "limit of SIRETs",
        "T4",
        f"{JOURNEY}::test_sixth_siret_goes_to_review_without_a_look_up",
        _policy("siret_lookups", 1000),
    ),
    Switch(
        "limit of numbers per registration",
        "T5",
        f"{JOURNEY}::test_sixth_wrong_number_goes_to_review_and_a_right_one_still_passes",
        _policy("wrong_numbers", 1000),
    ),
    Switch(
        "limit of numbers over all",
        "T5",
        "tests/accounts/test_establishments.py::"
        "test_wrong_ones_are_counted_over_all_registrations_and_right_ones_always_pass",
        _replace("infrastructure.limits:Limits.take", _nothing),
    ),
    Switch(
        "active contacts alone",
        "T6",
        "tests/accounts/test_contacts.py::test_an_inactive_contact_is_none",
        _rewrite("infrastructure.directory:CONTACT", "AND contact.active", ""),
    ),
    Switch(
        "a proof of that registration",
        "T7",
        f"{ACCOUNT}::test_the_proof_of_another_link_address_or_registration_proves_nothing",
        _rewrite(
            "infrastructure.account_creation:LOCK_PROOFS", "registration_id = $1", "($1::uuid IS NOT NULL)"
        ),
    ),
    Switch(
        "opening uses nothing up",
        "T9",
        "tests/web/test_links.py::test_scanners_use_nothing_up",
        _link_used_by_opening,
    ),
    Switch(
        "security headers",
        "T10",
        f"{MIDDLEWARE}::test_every_answer_carries_them",
        _replace("starter.middleware:SecurityHeaders.__call__", _pass_on),
    ),
    Switch(
        "tokens are checked",
        "T11",
        f"{TOKENS}::test_a_changed_token_opens_nothing",
        _replace("infrastructure.tokens:TokenMint.check", lambda *_: True),
    ),
    Switch(
        "tokens have a purpose",
        "T11",
        f"{TOKENS}::test_a_token_serves_its_purpose_alone",
        _purposeless_tokens,
    ),
    Switch(
        "limit of mails",
        "T12",
        f"{MAILS}::test_a_mailbox_gets_five_an_hour_over_all_registrations",
        _replace("infrastructure.mail_ledger:Claim._until", _nothing),
    ),
    Switch(
        "limit of resends", "T12", f"{REMINDERS}::test_five_resends_a_minute_apart", _policy("resends", 1000)
    ),
    Switch(
        "a minute between resends",
        "T30",
        f"{REMINDERS}::test_five_resends_a_minute_apart",
        _policy("resend_seconds", 0),
    ),
    Switch(
        "« Ce n'est pas moi » silences",
        "T12",
        f"{MAILS}::test_who_said_not_me_is_left_alone",
        _rewrite("infrastructure.mail_ledger:SILENCED", "until > $2", "until > $2 AND false"),
    ),
    Switch(
        "no reminder beside an account",
        "T13",
        f"{MAILS}::test_no_reminder_to_who_finished_elsewhere",
        _rewrite("infrastructure.mail_ledger:OTHER_ACCOUNT", "email_key = $1", "email_key = $1 AND false"),
    ),
    Switch(
        "a form counts once", "T14", f"{FORMS}::test_a_double_click_is_one_registration", _fresh_submissions
    ),
    Switch(
        "cookies are signed",
        "T15",
        f"{WAITING}::test_a_cookie_that_we_did_not_make",
        _replace("infrastructure.tokens:TokenMint.check", lambda *_: True),
    ),
    Switch(
        "answers carry their question",
        "T16",
        f"{GO_BACK}::test_late_contact_answer_for_another_address_is_dropped",
        _replace("domain.results:_still_wanted", lambda *_: True),
    ),
    Switch(
        "same origin",
        "T17",
        f"{MIDDLEWARE}::test_a_page_takes_posts_from_its_own_pages_alone",
        _replace("starter.middleware:SameOrigin.__call__", _pass_on),
    ),
    Switch(
        "forms carry a token",
        "T17",
        f"{FORM_TOKENS}::test_without_it_the_same_form_with_what_was_typed",
        _replace("starter.web.form_tokens:is_current", lambda *_: True),
    ),
    Switch(
        "form tokens are a browser's",
        "T17",
        f"{FORM_TOKENS}::test_another_browsers_token",
        _any_browsers_form,
    ),
    Switch(
        "form tokens are a session's",
        "T17",
        f"{FORM_TOKENS}::test_inside_it_is_bound_to_the_session",
        _replace("starter.web.form_tokens:_session", lambda _: ""),
    ),
    Switch(
        "form tokens grow old",
        "T17",
        f"{FORM_TOKENS}::test_it_grows_old",
        _replace("starter.web.form_tokens:LIFE_HOURS", 10_000),
    ),
    Switch(
        "cookies no script reads", "T18", f"{FORMS}::test_an_accepted_form_leads_on_by_get", _readable_cookies
    ),
    Switch(
        "sessions stored as hashes",
        "T18",
        f"{SESSIONS}::test_the_table_does_not_hold_the_cookie",
        _replace("infrastructure.sessions:_hash", str.encode),
    ),
    Switch(
        "sessions end when idle",
        "T18",
        f"{SESSIONS}::test_a_session_ends_after_idle_hours_and_use_keeps_it",
        _rewrite("infrastructure.sessions:SEEN", "hours => $2", "hours => $2 + 10000"),
    ),
    Switch(
        "addresses are judged",
        "T20",
        "tests/domain/test_typed.py::test_addresses_that_are_refused",
        _replace("domain.rules:read_email", lambda text: (text, None)),
    ),
    Switch(
        "names are judged",
        "T21",
        "tests/domain/test_typed.py::test_names_that_are_refused",
        _replace("domain.rules:read_name", lambda text: (text, None)),
    ),
    Switch(
        "mails escape",
        "T21",
        "tests/mails/test_render.py::test_hostile_names_stay_words",
        _unescaped("infrastructure.mails.render:_environment"),
    ),
    Switch(
        "pages escape",
        "T22",
        "tests/web/test_hostile.py::test_hostile_words_are_shown_as_words",
        _unescaped("starter.web.rendering:_ENVIRONMENT"),
    ),
    Switch(
        "terminals get words",
        "T22",
        "tests/operators/test_output.py::test_a_table_runs_nothing",
        _replace("starter.operators.output:inert", _same),
    ),
    Switch(
        "spreadsheets get words",
        "T22",
        "tests/imports/test_load.py::test_the_report_runs_nothing_in_a_spreadsheet",
        _replace("infrastructure.imports.report:harmless", _same),
    ),
    Switch(
        "values stay in their quotes",
        "T22",
        "tests/operators/test_queries.py::test_a_value_cannot_leave_its_quotes",
        _replace("starter.operators.queries:text", lambda value: f'"{value}"'),
    ),
    Switch(
        "+tags are one mailbox",
        "T24",
        "tests/accounts/test_contacts.py::test_a_mailbox_is_blocked_once_for_all_its_spellings",
        _replace("infrastructure.tokens:mailbox_key", _same),
    ),
    Switch(
        "clients counted from the right",
        "T29",
        f"{MIDDLEWARE}::test_the_client_is_counted_from_the_right",
        _leftmost_client,
    ),
    Switch(
        "payloads are encrypted",
        "T31",
        "tests/workflow/test_history.py::test_nothing_personal_is_readable",
        _replace("infrastructure.codec:EncryptionCodec._encrypt", _own),
    ),
    Switch(
        "logs are masked",
        "T31",
        "tests/security/test_logs.py::test_in_records_of_the_standard_library_and_in_tracebacks",
        _replace("infrastructure.logging:mask", _same),
    ),
    Switch(
        "limits store HMACs",
        "T31",
        "tests/accounts/test_limits.py::test_nothing_stored_says_whom",
        _replace("infrastructure.limits:bucket_hash", _own),
    ),
    Switch(
        "common passwords refused",
        "T33",
        "tests/domain/test_passwords.py::test_common_ones",
        _replace("domain.passwords:_is_common", lambda _: False),
    ),
    Switch(
        "guessable passwords refused",
        "T33",
        "tests/domain/test_passwords.py::test_guessable_ones",
        _replace("domain.passwords:_is_guessable", lambda *_: False),
    ),
    Switch(
        "limit of wrong passwords",
        "T33",
        f"{LOGIN}::test_five_wrong_tries_an_account_and_no_sixth_whoever_asks",
        _replace("infrastructure.limits:Limits.take", _nothing),
    ),
    Switch("unknown and repeated fields", "T34", f"{FORMS}::test_a_form_that_we_did_not_draw", _lax_fields),
    Switch(
        "members named once",
        "T34",
        "tests/api/test_registrations.py::test_a_body_is_read_strictly",
        _replace("starter.api.strict:_once", dict),
    ),
    Switch(
        "small bodies",
        "T34",
        f"{MIDDLEWARE}::test_a_body_has_a_limit_declared_or_not",
        _replace("starter.middleware:BodyLimit.__call__", _pass_on),
    ),
    Switch(
        "hosts by configuration",
        "T34",
        f"{MIDDLEWARE}::test_another_name_gets_nothing_but_probes",
        _replace("starter.middleware:HostAllowList.__call__", _pass_on),
    ),
)
