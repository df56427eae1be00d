"""Writes docs/metrics.md: ``python -m ctibridge.outputs.prometheus.reference > docs/metrics.md``."""

import sys
from typing import Final

from ctibridge.outputs.prometheus import names
from ctibridge.outputs.prometheus.collector import AGENT_CAP
from ctibridge.outputs.prometheus.labels import LONGEST_VALUE
from ctibridge.outputs.prometheus.names import METRICS, Metric
from ctibridge.outputs.prometheus.queues import EXIT_REASONS, REFUSAL_REASONS, TRANSFER_KINDS

SECTIONS: Final = (
    ("Queues: calls", names.CALLS_OFFERED, "Counted once each, equal to queue_log; `pbx` and `queue` say where."),
    ("Queues: how they stand", names.CALLS_WAITING, "Gauges of the moment, and what the queue is held to."),
    (
        "Queues: durations",
        names.ANSWER_WAIT,
        "Classic histograms. Every configured threshold is a bucket bound, so that a ratio at the threshold is exact.",
    ),
    (
        "Agents",
        names.AGENT_INFO,
        f"At most {AGENT_CAP:,} agents for each PBX; `ctibridge_agents_not_exported` says how many more there are.",
    ),
    (
        "Alarms",
        names.ALERT_FIRING,
        "The bridge's own rules (`[[rules]]`). `config/prometheus/rules` passes them on to Alertmanager.",
    ),
    (
        "The bridge itself",
        names.BUILD_INFO,
        "`broker` is `host:port`. Memory and descriptors are the usual `process_*` metrics.",
    ),
)


def _words(values: tuple[str, ...]) -> str:
    return ", ".join(f"`{value}`" for value in values)


INTRODUCTION: Final = f"""\
# Metrics

`GET /metrics` gives the Prometheus text format, or OpenMetrics to whoever asks for it with `Accept`. This page is
written by the table that the code uses: `python -m ctibridge.outputs.prometheus.reference`.

- Counters begin at 0 when the bridge starts; use `rate` and `increase`, which know about that.
- Units are seconds and ratios of 0 to 1. Moments are seconds since 1970: `time() - x` is an age.
- No ratio is exported, because the ratio of a day is not the mean of the ratios of its hours. Form it from counters:
  `sum(increase(ctibridge_queue_calls_answered_total[1d])) / sum(increase(ctibridge_queue_calls_offered_total[1d]))`.
- While the PBX cannot be seen (`ctibridge_synced` is 0), waiting callers, members and agent states are absent, rather
  than 0 or old. Counters stay. What has vanished from the PBX is no longer exported.
- Samples carry no time stamps, and there are no `_created` series.
- Label values come from the PBX. Unprintable characters become `?`, and what is longer than {LONGEST_VALUE} characters
  is cut; both get a short hash at the end, so that two names stay two.
- `reason` of exits: {_words(EXIT_REASONS)}.
- `reason` of refusals: {_words(REFUSAL_REASONS)}.
- `kind` of transfers: {_words(TRANSFER_KINDS)}.
"""

CLOSING: Final = """
## What a scrape costs

1,000 agents and 20 queues are 26,000 samples, 1.9 MB of text: 45 ms of the event loop on one slow core, where
prometheus_client's own writer takes 160 ms. The test `test_a_thousand_agents_render_fast` measures it.
"""


def reference() -> str:
    """The page."""
    starts = {first.name: (title, text) for title, first, text in SECTIONS}
    parts = [INTRODUCTION]
    for metric in METRICS:
        if metric.name in starts:
            title, text = starts[metric.name]
            parts.append(f"\n## {title}\n\n{text}\n\n| metric | type | labels | meaning |\n|---|---|---|---|\n")
        parts.append(_row(metric))
    return "".join((*parts, CLOSING))


def _row(metric: Metric) -> str:
    labels = ", ".join(f"`{label}`" for label in metric.labels) or "–"
    text = metric.help.replace("|", "\\|")
    return f"| `{metric.name}` | {metric.kind} | {labels} | {text} |\n"


if __name__ == "__main__":
    sys.stdout.write(reference())
