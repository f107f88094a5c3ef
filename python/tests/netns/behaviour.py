"""What a NAT is expected to do, in the words of the product's vocabulary."""

from __future__ import annotations

from dataclasses import dataclass

EIM = EIF = "endpoint-independent"
ADM = ADF = "address-dependent"
APDM = APDF = "address-and-port-dependent"
PDM = "port-dependent"


@dataclass(frozen=True)
class Behaviour:
    """None means: not measurable here, or of no interest to the kind."""

    udp: str = "reachable"
    translation: str | None = None
    mapping: str | None = None
    filtering: str | None = None
    pooling: str | None = None
    layers: str | None = None
    # The verdicts rest on something that this NAT does not let a probe see.
    may_stay_open: bool = False


def blocked(cause: str) -> Behaviour:
    """No UDP, and nothing else to find out."""
    return Behaviour(udp=cause)
