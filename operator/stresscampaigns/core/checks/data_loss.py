"""How many acknowledged writes are lost? Each was read back: one that is not there is a loss, whatever else is wrong.

That nothing is lost takes more: that all was read, by everybody who wrote.
"""

from stresscampaigns.api.check_spec import Check, DataLossQuestion
from stresscampaigns.api.status import CheckResult
from stresscampaigns.api.written_set import WrittenElement, WrittenSet
from stresscampaigns.core.checks.answer import answered, keeps, unanswered
from stresscampaigns.core.evidence import Evidence

SHOWN = 3


def judge(check: Check, evidence: Evidence) -> CheckResult:
    """The answer to a dataLoss check."""
    question, written = check.data_loss or DataLossQuestion(), evidence.result.written
    if written is None:
        return unanswered(check, "nothing that the load wrote was read back")
    harm = written.lost + (written.duplicated if question.duplicates else 0)
    if keeps(check, harm) and (doubt := _doubt(check, question, evidence, written, harm)):
        return unanswered(check, doubt)
    told = answered(check, harm, lambda _: _value(question, written), written.acknowledged)
    examples = [*written.lost_elements, *(written.duplicated_elements if question.duplicates else [])]
    if told.verdict == "Failed" and examples:
        told = told.model_copy(update={"message": f"{told.message}: {_listed(examples, harm)}"})
    return told


def _doubt(
    check: Check, question: DataLossQuestion, evidence: Evidence, written: WrittenSet, harm: int
) -> str | None:
    """Why nobody can say that no more was lost."""
    if evidence.untrusted:
        return f"the load's numbers cannot be trusted: {'; '.join(evidence.untrusted)}"
    if not written.acknowledged:
        return f"no write was acknowledged: {_counts(written)}"
    if written.problem or not keeps(check, harm + written.never_read):
        return f"{written.never_read} acknowledged elements were never read back: {written.problem}"
    if question.duplicates and not written.listed:
        return "duplicates are seen in a listing alone: give the scenario set-writes readBack: list"
    return None


def _value(question: DataLossQuestion, written: WrittenSet) -> str:
    lost = f"{written.lost} of {written.acknowledged} acknowledged elements lost"
    return f"{lost}, {written.duplicated} duplicated" if question.duplicates else lost


def _counts(written: WrittenSet) -> str:
    return (
        f"of {written.attempted} attempted {written.refused} were refused, of {written.unknown} nobody knows"
    )


def _listed(elements: list[WrittenElement], number: int) -> str:
    shown = ", ".join(shown_element(one) for one in elements[:SHOWN])
    return shown if number <= SHOWN else f"{shown}, …"


def shown_element(one: WrittenElement) -> str:
    """The element, and when it was written."""
    return f"{one.element} (written {one.after:g}s to {one.before:g}s into the load)"
