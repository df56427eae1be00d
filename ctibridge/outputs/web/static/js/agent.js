// The agent's own page: state, limit, the caller who rings, today's figures, and whom to call back.
import { html, useEffect, useRef, useState } from "./html.js";
import { Account, ReadOnly, Told, desk } from "./desk.js";
import { Icon } from "./icons.js";
import { Head, Message, Veil, useFeed } from "./parts.js";
import { LimitBar, Since, Timed } from "./ticking.js";
import { Callbacks } from "./callbacks.js";
import { limitText, reasonOf, warnAtOf } from "./reasons.js";
import { compareNames, count, duration, timeOfDay } from "./format.js";
import { look } from "./look.js";
import { popAddress } from "./pop.js";
import { escape } from "./topics.js";
import { labelOf, say } from "./words.js";

/** More is read when it is known which agent this is. */
const FILTERS = ["status", "info", "queue/+/board"];

/** What counts on top of a day's sum while the state lasts. */
const RUNNING = { ready: "ready_seconds", not_ready: "not_ready_seconds", wrap_up: "wrap_up_seconds", busy: "busy_seconds" };

function ownAgent(feed, commands, picked) {
  const named = commands.me?.agent ?? look.agent ?? picked;
  if (named) return named;
  // Who may read one agent's state only is that agent.
  return commands.isAsked && feed.agents.size === 1 ? feed.current("agents")[0].agent : null;
}

/** Read what belongs to the agent, as soon as it is known who that is. */
function useOwnTopics(feed, commands, id) {
  const hasPrivate = feed.info?.capabilities.includes("private") ?? false;
  useEffect(() => {
    if (id) feed.add([`agent/${escape(id)}/state`]);
    else if (commands.isAsked) feed.add(["agent/+/state"]);
  }, [id, commands.isAsked]);
  useEffect(() => {
    if (id && hasPrivate) feed.add([`private/agent/${escape(id)}/state`]);
  }, [id, hasPrivate]);
}

function WhichAgent({ feed, onPick }) {
  const agents = feed.current("agents").sort((one, other) => compareNames(one.agent, other.agent));
  const submit = (event) => {
    event.preventDefault();
    onPick(new FormData(event.target).get("agent").trim());
  };
  return html`<main class="sign-in"><form class="panel" onSubmit=${submit}>
    <h2>${say("which_agent")}</h2>
    <label class="field"><span>${say("agent_number")}</span>
      ${agents.length > 1
        ? html`<select name="agent">${agents.map((one) => html`<option key=${one.agent} value=${one.agent}>${one.agent} ${one.name}</option>`)}</select>`
        : html`<input name="agent" required spellcheck="false" />`}</label>
    <button class="button main">${say("agent_page")}</button>
  </form></main>`;
}

const State = ({ agent, info }) => html`
  <section class="own ${agent.state}">
    <p class="word"><${Icon} name=${agent.state} /> ${say(agent.state)}${agent.reason ? html` <span>${reasonOf(info, agent.reason, agent.reason_label)}</span>` : ""}</p>
    <p class="timer"><${Since} at=${agent.since} /></p>
    ${agent.limit && html`<${LimitBar} limit=${agent.limit} warnAt=${warnAtOf(info, agent.reason)} text=${limitText} />
      <p class="note">${say("limit", { limit: duration(agent.limit.seconds) })}
        ${agent.limit.approved_by ? ` · ${say("approved_by", { user: agent.limit.approved_by })}` : ""}</p>`}
    ${agent.leave && html`<p class="note"><${Icon} name=${agent.leave.state === "approved" ? "check" : "unknown"} />
      ${say(agent.leave.state === "approved" ? "leave_granted" : "leave_asked")} ${reasonOf(info, agent.leave.reason)}
      ${agent.leave.expires_at ? say("until", { time: timeOfDay(agent.leave.expires_at) }) : ""}</p>`}
  </section>
`;

/** One button a pause reason; one that needs approval asks for it first. */
function Buttons({ agent, info, commands }) {
  const isOut = agent.presence === "logged_out";
  const button = (key, state, text, name, values, note) => html`
    <button type="button" key=${key} class="act ${state}" disabled=${!commands.may(name)}
      aria-pressed=${isCurrent(agent, state, values?.reason)} onClick=${() => commands.ask(name, values)}>
      <${Icon} name=${state} /><span>${text}${note && html`<small>${note}</small>`}</span></button>`;
  const reasons = (info?.pause_reasons ?? []).filter((reason) => !isOut);
  return html`<nav class="acts" aria-label=${say("state")}>
    ${isOut ? button("in", "ready", say("do_login"), "login") : button("ready", "ready", say("do_ready"), "ready")}
    ${reasons.map((reason) => {
      const must = reason.needs_approval && agent.leave?.state !== "approved" && commands.may("request_leave");
      const state = reason.counts_as === "wrap_up" ? "wrap_up" : "not_ready";
      const note = must ? say("needs_approval") : reason.limit ? say("limit", { limit: duration(reason.limit) }) : "";
      return button(reason.code, state, labelOf(reason.label, reason.label_zh, reason.code), must ? "request_leave" : "not_ready", { reason: reason.code }, note);
    })}
    ${!isOut && button("out", "logged_out", say("do_logout"), "logout")}
  </nav>`;
}

const isCurrent = (agent, state, reason) =>
  (state === "ready" ? agent.presence === "ready" : reason !== undefined && agent.presence === "not_ready" && agent.reason === reason);

function Caller({ agent, feed, site, commands }) {
  const { call } = agent;
  const rings = agent.activity === "ringing";
  const popped = useRef(null);
  const whole = feed.unmasked.get(escape(agent.agent))?.data.call;
  const caller = whole?.call === call?.call ? whole?.caller : undefined;
  const address = call && site.screen_pop_url ? popAddress(site.screen_pop_url, { call, agent: agent.agent, number: caller?.number }) : null;
  useEffect(() => {
    if (address && rings && site.screen_pop_opens && popped.current !== call.call) {
      popped.current = call.call;
      window.open(address, "_blank", "noopener,noreferrer");
    }
  }, [address, rings]);
  if (!call) return html`<section class="caller panel empty"><p>${say("no_call")}</p></section>`;
  const joined = call.joined_at;
  const { number, name } = caller ?? call.caller;
  return html`<section class="caller panel ${rings ? "ringing" : "busy"}" aria-live="polite">
    <h2><${Icon} name=${rings ? "ringing" : "busy"} /> ${say(rings ? "rings_now" : "on_the_phone")} <${Since} at=${call.since} /></h2>
    <p class="number">${number ?? "–"}</p>
    <p>${name ?? ""}</p>
    <p class="queue"><b>${feed.boards.get(escape(call.queue))?.data.label ?? call.queue}</b>
      ${joined && html` <${Timed} text=${(now) => say("waited", { time: duration((rings ? now : call.since) - joined) })} />`}</p>
    <p class="buttons">
      ${address && html`<a class="button main" href=${address} target="_blank" rel="noopener noreferrer">${say("open_record")}</a>`}
      ${commands.may("hangup") && html`<button type="button" class="button" onClick=${() => commands.ask("hangup")}>${say("do_hangup")}</button>`}
    </p>
  </section>`;
}

function Day({ agent }) {
  const { today } = agent;
  const sum = (field) => (now) => duration(today[field] + (RUNNING[agent.state] === field ? now - agent.since : 0));
  const figure = (name, value) => html`<div><dt>${say(name)}</dt><dd>${value}</dd></div>`;
  const timed = (field) => html`<${Timed} text=${sum(field)} />`;
  return html`<section class="panel day"><h2>${say("my_day")}</h2><dl>
    ${figure("my_answered", count(today.answered))}
    ${figure("my_missed", count(today.ring_no_answer))}
    ${figure("my_late", count(today.late_answers))}
    ${figure("my_mean", today.answered ? duration(today.talk_seconds / today.answered) : "–")}
    ${figure("my_talk", duration(today.talk_seconds))}
    ${figure("my_hold", duration(today.hold_seconds))}
    ${figure("my_wrap_up", timed("wrap_up_seconds"))}
    ${figure("my_ready", timed("ready_seconds"))}
    ${figure("my_not_ready", timed("not_ready_seconds"))}
  </dl></section>`;
}

function Desk({ site, feed, commands, user, onSignOut }) {
  useFeed(feed);
  const [picked, pick] = useState(null);
  const id = ownAgent(feed, commands, picked);
  useOwnTopics(feed, commands, id);
  const agent = id ? feed.agents.get(escape(id))?.data : null;
  const { freshness } = feed;
  return html`
    <${Head} page="agent_page" title=${agent ? `${agent.name || id}` : say("agent_page")} freshness=${freshness}>
      <${Account} commands=${commands} user=${user} onSignOut=${onSignOut} />
    <//>
    <${Veil} ...${freshness} />
    <${ReadOnly} commands=${commands} />
    ${!id && commands.isAsked && html`<${WhichAgent} feed=${feed} onPick=${pick} />`}
    ${(!id && !commands.isAsked) || (id && !agent && freshness.kind === "waiting") ? html`<${Message}>${say("connecting")} …<//>` : ""}
    ${id && !agent && freshness.kind !== "waiting" && html`<${Message}>${say("not_an_agent", { agent: id })}<//>`}
    ${agent && html`<main class=${freshness.kind}>
      <div class="mine">
        <${State} agent=${agent} info=${feed.info} />
        <${Buttons} agent=${agent} info=${feed.info} commands=${commands} />
      </div>
      <div class="work">
        <${Caller} agent=${agent} feed=${feed} site=${site} commands=${commands} />
        <${Day} agent=${agent} />
        <${Callbacks} pbx=${look.pbx ?? site.pbxs[0]} isKept=${site.has_history} agent=${agent} commands=${commands} labelOf=${(queue) => feed.boards.get(escape(queue))?.data.label ?? queue} />
      </div>
    </main>`}
    <${Told} commands=${commands} />
  `;
}

desk({ page: "agent_page", filters: FILTERS, View: Desk });
