// The floor: every agent as a tile, who waits, what is wrong, and what a leader decides.
import { html, useRef, useState } from "./html.js";
import { AgentDialog } from "./agent_dialog.js";
import { Alarms, Callers, Leave } from "./beside.js";
import { Account, ReadOnly, Told, desk } from "./desk.js";
import { Head, Veil, bySeverity, useFeed } from "./parts.js";
import { Filters, Tiles, useFilters } from "./tiles.js";
import { compareNames } from "./format.js";
import { say } from "./words.js";

const FILTERS = ["status", "info", "agent/+/state", "queue/+/state", "alert/+"];

/** Whom an alarm is about, as people call them. */
function namer(agents, labels, teams) {
  const names = new Map(agents.map((agent) => [agent.agent, agent.name || agent.agent]));
  return ({ agent, queue, team }) =>
    agent ? (names.get(agent) ?? agent) : queue ? (labels.get(queue) ?? queue) : (teams[team]?.label || team);
}

function Floor({ feed, commands, user, onSignOut }) {
  useFeed(feed);
  const [filters, change] = useFilters();
  const [opened, open] = useState(null);
  const onOpen = useRef((agent) => open(agent)).current;
  const agents = feed.current("agents");
  const queues = feed.current("queues").sort((one, other) => compareNames(one.label, other.label));
  const labels = new Map(queues.map((queue) => [queue.queue, queue.label]));
  const teams = feed.info?.teams ?? {};
  const agent = opened === null ? null : agents.find((one) => one.agent === opened);
  return html`
    <${Head} page="floor" title=${say("floor")} freshness=${feed.freshness}>
      <${Account} commands=${commands} user=${user} onSignOut=${onSignOut} />
    <//>
    <${Veil} ...${feed.freshness} />
    <${ReadOnly} commands=${commands} />
    <main class=${feed.freshness.kind}>
      <section class="agents" aria-label=${say("agents")}>
        <${Filters} agents=${agents} queues=${queues} teams=${teams} filters=${filters} change=${change} />
        <${Tiles} feed=${feed} labels=${labels} filters=${filters} onOpen=${onOpen} />
      </section>
      <aside>
        <${Alarms} alarms=${feed.current("alerts").sort(bySeverity)} nameOf=${namer(agents, labels, teams)}
          commands=${commands} />
        <${Leave} agents=${agents} info=${feed.info} commands=${commands} />
        <${Callers} queues=${queues} commands=${commands} />
      </aside>
    </main>
    ${agent && html`<${AgentDialog} key=${opened} agent=${agent} feed=${feed} labels=${labels} commands=${commands}
      onClose=${() => open(null)} />`}
    ${!agent && html`<${Told} commands=${commands} />`}
  `;
}

desk({ page: "floor", filters: FILTERS, View: Floor });
