// The floor: every agent as a tile, who waits, what is wrong, and what a leader decides.
import { html, memo, useEffect, useRef, useState } from "./html.js";
import { Account, ReadOnly, Told, desk } from "./desk.js";
import { Icon } from "./icons.js";
import { Head, Message, STATES, Severity, Veil, alarmText, bySeverity, useFeed } from "./parts.js";
import { LimitBar, Since } from "./ticking.js";
import { compareNames, count, duration, timeOfDay } from "./format.js";
import { callerText, limitText, reasonOf, warnAtOf } from "./reasons.js";
import { labelOf, say } from "./words.js";

const FILTERS = ["status", "info", "agent/+/state", "queue/+/state", "alert/+"];
/** Who has waited longest; the number of all stands above them. */
const CALLERS_SHOWN = 40;
const SHOWN_STATES = [...STATES, "logged_out"];
const RANK = new Map(["ringing", "not_ready", "busy", "wrap_up", "unreachable", "unknown", "ready", "logged_out"]
  .map((state, place) => [state, place]));

const byName = (one, other) => compareNames(one.name || one.agent, other.name || other.agent);
const SORTS = {
  longest: (one, other) => one.since - other.since,
  name: byName,
  state: (one, other) => RANK.get(one.state) - RANK.get(other.state) || one.since - other.since,
  limit: (one, other) => (one.limit?.deadline ?? Infinity) - (other.limit?.deadline ?? Infinity) || one.since - other.since,
};

const Tile = memo(({ agent, info, queueLabel, isOld, onOpen }) => html`
  <li class="tile ${agent.state} ${isOld ? "old" : ""}">
    <button type="button" onClick=${() => onOpen(agent.agent)}>
      <span class="top"><${Icon} name=${agent.state} /><span class="word">${say(agent.state)}${agent.reason && agent.state === "not_ready"
        ? ` · ${reasonOf(info, agent.reason, agent.reason_label)}` : ""}</span><${Since} at=${agent.since} /></span>
      <b class="who">${agent.name || agent.agent}<small>${agent.name ? agent.agent : ""}</small></b>
      ${agent.limit
        ? html`<${LimitBar} limit=${agent.limit} warnAt=${warnAtOf(info, agent.reason)} text=${limitText} />`
        : html`<span class="what">${agent.call ? `${queueLabel ?? agent.call.queue} · ${callerText(agent.call.caller)}` : ""}
            ${agent.leave ? html` <em class=${agent.leave.state}>${say(`leave_${agent.leave.state}`)}</em>` : ""}</span>`}
    </button>
  </li>
`);

const Choice = ({ name, value, choices, onChange }) => html`
  <label class="field"><span>${name}</span>
    <select value=${value} onChange=${(event) => onChange(event.target.value)}>
      ${choices.map(([key, text]) => html`<option key=${key} value=${key} selected=${key === value}>${text}</option>`)}
    </select>
  </label>
`;

const StateFilter = ({ agents, states, onToggle }) => html`
  <div class="states" role="group" aria-label=${say("state")}>
    ${SHOWN_STATES.map((state) => html`
      <button type="button" key=${state} class=${state} aria-pressed=${states.has(state)} onClick=${() => onToggle(state)}>
        <${Icon} name=${state} /><b>${count(agents.filter((agent) => agent.state === state).length)}</b> ${say(state)}
      </button>`)}
  </div>
`;

function useFilters() {
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

function Bar({ agents, feed, filters, change }) {
  const teams = Array.from(new Set(agents.map((agent) => agent.team).filter(Boolean))).sort(compareNames);
  const queues = feed.current("queues").sort((one, other) => compareNames(one.label, other.label));
  const teamLabel = (name) => feed.info?.teams[name]?.label || name;
  const toggle = (state) => {
    const states = new Set(filters.states);
    if (!states.delete(state)) states.add(state);
    change({ states });
  };
  return html`<div class="tools">
    <${StateFilter} agents=${agents} states=${filters.states} onToggle=${toggle} />
    <div class="choices">
      ${teams.length > 0 && html`<${Choice} name=${say("team")} value=${filters.team} onChange=${(team) => change({ team })}
        choices=${[["", say("all")], ...teams.map((name) => [name, teamLabel(name)])]} />`}
      <${Choice} name=${say("queue")} value=${filters.queue} onChange=${(queue) => change({ queue })}
        choices=${[["", say("all")], ...queues.map((queue) => [queue.queue, queue.label])]} />
      <${Choice} name=${say("sort")} value=${filters.sort} onChange=${(sort) => change({ sort })}
        choices=${Object.keys(SORTS).map((name) => [name, say(`sort_${name}`)])} />
      <label class="field"><span>${say("search")}</span>
        <input type="search" value=${filters.search} onInput=${(event) => change({ search: event.target.value })} /></label>
    </div>
  </div>`;
}

const Alarms = ({ alarms, queues, commands }) => html`
  <section class="panel">
    <h2>${say("alarms")}<small>${alarms.length || ""}</small></h2>
    ${alarms.length === 0 && html`<p class="empty"><${Icon} name="check" /> ${say("no_alarms")}</p>`}
    <ul class="alarms">${alarms.map((alarm) => html`
      <li key=${alarm.alert} class="${alarm.severity} ${alarm.acknowledged_by ? "seen" : ""}">
        <${Severity} of=${alarm.severity} />
        <p><b>${queues.get(alarm.queue) ?? alarm.queue ?? alarm.agent ?? alarm.team ?? ""}</b> ${alarmText(alarm)}</p>
        <small>${say("since", { time: timeOfDay(alarm.since) })} · <${Since} at=${alarm.since} />
          ${alarm.acknowledged_by ? ` · ${say("acknowledged_by", { user: alarm.acknowledged_by })}` : ""}</small>
        ${!alarm.acknowledged_by && commands.may("acknowledge_alert") && html`<button type="button" class="button"
          onClick=${() => commands.ask("acknowledge_alert", { alert: alarm.alert })}>${say("acknowledge")}</button>`}
      </li>`)}</ul>
  </section>
`;

const Leave = ({ agents, info, commands }) => {
  const asking = agents.filter((agent) => agent.leave).sort((one, other) => (one.leave.requested_at ?? 0) - (other.leave.requested_at ?? 0));
  return html`<section class="panel">
    <h2>${say("leave_requests")}<small>${asking.length || ""}</small></h2>
    ${asking.length === 0 && html`<p class="empty">${say("no_leave")}</p>`}
    <ul class="leave">${asking.map((agent) => html`<li key=${agent.agent}>
      <p><b>${agent.name || agent.agent}</b> ${say(`leave_${agent.leave.state}`)} · ${reasonOf(info, agent.leave.reason)}</p>
      <small>${agent.leave.requested_at && html`<${Since} at=${agent.leave.requested_at} /> · `}
        ${agent.leave.expires_at ? say("until", { time: timeOfDay(agent.leave.expires_at) }) : ""}
        ${agent.leave.decided_by ? ` · ${say("approved_by", { user: agent.leave.decided_by })}` : ""}</small>
      ${agent.leave.state === "requested" && html`<p class="buttons">
        ${commands.may("approve_leave") && html`<button type="button" class="button main"
          onClick=${() => commands.ask("approve_leave", { agent: agent.agent })}>${say("approve")}</button>`}
        ${commands.may("refuse_leave") && html`<button type="button" class="button"
          onClick=${() => commands.ask("refuse_leave", { agent: agent.agent })}>${say("refuse")}</button>`}
      </p>`}
    </li>`)}</ul>
  </section>`;
};

function CallerActions({ caller, queue, queues, commands }) {
  const others = queues.filter((one) => one.queue !== queue.queue);
  const [target, choose] = useState(others[0]?.queue);
  return html`<div class="buttons">
    ${commands.may("prioritise_caller") && html`<button type="button" class="button"
      onClick=${() => commands.ask("prioritise_caller", { call: caller.call })}>${say("do_prioritise_caller")}</button>`}
    ${commands.may("withdraw_caller") && html`<button type="button" class="button"
      onClick=${() => commands.ask("withdraw_caller", { call: caller.call })}>${say("do_withdraw_caller")}</button>`}
    ${commands.may("move_caller") && others.length > 0 && html`
      <${Choice} name=${say("move_to")} value=${target} onChange=${choose} choices=${others.map((one) => [one.queue, one.label])} />
      <button type="button" class="button" onClick=${() => commands.ask("move_caller", { call: caller.call, queue: target })}>
        ${say("do_move_caller")}</button>`}
  </div>`;
}

const CALLER_COMMANDS = ["prioritise_caller", "withdraw_caller", "move_caller"];

const Place = memo(({ caller, label, seconds }) => html`
  <span class="place" title=${say("position", { n: caller.position })}>${caller.position}</span>
  <b>${label}</b><span>${callerText(caller.caller)}</span>
  <${Since} at=${caller.since} late=${seconds} />
`);

const Callers = ({ queues, commands }) => {
  const waiting = queues.flatMap((queue) => queue.callers.map((caller) => ({ caller, queue })))
    .sort((one, other) => one.caller.since - other.caller.since);
  const mayAct = CALLER_COMMANDS.some((name) => commands.may(name));
  const row = ({ caller, queue }) => html`<${Place} caller=${caller} label=${queue.label}
    seconds=${queue.service_level.threshold_seconds} />`;
  return html`<section class="panel">
    <h2>${say("callers")}<small>${waiting.length || ""}</small></h2>
    ${waiting.length === 0 && html`<p class="empty"><${Icon} name="check" /> ${say("no_callers")}</p>`}
    <ol class="callers">${waiting.slice(0, CALLERS_SHOWN).map((one) => html`<li key=${one.caller.call}>
      ${mayAct
        ? html`<details><summary>${row(one)}</summary>
            <${CallerActions} ...${one} queues=${queues} commands=${commands} /></details>`
        : row(one)}
    </li>`)}</ol>
    ${waiting.length > CALLERS_SHOWN && html`<p class="empty">+${waiting.length - CALLERS_SHOWN}</p>`}
  </section>`;
};

function AgentDialog({ agent, feed, commands, onClose }) {
  const dialog = useRef(null);
  const reasons = feed.info?.pause_reasons ?? [];
  const [reason, choose] = useState(reasons[0]?.code ?? "");
  useEffect(() => dialog.current?.showModal(), []);
  const id = agent.agent;
  const act = (name, values = {}) => html`<button type="button" class="button"
    onClick=${() => commands.ask(name, { agent: id, ...values })}>${say(`do_${name}`)}</button>`;
  const isTalking = agent.activity === "on_call" || agent.activity === "on_hold";
  const label = (name) => feed.queues.get(name)?.data.label ?? labelsOf(feed).get(name) ?? name;
  return html`<dialog ref=${dialog} class="panel ${agent.state}" aria-label=${say("details", { name: agent.name || id })} onClose=${onClose}>
    <header><h2>${agent.name || id} <small>${id}${agent.team ? ` · ${feed.info?.teams[agent.team]?.label || agent.team}` : ""}</small></h2>
      <button type="button" class="button" onClick=${() => dialog.current.close()}>${say("close")}</button></header>
    <p class="state"><${Icon} name=${agent.state} /> <b>${say(agent.state)}</b>
      ${agent.reason ? ` · ${reasonOf(feed.info, agent.reason, agent.reason_label)}` : ""} <${Since} at=${agent.since} /></p>
    ${agent.limit && html`<${LimitBar} limit=${agent.limit} warnAt=${warnAtOf(feed.info, agent.reason)} text=${limitText} />
      <p class="empty">${say("limit", { limit: duration(agent.limit.seconds) })}
        ${agent.limit.approved_by ? ` · ${say("approved_by", { user: agent.limit.approved_by })}` : ""}</p>`}
    ${agent.call && html`<p>${say("call")}: <b>${label(agent.call.queue)}</b> ${callerText(agent.call.caller)}
      <${Since} at=${agent.call.since} /></p>`}
    <ul class="memberships">${Object.entries(agent.queues).map(([name, one]) => html`<li key=${name}>
      ${label(name)}<small>${one.penalty ? ` ${say("penalty", { n: one.penalty })}` : ""}${one.paused ? ` ${say("paused_in")}` : ""}</small></li>`)}</ul>
    <div class="buttons">
      ${agent.presence !== "ready" && commands.may("ready") && act("ready")}
      ${commands.may("not_ready") && reasons.length > 0 && agent.presence !== "logged_out" && html`
        <${Choice} name=${say("do_not_ready")} value=${reason} onChange=${choose}
          choices=${reasons.map((one) => [one.code, labelOf(one.label, one.label_zh, one.code)])} />
        ${act("not_ready", { reason })}`}
      ${agent.presence === "logged_out" ? commands.may("login") && act("login") : commands.may("logout") && act("logout")}
      ${isTalking && ["monitor", "whisper", "barge"].map((name) => commands.may(name) && act(name))}
      ${agent.activity === "ringing" && commands.may("pickup") && act("pickup")}
      ${agent.call && commands.may("hangup") && act("hangup")}
    </div>
    <${Told} commands=${commands} />
  </dialog>`;
}

const labelsOf = (feed) => new Map(feed.current("queues").map((queue) => [queue.queue, queue.label]));

function Tiles({ feed, filters, onOpen }) {
  const labels = labelsOf(feed);
  const entries = Array.from(feed.agents.values()).filter((entry) => matches(entry.data, filters))
    .sort((one, other) => SORTS[filters.sort](one.data, other.data));
  if (!feed.agents.size) return html`<${Message}>${feed.freshness.kind === "waiting" ? `${say("connecting")} …` : say("no_agents")}<//>`;
  if (!entries.length) return html`<${Message}>${say("none_match")}<//>`;
  return html`<ul class="tiles">${entries.map((entry) => html`<${Tile} key=${entry.level} agent=${entry.data} info=${feed.info}
    queueLabel=${entry.data.call ? labels.get(entry.data.call.queue) : undefined} isOld=${!feed.isOfThisEpoch(entry)} onOpen=${onOpen} />`)}</ul>`;
}

function Floor({ feed, commands, user, onSignOut }) {
  useFeed(feed);
  const [filters, change] = useFilters();
  const [opened, open] = useState(null);
  const onOpen = useRef((agent) => open(agent)).current;
  const agents = feed.current("agents");
  const queues = feed.current("queues").sort((one, other) => compareNames(one.label, other.label));
  const alarms = feed.current("alerts").sort(bySeverity);
  const agent = opened === null ? null : agents.find((one) => one.agent === opened);
  return html`
    <${Head} page="floor" title=${say("floor")} freshness=${feed.freshness}>
      <${Account} commands=${commands} user=${user} onSignOut=${onSignOut} />
    <//>
    <${Veil} ...${feed.freshness} />
    <${ReadOnly} commands=${commands} />
    <main class=${feed.freshness.kind}>
      <section class="agents" aria-label=${say("agents")}>
        <${Bar} agents=${agents} feed=${feed} filters=${filters} change=${change} />
        <${Tiles} feed=${feed} filters=${filters} onOpen=${onOpen} />
      </section>
      <aside>
        <${Alarms} alarms=${alarms} queues=${labelsOf(feed)} commands=${commands} />
        <${Leave} agents=${agents} info=${feed.info} commands=${commands} />
        <${Callers} queues=${queues} commands=${commands} />
      </aside>
    </main>
    ${agent && html`<${AgentDialog} key=${opened} agent=${agent} feed=${feed} commands=${commands} onClose=${() => open(null)} />`}
    ${!agent && html`<${Told} commands=${commands} />`}
  `;
}

desk({ page: "floor", filters: FILTERS, View: Floor });
