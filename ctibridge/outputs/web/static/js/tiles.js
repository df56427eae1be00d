// Agents as tiles: what a tile says, and what chooses among them.
import { html, memo, useEffect, useRef, useSame, useState } from "./html.js";
import { Icon } from "./icons.js";
import { Message } from "./parts.js";
import { useNear } from "./near.js";
import { callerText, limitText, reasonOf, warnAtOf } from "./reasons.js";
import { NO_FILTERS, Order, SHOWN_STATES, SORT_NAMES, tally } from "./shown.js";
import { LimitBar, Since } from "./ticking.js";
import { compareNames, count } from "./format.js";
import * as clock from "./clock.js";
import { say } from "./words.js";

const SORT_CHOICES = SORT_NAMES.map((name) => [name, say(`sort_${name}`)]);

export const Choice = memo(({ name, value, choices, onChange }) => html`
  <label class="field"><span>${name}</span>
    <select value=${value} onChange=${(event) => onChange(event.target.value)}>
      ${choices.map(([key, text]) => html`<option key=${key} value=${key} selected=${key === value}>${text}</option>`)}
    </select>
  </label>
`);

function stateText(agent, info) {
  const reason = agent.state === "not_ready" && agent.reason && reasonOf(info, agent.reason, agent.reason_label);
  return reason ? `${say(agent.state)} · ${reason}` : say(agent.state);
}

const Below = ({ agent, info, queueLabel }) => {
  if (agent.limit) {
    return html`<${LimitBar} limit=${agent.limit} warnAt=${warnAtOf(info, agent.reason)} text=${limitText} />`;
  }
  const call = agent.call ? `${queueLabel ?? agent.call.queue} · ${callerText(agent.call.caller)}` : "";
  const leave = agent.leave && html` <em>${say(`leave_${agent.leave.state}`)}</em>`;
  return html`<span class="what">${call}${leave}</span>`;
};

const Tile = memo(({ level, agent, info, queueLabel, isOld, onOpen }) => html`
  <li class="tile ${agent.state} ${isOld ? "old" : ""}">
    <button type="button" data-level=${level} onClick=${() => onOpen(agent.agent)}>
      <span class="top">
        <${Icon} name=${agent.state} /><span class="word">${stateText(agent, info)}</span><${Since} at=${agent.since} />
      </span>
      <b class="who"><span>${agent.name || agent.agent}</span><small>${agent.name ? agent.agent : ""}</small></b>
      <${Below} agent=${agent} info=${info} queueLabel=${queueLabel} />
    </button>
  </li>
`);

const StateFilter = ({ agents, states, onToggle }) => {
  const numbers = tally(agents);
  return html`<div class="states" role="group" aria-label=${say("state")}>
    ${SHOWN_STATES.map((state) => html`<button type="button" key=${state} class=${state}
      aria-pressed=${states.has(state)} onClick=${() => onToggle(state)}>
        <${Icon} name=${state} /><b>${count(numbers[state])}</b> ${say(state)}
      </button>`)}
  </div>`;
};

export function useFilters() {
  const [filters, set] = useState(NO_FILTERS);
  return [filters, (change) => set((now) => ({ ...now, ...change }))];
}

const present = (agents, teams) => Array.from(new Set(agents.map((agent) => agent.team).filter(Boolean)))
  .sort(compareNames).map((name) => [name, teams[name]?.label || name]);

export function Filters({ agents, queues, teams, filters, change }) {
  const all = ["", say("all")];
  const ofTeams = useSame([all, ...present(agents, teams)]);
  const ofQueues = useSame([all, ...queues.map((queue) => [queue.queue, queue.label])]);
  const choose = useRef({
    team: (team) => change({ team }), queue: (queue) => change({ queue }), sort: (sort) => change({ sort }),
  }).current;
  const toggle = (state) => {
    const states = new Set(filters.states);
    if (!states.delete(state)) states.add(state);
    change({ states });
  };
  return html`<div class="tools">
    <${StateFilter} agents=${agents} states=${filters.states} onToggle=${toggle} />
    <div class="choices">
      ${ofTeams.length > 1 && html`<${Choice} name=${say("team")} value=${filters.team} onChange=${choose.team}
        choices=${ofTeams} />`}
      <${Choice} name=${say("queue")} value=${filters.queue} onChange=${choose.queue} choices=${ofQueues} />
      <${Choice} name=${say("sort")} value=${filters.sort} onChange=${choose.sort} choices=${SORT_CHOICES} />
      <label class="field"><span>${say("search")}</span>
        <input type="search" value=${filters.search} onInput=${(event) => change({ search: event.target.value })} />
      </label>
    </div>
  </div>`;
}

/** A moved pointer holds the places for so long. */
const HELD_MS = 2000;
/** Places change between two ticks of the clocks, so that not all of it falls into one frame. */
const AFTER_TICK_MS = 500;

/** The order of those who match, anew once a second, unless somebody is about to press one. */
function useOrder() {
  const kept = useRef(null);
  kept.current ??= { order: new Order(), heldAt: -HELD_MS };
  const [, again] = useState(0);
  useEffect(() => {
    const reorder = () => {
      if (performance.now() - kept.current.heldAt < HELD_MS) return;
      kept.current.order.release();
      again((n) => n + 1);
    };
    return clock.everySecond(() => setTimeout(reorder, AFTER_TICK_MS));
  }, []);
  const hold = useRef(() => {
    kept.current.heldAt = performance.now();
  }).current;
  return [kept.current.order, hold];
}

/** Which of the rows near the screen, and up to the one that has the keyboard: it must not vanish from under it. */
function drawn(entries, { columns, from, to }, focused) {
  const row = Math.floor(entries.findIndex((entry) => entry.level === focused) / columns);
  const [first, last] = row < 0 ? [from, to] : [Math.min(from, row), Math.max(to, row + 1)];
  return [Math.min(first, Math.floor((entries.length - 1) / columns)), last];
}

function Grid({ entries, feed, labels, onOpen, hold }) {
  const [grid, near] = useNear();
  const focused = grid.current?.querySelector(":focus-visible")?.dataset.level;
  const [first, last] = drawn(entries, near, focused);
  const { columns, height } = near;
  const size = { minHeight: `${Math.ceil(entries.length / columns) * height}px`, paddingTop: `${first * height}px` };
  return html`<ul ref=${grid} class="tiles" style=${size} onPointerMove=${hold}>
    ${entries.slice(first * columns, last * columns).map((entry) => html`<${Tile} key=${entry.level}
      level=${entry.level} agent=${entry.data} info=${feed.info} queueLabel=${labels.get(entry.data.call?.queue)}
      isOld=${!feed.isOfThisEpoch(entry)} onOpen=${onOpen} />`)}
  </ul>`;
}

export function Tiles({ feed, filters, ...given }) {
  const [order, hold] = useOrder();
  if (!feed.agents.size) {
    return html`<${Message}>${feed.freshness.kind === "waiting" ? `${say("connecting")} …` : say("no_agents")}<//>`;
  }
  const entries = order.of(Array.from(feed.agents.values()), filters);
  if (!entries.length) return html`<${Message}>${say("none_match")}<//>`;
  return html`<${Grid} entries=${entries} feed=${feed} hold=${hold} ...${given} />`;
}
