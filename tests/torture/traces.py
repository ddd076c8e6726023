"""By which words what is left of a fault is told from what is left of another one. Pure."""

from stresscampaigns.api.fault_spec import Fault
from tests.torture.inside.processes import SESSION
from tests.torture.inside.volumes import PATH


def traces(fault: Fault, prefix: str, end: float) -> tuple[str, ...]:
    """In what the scanner says of it.

    Args:
        prefix: of the names of all sidecars of its round.
        end: its deadline, epoch seconds.
    """
    sidecar = prefix + fault.name
    return (
        sidecar,
        sidecar.replace("-", "_"),
        f" {end:.3f} ",
        *_beside(fault),
    )  # itself, its table, its burn


def _beside(fault: Fault) -> tuple[str, ...]:
    match fault.type:
        case "DatabasePoolExhausted":
            return (SESSION,)
        case "DiskFull":
            return (f"volume {PATH}:",)
        case "Custom":
            return (str((fault.parameters or {})["NAME"]),)
        case _:
            return ()
