// Agents as tiles: which are shown, in which order, and what a tile says.
import { html, memo, useState } from "./html.js";
import { Icon } from "./icons.js";
import { Message, STATES } from "./parts.js";
import { callerText, limitText, reasonOf, warnAtOf } from "./reasons.js";
import { LimitBar, Since } from "./ticking.js";
import { compareNames, count } from "./format.js";
import { say } from "./words.js";

const SHOWN_STATES = [...STATES, "logged_out"];
const RANKED = ["ringing", "not_ready", "busy", "wrap_up", "unreachable", "unknown", "ready", "logged_out"];
const RANK = new Map(RANKED.map((state, place) => [state, place]));

const bySince = (one, other) => one.since - other.since;
const byName = (one, other) => compareNames(one.name || one.agent, other.name || other.agent);
const deadline = (agent) => agent.limit?.deadline ?? Number.MAX_SAFE_INTEGER;
const SORTS = {
  longest: bySince,
  name: byName,
  state: (one, other) => RANK.get(one.state) - RANK.get(other.state) || bySince(one, other),
  limit: (one, other) => deadline(one) - deadline(other) || bySince(one, other),
};

export const Choice = ({ name, value, choices, onChange }) => html`
  <label class="field"><span>${name}</span>
    <select value=${value} onChange=${(event) => onChange(event.target.value)}>
      ${choices.map(([key, text]) => html`<option key=${key} value=${key} selected=${key === value}>${text}</option>`)}
    </select>
  </label>
`;

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

const Tile = memo(({ agent, info, queueLabel, isOld, onOpen }) => html`
  <li class="tile ${agent.state} ${isOld ? "old" : ""}">
    <button type="button" onClick=${() => onOpen(agent.agent)}>
      <span class="top">
        <${Icon} name=${agent.state} /><span class="word">${stateText(agent, info)}</span><${Since} at=${agent.since} />
      </span>
      <b class="who"><span>${agent.name || agent.agent}</span><small>${agent.name ? agent.agent : ""}</small></b>
      <${Below} agent=${agent} info=${info} queueLabel=${queueLabel} />
    </button>
  </li>
`);

const StateFilter = ({ agents, states, onToggle }) => {
  const number = (state) => count(agents.filter((agent) => agent.state === state).length);
  return html`<div class="states" role="group" aria-label=${say("state")}>
    ${SHOWN_STATES.map((state) => html`<button type="button" key=${state} class=${state}
      aria-pressed=${states.has(state)} onClick=${() => onToggle(state)}>
        <${Icon} name=${state} /><b>${number(state)}</b> ${say(state)}
      </button>`)}
  </div>`;
};

export function useFilters() {
  const [filters, set] = useState({ team: "", queue: "", states: new Set(), sort: "longest", search: "" });
  return [filters, (change) => set((now) => ({ ...now, ...change }))];
}

function matches(agent, { team, queue, states, search }) {
  const text = `${agent.name} ${agent.agent}`.toLowerCase();
  return (states.size ? states.has(agent.state) : agent.state !== "logged_out")
    && (!team || agent.team === team)
    && (!queue || queue in agent.queues)
    && (!search || text.includes(search.toLowerCase()));
}

export function Filters({ agents, queues, teams, filters, change }) {
  const present = Array.from(new Set(agents.map((agent) => agent.team).filter(Boolean))).sort(compareNames);
  const toggle = (state) => {
    const states = new Set(filters.states);
    if (!states.delete(state)) states.add(state);
    change({ states });
  };
  const all = ["", say("all")];
  return html`<div class="tools">
    <${StateFilter} agents=${agents} states=${filters.states} onToggle=${toggle} />
    <div class="choices">
      ${present.length > 0 && html`<${Choice} name=${say("team")} value=${filters.team}
        onChange=${(team) => change({ team })} choices=${[all, ...present.map((name) => [name, teams[name]?.label || name])]} />`}
      <${Choice} name=${say("queue")} value=${filters.queue} onChange=${(queue) => change({ queue })}
        choices=${[all, ...queues.map((queue) => [queue.queue, queue.label])]} />
      <${Choice} name=${say("sort")} value=${filters.sort} onChange=${(sort) => change({ sort })}
        choices=${Object.keys(SORTS).map((name) => [name, say(`sort_${name}`)])} />
      <label class="field"><span>${say("search")}</span>
        <input type="search" value=${filters.search} onInput=${(event) => change({ search: event.target.value })} />
      </label>
    </div>
  </div>`;
}

export function Tiles({ feed, labels, filters, onOpen }) {
  if (!feed.agents.size) {
    return html`<${Message}>${feed.freshness.kind === "waiting" ? `${say("connecting")} …` : say("no_agents")}<//>`;
  }
  const entries = Array.from(feed.agents.values())
    .filter((entry) => matches(entry.data, filters))
    .sort((one, other) => SORTS[filters.sort](one.data, other.data));
  if (!entries.length) return html`<${Message}>${say("none_match")}<//>`;
  return html`<ul class="tiles">
    ${entries.map((entry) => html`<${Tile} key=${entry.level} agent=${entry.data} info=${feed.info}
      queueLabel=${labels.get(entry.data.call?.queue)} isOld=${!feed.isOfThisEpoch(entry)} onOpen=${onOpen} />`)}
  </ul>`;
}
