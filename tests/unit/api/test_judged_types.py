"""Every type of fault is tried on the staging system by a test that looks on from outside."""

import pytest

from stresscampaigns.api.fault_types import TYPES
from tests.doc_examples import ROOT

FROM_OUTSIDE = ("stress/fault_runs.py", "e2e/test_own_fault.py", "e2e/test_rollback_drill.py")
"""Where the runs stand which probes look at; the kind of each fault is written out there."""


@pytest.mark.parametrize("kind", TYPES)
def test_a_type_that_a_campaign_can_ask_for_is_tried_where_probes_look_on(kind: str) -> None:
    tried = "".join((ROOT / "tests" / file).read_text() for file in FROM_OUTSIDE)
    assert f'"type": "{kind}"' in tried
