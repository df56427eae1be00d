"""The prose of docs/mqtt.md, with the numbers that the code uses."""

from typing import Final

from ctibridge.domain.privacy import PrivacySettings
from ctibridge.outputs.mqtt.backoff import LONGEST_SECONDS
from ctibridge.outputs.mqtt.connection import KEEPALIVE_SECONDS, WILL_DELAY_SECONDS
from ctibridge.outputs.mqtt.settings import MqttSettings
from ctibridge.outputs.mqtt.topics import RETAINED_FAMILIES, escape
from ctibridge.outputs.mqtt.window import ANSWER_SECONDS

_DEFAULTS: Final = MqttSettings()

INTRODUCTION: Final = f"""\
# MQTT

What the bridge publishes, and how to read it. This page is written by the tables that the code uses: `python -m
ctibridge.outputs.mqtt.reference`. `ctibridge schema -o DIR` writes the same as an AsyncAPI 3 document and a
JSON Schema for each kind of message.

Topics begin with `{{base}}/{{pbx}}`, by default `{_DEFAULTS.base}/pbx1`. In a topic level, `A-Z a-z 0-9 _ -`
stand for themselves; any other character is `~HH` for each of its UTF-8 bytes: the queue `客服` is
`{escape("客服")}`. The raw name is always in the payload, so nobody needs to decode a topic.
"""

READING: Final = """
Topics with an empty retained payload are gone: the agent or the queue no longer exists, or the alarm is over.

## How to read it

**A display** subscribes to `status` and to the states that it shows. It shows them while `status` is `online`
or `degraded` and the `epoch` of `status` is that of the state; otherwise it says that it does not know.
`degraded` means that something is missing, and `reason` says what: the PBX cannot be seen (agents are `unknown`
then), or the broker refuses some of our messages. `offline` is also said while the bridge runs but has not seen
the PBX since it started: what is retained then is from an earlier life.

**A recorder** subscribes to `event/#` with QoS 1. Every event has the next `sequence` number of its PBX, so a
jump is a loss. Who subscribes to some events only looks at `prevsequence`: it is the number of the event before
on the same `subject`, and when that is not the one last seen, something was missed. Three things to know:

- An event may come twice after a reconnect, with the same `id` and the same bytes.
- A state's `sequence` is that of the newest event that it includes. A state has no number of its own, so its
  `id` is that of this event: use `id` to recognise repeated events, not states, of which the newest always
  wins.
- The numbers go on over restarts and crashes of the bridge. When the `epoch` grows, they begin anew: with a new
  store, or after a crash while the store could not be written.

Whoever finds a jump asks for what is missing: `/api/v1/{pbx}/events?after=` (see [api.md](api.md)). Two small
programs that do all of this, in Python and JavaScript, are in [examples/consumer](../examples/consumer).

**Order.** An event is sent before the states that include it. After a connect, the bridge publishes all states,
empties retained topics of subjects that are gone, publishes `info`, then `status`, and only then the events
that waited while the broker was away: a backlog may be long, and nobody should look at old states meanwhile. A
state that is ahead of an event says so by its `sequence`.

**Gaps.** `event/bridge/gap` is said in two cases. The PBX could not be seen from `since` to `until`: the event
has a number like any other. Or this broker was away for so long that events were dropped (`outbox_events`,
`outbox_megabytes` and `outbox_hours` of `[store]`; without a store, `outbox_limit`): then the statement has
`first_sequence`, `last_sequence` and `dropped`, stands where the dropped events would have been, and has the
number of the last of them.

**Moments** in `data` are seconds since 1970 UTC with a fraction, on the PBX's clock; durations are seconds.
Waits and talks are the whole seconds that Asterisk states, so that their sums equal those of queue_log.
"""

ENVELOPE: Final = """
## Envelope

Every message but `status` is a [CloudEvents 1.0](https://cloudevents.io) document in JSON.

| attribute | what it is |
|---|---|
| `specversion` | `1.0` |
| `id` | `{epoch}-{sequence}` |
| `source` | `/ctibridge/{pbx}` |
| `type` | `ctibridge.{entity}.{verb}.v1`; new fields may come, `v2` when a field goes or changes its meaning |
| `subject` | `call/{Uniqueid}`, `agent/{id}`, `queue/{name}` with raw names, or `bridge` |
| `time` | when it happened, on the PBX's clock: RFC 3339, UTC, microseconds |
| `recordedtime` | when the bridge took it in, on the bridge's clock |
| `sequence` | 20 digits; without a gap for each PBX and epoch |
| `prevsequence` | the event before on the same subject; zeros when there was none, or only long ago |
| `epoch` | grows when the sequence begins anew |
| `origin` | `ami`, `snapshot` (found in a comparison of everything), `queue_log`, `derived` (by a deadline of ours) |
| `data` | below |
"""

FIELDS: Final = f"""
## Data

Callers are masked: of a number the last {PrivacySettings().number_digits} digits stay (never more than half of
it), of a name the first letter; `[privacy]` sets how much. `private/` twins, for those who opt in with `private
= true`, are the same messages with callers unmasked; `ctibridge acl` lets users
with `private = true` read them, and nobody else.
"""

SAMPLES: Final = """
## Samples
"""

CONNECTION: Final = f"""
## The connection

- One connection for each broker and PBX, because a last will is about one topic. Client id:
  `ctibridge-{{pbx}}`. A second bridge by the same name evicts the first.
- MQTT 5; MQTT 3.1.1 where the broker refuses it or is puzzled by it (`protocol` fixes it).
- Last will: `status` `offline`. With MQTT 5 it is sent {WILL_DELAY_SECONDS} s after the connection was lost, so
  that a reconnect does not flash; with 3.1.1 at once. A bridge that is stopped sends what is left, then
  `offline` itself.
- A dead link is noticed after {KEEPALIVE_SECONDS} to {2 * KEEPALIVE_SECONDS} s (keepalive), or after
  {ANSWER_SECONDS:g} s without an acknowledgement. Reconnects follow after 0.2 s at first, {LONGEST_SECONDS:g} s
  at most.
- Up to {_DEFAULTS.window} messages (`window`) are sent ahead of their acknowledgements; a smaller limit of the
  broker is kept. A slow broker gets fewer intermediate states, never fewer events; figures wait longest.
- A message that the broker refuses (MQTT 5 says so in its acknowledgement) is not sent again. It is counted in
  `ctibridge_mqtt_rejected_total`, named in the log, set aside with its reason (`/api/v1/{{pbx}}/refused`), and makes
  `status` `degraded`. So is a message that is
  larger than the broker takes. MQTT 3.1.1 has no refusals: the broker drops silently what its access list
  forbids.
- `ctibridge acl` writes mosquitto's access list for the bridge and for `[[users]]` ([installation](installation.md)).
- [Commands](commands.md) come in on `cmd/{{user}}/{{command}}`; their schemas are in `ctibridge schema` too.
- Rights that the bridge needs: to write below `{{base}}/{{pbx}}/#`, to read `cmd/#` there, and to read {
    ", ".join(f"`{family}`" for family in RETAINED_FAMILIES)
} there and below `private/`, to find what must be emptied.
"""
