"""There and back again: what a bad rollout changes in a pod template is put back, and nothing else."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from stresscampaigns.api.rollback import Rollback, read_rollback
from stresscampaigns.core.deployments import (
    EnvEntry,
    Template,
    TemplateContainer,
    as_taken,
    changed,
    differences,
    foreign,
    restored,
)
from tests.unit.core.rollouts import AGENTS, HOST, RUN, URL

names = st.sampled_from(["A", "B", "C", "D"])
values = st.text(max_size=3)
entries: st.SearchStrategy[EnvEntry] = st.one_of(
    st.builds(lambda name, value: {"name": name, "value": value}, names, values),
    st.builds(lambda name: {"name": name, "valueFrom": {"fieldRef": {"fieldPath": "status.hostIP"}}}, names),
)
images = st.sampled_from(["one:1", "one:2", "two:1"])
containers = st.builds(TemplateContainer, st.just("main"), images, st.lists(entries, max_size=5).map(tuple))
others = st.builds(TemplateContainer, st.just("beside"), images, st.lists(entries, max_size=2).map(tuple))
wishes = st.tuples(st.dictionaries(names, values, max_size=3), st.none() | images)


def rollback(of: TemplateContainer, wish: tuple[dict[str, str], str | None]) -> Rollback:
    image, env = differences(of, *wish)
    fields = {"run": RUN, "fault": "bad", "at": 1, "deadline": 2, "generation": 4, "container": of.name}
    return Rollback.model_validate(fields | {"image": image, "env": env})


@given(containers, others, wishes)
def test_rolled_out_and_back_it_is_what_it_was(
    main: TemplateContainer, beside: TemplateContainer, wish: tuple[dict[str, str], str | None]
) -> None:
    template, note = Template((beside, main)), rollback(main, wish)
    bad = changed(template, note)
    for generation in (4, 5):
        assert restored(bad, note, generation) == template
        assert foreign(bad, note, generation) == []
    assert restored(template, note, 5) == template


@given(containers, wishes, values, images)
def test_what_admission_has_made_of_it_is_ours_once_noted_or_as_long_as_nobody_else_asked_for_anything(
    main: TemplateContainer, wish: tuple[dict[str, str], str | None], value: str, image: str
) -> None:
    note = rollback(main, wish)
    (bad,) = changed(Template((main,)), note).containers
    changed_names = {one.name for one in note.env}
    last = bad.env[-1:]
    if last and last[0]["name"] in changed_names:
        last = ({"name": last[0]["name"], "value": value},)
    env = (*bad.env[:-1], *last)
    admitted = Template((replace(bad, env=env, image=image if note.image else bad.image),), note.mark)
    assert restored(admitted, note, 4) == Template((main,))
    assert foreign(admitted, note, 4) == []
    taken = as_taken(note, admitted)
    assert restored(admitted, taken, 5) == Template((main,)), "somebody asks for other replicas, for instance"
    assert foreign(admitted, taken, 5) == []
    assert as_taken(note, changed(Template((main,)), note)) == note


@given(containers, wishes)
def test_the_bad_revision_has_what_was_asked_for(
    main: TemplateContainer, wish: tuple[dict[str, str], str | None]
) -> None:
    env, image = wish
    (found,) = changed(Template((main,)), rollback(main, wish)).containers
    last = {str(one["name"]): one for one in found.env}
    assert {name: last[name] for name in env} == {n: {"name": n, "value": v} for n, v in env.items()}
    assert found.image == (image or main.image)
    kept = [one for one in main.env if one["name"] not in env]
    assert [one for one in found.env if one["name"] not in env] == kept


@given(containers, wishes, containers)
def test_what_somebody_else_has_made_of_it_meanwhile_stays(
    main: TemplateContainer, wish: tuple[dict[str, str], str | None], theirs: TemplateContainer
) -> None:
    note = rollback(main, wish)
    back = restored(Template((theirs,), note.mark), note, 5)
    (found,) = back.containers
    for one in note.env:
        ours = [entry for entry in theirs.env if entry["name"] == one.name][-1:]
        if ours and ours[0] != {"name": one.name, "value": one.after}:
            assert ours[0] in found.env
    untouched = {one.name for one in note.env}
    assert [one for one in found.env if one["name"] not in untouched] == [
        one for one in theirs.env if one["name"] not in untouched
    ]
    assert found.image == (
        note.image.before if note.image and note.image.after == theirs.image else theirs.image
    )
    assert back.mark is None


def test_what_is_not_as_we_left_it_is_named() -> None:
    note = rollback(AGENTS, ({"URL": "x", "NEW": "y"}, "agents:2"))
    bad = changed(Template((AGENTS,)), note)
    theirs = replace(bad.containers[0], image="agents:3", env=(HOST, URL))
    assert foreign(Template((theirs,), bad.mark), note, 5) == ["image", "env NEW", "env URL"]
    assert foreign(replace(bad, mark=None), note, 5) == ["the mark of its pods"]
    assert foreign(Template((), bad.mark), note, 5) == ["container agents"]


@given(containers, wishes)
def test_the_note_on_the_deployment_can_be_read_again(
    main: TemplateContainer, wish: tuple[dict[str, str], str | None]
) -> None:
    note = rollback(main, wish)
    assert read_rollback(note.text()) == note


def test_a_note_that_nobody_can_read_is_none() -> None:
    assert read_rollback("{}") is None
    assert read_rollback("by hand") is None
    assert read_rollback(None) is None
