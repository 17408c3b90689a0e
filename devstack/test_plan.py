"""A pytest plugin for the whole run: which tests need a browser there may not be, which must stay together.

Loaded by name (`-p devstack.test_plan`), so that it is there in each of the processes that share the tests.
"""

import os
from collections import Counter

import pytest

#: Outcomes of the tests that need a browser, in the process that speaks to the developer.
browser_tests: Counter[str] = Counter()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep each folder in one process, for its stack is started once; skip what has no browser."""
    for item in items:
        item.add_marker(pytest.mark.xdist_group(item.path.parent.name))
        if item.get_closest_marker("browser"):
            item.user_properties.append(("browser", True))
            if "MON_ESPACE_CHROMIUM" not in os.environ:
                item.add_marker(pytest.mark.skip(reason="no browser found, and none could be installed"))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count."""
    if report.when == "setup" and ("browser", True) in report.user_properties:
        browser_tests["skipped" if report.skipped else "run"] += 1
