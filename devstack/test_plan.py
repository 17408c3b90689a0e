"""A pytest plugin for the whole run: which tests need a browser there may not be, which must stay together.

Loaded by name (`-p devstack.test_plan`), so that it is there in each of the processes that share the tests.
"""

import os
from collections import Counter

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

#: Outcomes of the tests that need a browser, in the process that speaks to the developer.
browser_tests: Counter[str] = Counter()


class ByFolder(LoadScopeScheduling):  # type: ignore[misc]
    """Gives each folder of tests to one process: its stack is started once, its time is its own."""

    def _split_scope(self, nodeid: str) -> str:
        return nodeid.split("::")[0].rpartition("/")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFolder:
    """How the processes share the tests, if there are several."""
    return ByFolder(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what has no browser."""
    for item in items:
        if item.get_closest_marker("browser"):
            item.user_properties.append(("browser", True))
            if "MON_ESPACE_CHROMIUM" not in os.environ:
                item.add_marker(pytest.mark.skip(reason="no browser found, and none could be installed"))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count."""
    if report.when == "setup" and ("browser", True) in report.user_properties:
        browser_tests["skipped" if report.skipped else "run"] += 1
