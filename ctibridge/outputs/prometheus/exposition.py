"""The text that Prometheus reads, in the format that it asks for.

prometheus_client writes the same text, but works out every label set anew, which for 1,000 agents takes the event loop
three times as long (docs/metrics.md).  What is not measured in thousands is left to it.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client.core import Metric as Family
from prometheus_client.samples import Sample
from prometheus_client.utils import floatToGoString

from ctibridge.outputs.prometheus.labels import Labels
from ctibridge.outputs.prometheus.turns import SAMPLES_A_PIECE, Rest, in_pieces, no_rest

TEXT: Final = "text/plain; version=0.0.4; charset=utf-8"
OPENMETRICS: Final = "application/openmetrics-text; version=1.0.0; charset=utf-8"
_OPENMETRICS_TYPE: Final = "application/openmetrics-text"


def render(families: Iterable[Family], accept: str = "", rest: Rest = no_rest) -> tuple[str, bytes]:
    """Content type and body for a request with this ``Accept`` header."""
    if any(_media_type(one) == _OPENMETRICS_TYPE for one in accept.split(",")):
        return OPENMETRICS, "".join((*_openmetrics(families, rest), "# EOF\n")).encode("utf-8")
    return TEXT, "".join(_text(families, rest)).encode("utf-8")


def _media_type(accepted: str) -> str:
    return accepted.partition(";")[0].strip().lower()


def _text(families: Iterable[Family], rest: Rest) -> Iterator[str]:
    for family in families:
        name = f"{family.name}_total" if family.type == "counter" else family.name
        text = family.documentation.replace("\\", r"\\").replace("\n", r"\n")
        yield f"# HELP {name} {text}\n# TYPE {name} {family.type}\n"
        yield from map(_line, in_pieces(family.samples, SAMPLES_A_PIECE, rest))


def _openmetrics(families: Iterable[Family], rest: Rest) -> Iterator[str]:
    for family in families:
        text = family.documentation.replace("\\", r"\\").replace("\n", r"\n").replace('"', r"\"")
        yield f"# HELP {family.name} {text}\n# TYPE {family.name} {family.type}\n"
        yield from map(_line, in_pieces(family.samples, SAMPLES_A_PIECE, rest))


def _line(sample: Sample) -> str:
    labels, value = sample.labels, sample.value
    if not isinstance(labels, Labels):
        labels = Labels(tuple(labels), tuple(labels.values()))
    return f"{sample.name}{labels.text} {value if type(value) is int else number_text(value)}\n"


def number_text(value: float) -> str:
    """A float as Prometheus writes it."""
    return str(floatToGoString(value))  # type: ignore[no-untyped-call]
