"""The search attributes of a registration: names and types of the contract, never personal data."""

from datetime import datetime
from typing import Any

from temporalio.common import (
    SearchAttributeKey,
    SearchAttributePair,
    SearchAttributeUpdate,
    TypedSearchAttributes,
)

from domain.desk import Attributes

STEP = SearchAttributeKey.for_keyword("RegistrationStep")
WAITING_ON = SearchAttributeKey.for_keyword("RegistrationWaitingOn")
ATTENTION = SearchAttributeKey.for_keyword("RegistrationAttention")
BRANCH = SearchAttributeKey.for_keyword("RegistrationBranch")
OUTCOME = SearchAttributeKey.for_keyword("RegistrationOutcome")
EMAIL_HASH = SearchAttributeKey.for_keyword("RegistrationEmailHash")
SINCE = SearchAttributeKey.for_datetime("RegistrationSince")
DEADLINE = SearchAttributeKey.for_datetime("RegistrationDeadline")

KEYS: tuple[SearchAttributeKey[Any], ...] = (
    STEP,
    WAITING_ON,
    ATTENTION,
    BRANCH,
    OUTCOME,
    EMAIL_HASH,
    SINCE,
    DEADLINE,
)


def values(attributes: Attributes) -> dict[SearchAttributeKey[Any], str | datetime | None]:
    """What each attribute should hold."""
    return {
        STEP: attributes.step,
        WAITING_ON: attributes.waiting_on,
        ATTENTION: attributes.attention,
        BRANCH: attributes.branch,
        OUTCOME: attributes.outcome,
        EMAIL_HASH: attributes.email_hash,
        SINCE: attributes.since,
        DEADLINE: attributes.deadline,
    }


def changes(
    before: dict[SearchAttributeKey[Any], Any], after: dict[SearchAttributeKey[Any], Any]
) -> list[SearchAttributeUpdate[Any]]:
    """The smallest upsert that leads from one to the other."""
    return [
        key.value_unset() if value is None else key.value_set(value)
        for key, value in after.items()
        if before.get(key) != value
    ]


def at_start(email_hash: str, now: datetime) -> TypedSearchAttributes:
    """The attributes a starter gives, so that the first wait costs no event of its own."""
    return TypedSearchAttributes(
        [
            SearchAttributePair(STEP, "identity"),
            SearchAttributePair(BRANCH, "identity"),
            SearchAttributePair(EMAIL_HASH, email_hash),
            SearchAttributePair(SINCE, now),
        ]
    )
