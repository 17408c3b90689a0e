"""One person of each branch, and one skeleton, on the rig that every measure uses."""

import pytest

from benchmarks.crowd import MIX, Crowd
from benchmarks.load import Meter
from benchmarks.people import through_the_api
from benchmarks.rig import rig

pytestmark = pytest.mark.engine


async def test_a_crowd_of_three_ends_right_beside_a_skeleton() -> None:
    async with rig(skeleton=True) as under:
        contacts = ["connu@entreprise.example"]
        await under.contacts(contacts[:])
        crowd = Crowd(under, contacts)
        with (meter := Meter(under.product.supervisor)):
            for branch in ("known", "number", "insee"):
                await crowd.one(next(n for n in range(20) if MIX[n * 7 % 20] == branch))
            browser = under.browser()
            await through_the_api(under, browser)
            browser.close()
            await under.skeletons.whole()
        assert crowd.failures == {}
        assert sorted(crowd.branches.values()) == ["insee", "known", "number"]
        assert await crowd.wrong() == []
        assert await crowd.welcomed(within=20) == 3
        assert {"engine", "worker", "web"} <= set(meter.cores)
        parts = ("engine", "worker", "web", "skeleton")
        assert [part for part in parts if meter.spent(part) == 0] == []
        crowd.branches["personne@exemple.example"] = "known"
        assert await crowd.wrong() == ["known: no account"]
