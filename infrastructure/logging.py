"""Logs of every process: one JSON object a line on standard output, the standard library's records too.

Nothing personal is logged on purpose; `mask` is the last line of defence for what slips in through a
library's message or a traceback: addresses, link and resume tokens, password hashes and the password of a
database address are blotted out of every text, however deep it stands in the record.
"""

import logging
import re
import sys
import traceback
from typing import Any

import structlog
from structlog.typing import EventDict, Processor, WrappedLogger

#: Bounded repeats: a megabyte without a blank must cost no quadratic search.
_LOCAL = r"[^\s@<>()\[\]\"',;:=/?&]{1,64}"
_DOMAIN = r"[^\s@<>()\[\]\"',;:=/?&%]{1,253}\.[^\s@<>()\[\]\"',;:=/?&%.]{2,63}"
_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(?i)(jeton|token|password|mot_de_passe)=[^&\s\"']+"), r"\1=[masqué]"),
    (re.compile(r"[\w-]{1,32}\.[\w-]{22}\.\d{1,12}\.[\w-]{43}"), "[jeton]"),
    (re.compile(r"\$argon2\w*\$\S+"), "[empreinte]"),
    (re.compile(r"(?<=://)[^\s/@]{1,300}@"), "[masqué]@"),
    (re.compile(f"{_LOCAL}(?:@|%40){_DOMAIN}"), "[adresse]"),
)

#: Libraries whose ordinary lines hold addresses of requests, or say nothing that ours do not.
_QUIET = {"uvicorn.error": logging.INFO, "httpx2": logging.WARNING, "httpcore2": logging.WARNING}


def mask(text: str) -> str:
    """The same text without addresses, tokens, hashes and passwords."""
    for pattern, blot in _SECRETS:
        text = pattern.sub(blot, text)
    return text


def _masked(value: Any) -> Any:
    match value:
        case str():
            return mask(value)
        case dict():
            return {_masked(key): _masked(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_masked(item) for item in value]
        case None | bool() | int() | float():
            return value
        case _:
            return mask(repr(value))


def mask_record(_logger: WrappedLogger, _method: str, record: EventDict) -> EventDict:
    """Processor: mask every text of the record; anything that is no plain value becomes text first."""
    return {key: value if key.startswith("_") else _masked(value) for key, value in record.items()}


def types_alone(_logger: WrappedLogger, _method: str, record: EventDict) -> EventDict:
    """Processor: exceptions of the SDK's worker by type and place: their words may quote what was sent."""
    error = record.get("exc_info")
    error = error[1] if isinstance(error, tuple) else error
    if not isinstance(error, BaseException) or not str(record.get("logger", "")).startswith(
        "temporalio.worker"
    ):
        return record
    told = []
    while error is not None:
        told += [*traceback.format_tb(error.__traceback__), f"{type(error).__qualname__}\n"]
        error = error.__cause__ or error.__context__
    return {**{key: value for key, value in record.items() if key != "exc_info"}, "exception": "".join(told)}


def configure_logging(level: str = "INFO", stream: Any = None) -> None:
    """Route structlog and the standard library to one JSON stream; may be called again.

    uvicorn's access log is silenced: it writes whole addresses, the token of a mailed link included.
    """
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        types_alone,
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stdout)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                mask_record,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name in ("uvicorn", "uvicorn.error", "uvicorn.access", "uvicorn.asgi"):
        logger = logging.getLogger(name)
        logger.handlers = []
        logger.propagate = name != "uvicorn.access"
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, root.level))
