"""The last line of defence: what slips into a log line through a library's words is blotted out."""

import io
import json
import logging

import pytest

from infrastructure.logging import configure_logging, mask

TOKEN = f"k1.{'A' * 22}.1.{'b' * 43}"
SECRETS = [
    ("claire.dupont@masociete.example", "claire"),
    ("/x?jeton=abcdef123", "abcdef123"),
    ("password=Tilleul-7-cascade&x", "Tilleul"),
    (f"/nulle-part/{TOKEN}", "b" * 43),
    (f"form_token k1.{'A' * 22}.495000.{'b' * 43}", "b" * 43),
    ("$argon2id$v=19$m=64,t=1,p=1$c2Vs$aGFzaA", "aGFzaA"),
    ("postgresql://akto:s3cret@127.0.0.1/x", "s3cret"),
    ("claire%40masociete.example", "masociete"),
]


@pytest.mark.parametrize(("text", "secret"), SECRETS)
def test_secrets_are_blotted_out(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in mask(f"avant {text} après")
    assert mask(f"avant {text} après").startswith("avant ")


def test_in_records_of_the_standard_library_and_in_tracebacks() -> None:
    root = logging.getLogger()
    handlers, level, written = root.handlers, root.level, io.StringIO()
    try:
        configure_logging("INFO", written)
        try:
            raise ValueError(f"about {SECRETS[0][0]}")
        except ValueError:
            logging.getLogger("library").exception("it broke on %s", SECRETS[0][0])
    finally:
        root.handlers, root.level = handlers, level
    line = json.loads(written.getvalue())
    assert "[adresse]" in line["event"]
    assert "claire" not in written.getvalue()


#: Apart, so that no traceback shows them as source.
NAMES = ("DUPONT", "CLAIRE")


@pytest.mark.parametrize(
    ("logger", "quoted"), [("temporalio.worker._workflow_instance", False), ("ours", True)]
)
def test_exceptions_of_the_sdk_s_worker_quote_nobody(logger: str, quoted: bool) -> None:
    root = logging.getLogger()
    handlers, level, written = root.handlers, root.level, io.StringIO()
    try:
        configure_logging("INFO", written)
        try:
            try:
                raise KeyError(NAMES[0])
            except KeyError as cause:
                raise ValueError(NAMES[1]) from cause
        except ValueError:
            logging.getLogger(logger).exception("Failed deserializing signal input, dropping the signal")
    finally:
        root.handlers, root.level = handlers, level
    told = json.loads(written.getvalue())["exception"]
    assert [name in told for name in NAMES] == [quoted, quoted]
    assert "ValueError" in told
    assert "KeyError" in told
    assert "test_logs.py" in told
