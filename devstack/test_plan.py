"""A pytest plugin for the whole run: tests that need a browser there may not be are skipped, and counted."""

import os
from collections import Counter

import pytest

#: Outcomes of the tests that need a browser.
browser_tests: Counter[str] = Counter()


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
