"""Real loads with data: every worker its own rows, and wrong data end the load before its first request."""

from pathlib import Path
from typing import Any

import pytest

from stresscampaigns.api.load_events import Failed
from stresscampaigns.api.load_result import LoadResult
from tests.unit.load.counting_server import CountingServer
from tests.unit.load.distributed import DistributedLoad, plan, whole

ROWS = 10
ARRIVALS = 40


def with_data(folder: Path, text: str | None, **changes: Any) -> dict[str, Any]:
    """Changes of a plan; without a text there is no file."""
    file = folder / "items" / "items.csv"
    if text is not None:
        file.parent.mkdir()
        file.write_text(text)
    parameters = {"thinkTime": "20ms", "path": "/items/${id}", "headers": {"X-Sender": "${customer}"}}
    scenario = {"name": "http", "parameters": parameters, "data": {"file": str(file)}}
    return {"scenarios": [scenario], **changes}


def names(result: LoadResult) -> dict[str, int]:
    return {one.name: one.count for one in whole(result).requests}


@pytest.mark.parametrize(
    "stage",
    [{"rate": ARRIVALS / 2, "duration": 2}, {"users": 3, "duration": 2}],
    ids=["open model", "closed model"],
)
def test_the_workers_share_the_rows_and_the_statistics_keep_the_template(
    tmp_path: Path, stage: dict[str, float]
) -> None:
    text = "id,customer\n" + "".join(f"{number},c{number % 2}\n" for number in range(ROWS))
    changes = with_data(tmp_path, text, stages=[{"name": "only", **stage}], max_in_flight=8)
    with CountingServer() as server, DistributedLoad(plan(server.url, **changes), tmp_path) as load:
        counted = names(load.result())
    assert counted == {"GET /items/${id}": server.by_path.total()}
    assert set(server.by_path) == {f"/items/{number}" for number in range(ROWS)}
    # Worker 0 takes the even rows in turn, worker 1 the odd ones.
    for worker in range(2):
        times = [server.by_path[f"/items/{number}"] for number in range(worker, ROWS, 2)]
        assert max(times) - min(times) <= 1
        assert server.by_sender[f"c{worker}"] == sum(times)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (None, "data items/items.csv: is not there: does the ConfigMap items exist"),
        ("id\n7\n", "data items/items.csv: has no column for ${customer}; its columns are 'id'"),
        ("id,customer\n7,ł\n", "data: row 1 (line 2): "),
    ],
    ids=["no file", "a missing column", "a value that no header holds"],
)
def test_wrong_data_end_the_load_before_its_first_request(
    tmp_path: Path, text: str | None, words: str
) -> None:
    with CountingServer() as server:
        changes = with_data(tmp_path, text, workers=1, connect_timeout=4)
        with DistributedLoad(plan(server.url, **changes), tmp_path) as load:
            (failed,) = load.events()
            codes = load.exit_codes()
    assert isinstance(failed, Failed)
    assert failed.reason.startswith(f"scenario http: {words}")
    assert codes == [3, 3]
    assert server.by_path.total() == 0
