"""The tables of docs/monitoring.md, from the files: ``python -m tests.monitoring.tables`` writes them anew."""

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Final

from tests.monitoring.shipped import ROOT, Alert, Record, alerts, records

PAGE: Final = ROOT / "docs" / "monitoring.md"


def alert_table() -> str:
    """One line an alert."""
    head = "| alert | severity | says | after |\n|---|---|---|---|\n"
    return head + "".join(_alert_line(alert) for alert in alerts())


def record_table() -> str:
    """One line for each figure that is recorded, with all its windows."""
    head = "| recorded | windows |\n|---|---|\n"
    return head + "".join(f"| `{name}` | {', '.join(windows) or '–'} |\n" for name, windows in _windows())


def with_tables(page: str) -> str:
    """The page with both tables as they are now."""
    for name, table in (("alerts", alert_table()), ("recording rules", record_table())):
        begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
        before, _, rest = page.partition(begin)
        page = before + begin + table + end + rest.partition(end)[2]
    return page


def _alert_line(alert: Alert) -> str:
    says = alert.annotations["summary"]
    says = re.sub(r"\{\{ with .*?\{\{ end \}\}", "", says)
    says = re.sub(r"\{\{ \$labels\.(\w+) \}\}", r"*\1*", says)
    says = re.sub(r"\{\{ \$value.*?\}\}", "…", says)
    link = f"[{alert.alert}](runbook.md#{alert.alert.lower()})"
    return f"| {link} | {alert.labels['severity']} | {says} | {alert.lasting or 'at once'} |\n"


def _windows() -> Iterator[tuple[str, list[str]]]:
    def split(record: Record) -> tuple[str, str]:
        match = re.fullmatch(r"(.*?)((?:5m|30m|1h|4h|1d)?)", record.record)
        return (match[1], match[2]) if match else (record.record, "")

    pairs = sorted(map(split, records()), key=lambda pair: pair[0])
    order = {record.record: number for number, record in enumerate(records())}
    grouped = [(name, [window for _, window in group]) for name, group in groupby(pairs, key=lambda pair: pair[0])]
    for name, windows in sorted(grouped, key=lambda one: min(order[one[0] + window] for window in one[1])):
        known = sorted((window for window in windows if window), key=lambda window: order[name + window])
        yield name, known


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
