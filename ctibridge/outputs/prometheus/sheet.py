"""The families of one scrape, in the order of the table."""

import functools
from collections.abc import Iterator

from prometheus_client.core import Metric as Family
from prometheus_client.samples import Sample

from ctibridge.domain.figures import Distribution
from ctibridge.outputs.prometheus.exposition import number_text
from ctibridge.outputs.prometheus.labels import LabelMemory
from ctibridge.outputs.prometheus.names import METRICS, Metric


class Sheet:
    """Collects samples by family; families without any are not shown."""

    def __init__(self, labels: LabelMemory) -> None:
        self._labels = labels
        self._families = {metric.name: Family(metric.family, metric.help, metric.kind) for metric in METRICS}

    def __iter__(self) -> Iterator[Family]:
        return (family for family in self._families.values() if family.samples)

    def add(self, metric: Metric, values: tuple[str, ...], value: float) -> None:
        """One sample; ``values`` are those of the metric's labels."""
        labels = self._labels(metric.labels, values)
        self._families[metric.name].samples.append(Sample(metric.name, labels, value))

    def histogram(self, metric: Metric, values: tuple[str, ...], distribution: Distribution) -> None:
        """Buckets, count and sum."""
        samples = self._families[metric.name].samples
        names, bucket = (*metric.labels, "le"), f"{metric.name}_bucket"
        reached = 0
        for bound, count in zip((*distribution.bounds, float("inf")), distribution.counts, strict=True):
            reached += count
            samples.append(Sample(bucket, self._labels(names, (*values, _bound_text(bound))), reached))
        labels = self._labels(metric.labels, values)
        samples.append(Sample(f"{metric.name}_count", labels, reached))
        samples.append(Sample(f"{metric.name}_sum", labels, distribution.total))


@functools.cache
def _bound_text(bound: float) -> str:
    return number_text(bound)
