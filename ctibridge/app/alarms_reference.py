"""Writes docs/alarms.md from the table of metrics and the rule book, so that it cannot say anything else than the code.

python -m ctibridge.app.alarms_reference > docs/alarms.md
"""

import sys
from collections.abc import Iterator
from typing import Final

from ctibridge.domain.measures import MEASURES, Comparison
from ctibridge.domain.rulebook import RULEBOOK, Entry
from ctibridge.domain.rules import Rule
from ctibridge.domain.watch import TOLD_EVERY

INTRODUCTION: Final = f"""\
# Alarms

Written by the tables that the code uses: `make docs`.
What call centres are held to is data: rules, each about one metric of each queue, agent or team.
These hold unless `[[rules]]` in [ctibridge.toml](configuration.md) says otherwise; a reload takes effect at once.

## How an alarm lives

1. A rule that is broken for as long as `for` says raises an alarm, to a tenth of a second: time alone may break it (a
   wait, a pause, a figure of the last 30 minutes), and that moment is known beforehand.
   A figure of calls needs `least_calls` of them.
2. While it fires, its value is told when it has changed noticeably, at most every {TOLD_EVERY:g} s.
3. It ends when the value has been on the good side of the threshold, by the `hysteresis` and for as long as
   `resolve_after` says; or when the queue, the agent or the rule is gone.
   So whatever flaps raises one alarm within `for` and `resolve_after` together.
4. Where the rule says `repeat_every`, it is said again (`alert/repeated`) until somebody acknowledges it.
   Who did first is named in it until it ends.
   A worse alarm for the same trouble (`short_staffed_long`) is another alarm.

Each is an event (`alert/raised`, `…/repeated`, `…/acknowledged`, `…/resolved`), a retained topic `alert/{{alert}}`
while it fires, a row in the history and a metric: [mqtt.md](mqtt.md), [history.md](history.md),
[metrics.md](metrics.md).
Its id is `RULE:SUBJECT`, for a team `RULE:TEAM/REASON`.

**While the PBX cannot be seen** nothing is guessed.
No alarm is raised or ends; what fires goes on firing with its last value.
The next full picture has everything judged anew: waits and pauses by when they began, so that what became too long in
the gap is told then.
Otherwise the time in between counts neither as broken nor as kept.
Figures of calls wait until queue_log, where it is read, has told of the gap.
A restart of the bridge is such a gap; alarms, acknowledgements and times go on.

"""

RULES_INTRODUCTION: Final = """\
## The rules

Sources are the rule books that the bridge was made for, by their numbers.
A threshold in `code` is a setting, of the queue or the pause reason.

| rule | label | 中文 | broken when | for | least calls | ends | severity | source |
|---|---|---|---|---|---|---|---|---|
"""

METRICS_INTRODUCTION: Final = """
## The metrics

What a rule can be about. Those that are counted take a `window`: `"30m"`, the last 30 minutes, or `"day"`, since the
site's day began.

| metric | of each | unit | counted | is | threshold unless said |
|---|---|---|---|---|---|
"""

OWN: Final = """
## Rules of your own

One with the name of a rule above changes only what it says; any other name is another rule.

```toml
[[rules]]
name = "service_level_low"    # the default rule, but milder, and only once it lasts
threshold = 0.7
for = 120.0

[[rules]]
name = "queue_crowded"
enabled = false

[[rules]]
name = "vip_waits"            # another one
label = "VIP callers wait"
metric = "longest_wait"
threshold = "late_answer"
severity = "critical"
queues = ["vip"]
```

`queues` narrows rules about queues, `teams` those about agents and teams; `hours` and `days` say when a rule holds, so
that an empty seat at night is none. Outside of them no alarm is raised, and one that fires ends.
A rule that makes no sense is an error at the start that names file, key and what was expected.

## Absences

- The clock of a limit starts when the agent is away, not when the code is pressed: a pause during a call starts when
  the call ends, and another reason starts its own clock.
- At `warn_at` of the limit `agent/limit_warning` is sent, at the limit `agent/limit_exceeded`, and on return
  `agent/limit_cleared` with the overrun.
- `enforcement` of the reason says what follows at the limit, once: nothing (the default), somebody is told
  (`escalate_to`, else the agent's leader), the agent is unpaused, or logged out.
- Going away for a reason that `needs_approval`, without it, and going away without a reason where
  `[agents] reason_required` says so, are breaches from the first moment on.
  Only departures that were seen are judged: of a pause that a full picture tells of, nobody knows whether it was
  allowed.
- A request for leave that nobody decides lapses (`[leave] request_lapses`); so does an approval that the agent does not
  make use of (`approval_lapses`). Approved leave is good for one absence, and has its limit all the same. An approval
  for somebody who has left already ends the breach. Being back early uses it up.
"""

_SIDES: Final[dict[Comparison, str]] = {"above": ">", "at_least": "≥", "below": "<", "at_most": "≤"}


def page() -> str:
    """The whole page as Markdown."""
    return "".join((INTRODUCTION, RULES_INTRODUCTION, *map(_rule, RULEBOOK), METRICS_INTRODUCTION, *_metrics(), OWN))


def _rule(entry: Entry) -> str:
    rule = entry.rule
    return _row(
        f"`{rule.name}`",
        rule.label,
        rule.label_zh,
        _condition(rule),
        _seconds(rule.lasting),
        str(rule.least_calls or ""),
        _end(rule),
        rule.severity + (f", every {rule.repeat_every:g} s" if rule.repeat_every else ""),
        entry.source,
    )


def _condition(rule: Rule) -> str:
    window = {"30m": " of 30 minutes", "day": " of the day", None: ""}[rule.window]
    threshold = f"`{rule.threshold}`" if isinstance(rule.threshold, str) else _number(rule)
    return f"`{rule.metric}`{window} {_SIDES[rule.comparison]} {threshold}"


def _end(rule: Rule) -> str:
    after = f"after {rule.resolve_after:g} s" if rule.resolve_after else "at once"
    return f"{rule.hysteresis:g} better, {after}" if rule.hysteresis else after


def _number(rule: Rule) -> str:
    seconds = " s" if rule.measure.unit == "seconds" else ""
    return f"{rule.threshold:g}{seconds}" if isinstance(rule.threshold, float) else str(rule.threshold)


def _seconds(seconds: float) -> str:
    return f"{seconds:g} s" if seconds else "at once"


def _metrics() -> Iterator[str]:
    for name, measure in MEASURES.items():
        yield _row(
            f"`{name}`",
            measure.subject,
            measure.unit,
            "yes" if measure.is_windowed else "",
            measure.meaning,
            f"{_SIDES[measure.comparison]} `{measure.setting}`" if measure.setting else "",
        )


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |\n"


if __name__ == "__main__":
    sys.stdout.write(page())
