"""What is left of a fault in the kernel is told from what is only its empty shell."""

import json
import re
import subprocess

from stresscampaigns.faults.flow import Flow
from stresscampaigns.faults.packets import PacketFault
from stresscampaigns.faults.redirection import Redirection
from tests.torture.inside.rules import live, our_tables
from tests.unit.faults.namespaces import needs_namespaces

TABLE = "stress_0a1b2c3d_r1_0"
INERT = f"""
table inet {TABLE} {{
  set on {{ type inet_proto; flags timeout; }}
  chain vanish {{ counter drop; }}
  chain input {{ type filter hook input priority -300; meta l4proto @on counter jump vanish; }}
}}
"""
ALWAYS = f"""
table inet {TABLE} {{
  chain input {{ type filter hook input priority -300; tcp dport 5432 drop; }}
}}
"""
WITHOUT = INERT.replace("@on", "!= @on")
OTHERS = """
table ip nat {
  chain mine { type filter hook input priority 0; tcp dport 80 drop; }
}
"""


def listed(script: str, *what: str) -> list[dict[str, object]]:
    """As nft tells it in a network namespace of its own, where the script has been applied."""
    command = ["unshare", "-n", "sh", "-c", f"nft -f - && nft -j list {' '.join(what)}"]
    done = subprocess.run(command, input=script, capture_output=True, text=True, check=True)
    found: list[dict[str, object]] = json.loads(done.stdout)["nftables"]
    return found


@needs_namespaces
def test_a_fault_in_force_has_a_live_element() -> None:
    given: list[str] = []

    def keep(arguments: object, script: str = "") -> str:
        given.append(script)
        return ""

    PacketFault(TABLE, Flow(port=5432), "drop", "packets", keep).inject(30)
    (found,) = live(listed(given[0], "table", "inet", TABLE))
    assert found.startswith("set on has elements")


@needs_namespaces
def test_a_table_without_elements_is_inert() -> None:
    assert live(listed(INERT, "table", "inet", TABLE)) == []


@needs_namespaces
def test_a_rule_that_asks_for_no_element_matches_for_ever() -> None:
    assert live(listed(ALWAYS, "table", "inet", TABLE)) == ["a rule at input matches always"]


@needs_namespaces
def test_a_rule_that_asks_for_an_elements_absence_matches_once_it_is_gone() -> None:
    assert live(listed(WITHOUT, "table", "inet", TABLE)) == ["a rule at input matches always"]


@needs_namespaces
def test_tables_of_others_are_none_of_ours() -> None:
    assert our_tables(listed(OTHERS + INERT, "tables")) == [("inet", TABLE)]


def redirected(**changes: str) -> list[str]:
    """What is live of a dead proxy's table, whose element the kernel has taken out."""
    given: list[str] = []

    def keep(arguments: object, script: str = "") -> str:
        given.append(script)
        return ""

    Redirection(TABLE, Flow(port=8080, direction="to"), 41111, keep).inject(30)
    script = re.sub(r" elements = \{[^}]*\}", "", given[0])
    assert script != given[0]
    for old, new in changes.items():
        assert OF_IT[old] in script
        script = script.replace(OF_IT[old], new)
    return live(listed(script, "table", "inet", TABLE))


OF_IT = {"asks": "meta l4proto @on", "redirected_alone": "ct status dnat"}


@needs_namespaces
def test_a_dead_proxys_table_that_only_ends_what_it_had_is_inert() -> None:
    assert redirected() == []


@needs_namespaces
def test_a_redirection_that_asks_for_no_element_is_live() -> None:
    assert set(redirected(asks="")) == {"a rule at output matches always"}


@needs_namespaces
def test_a_reset_of_more_than_what_was_redirected_is_live() -> None:
    assert redirected(redirected_alone="") == ["a rule at over matches always"]
