// Beside the tiles: what is wrong, who asks to leave, and who waits.
import { html, memo, useState } from "./html.js";
import { Icon } from "./icons.js";
import { Severity, alarmText } from "./parts.js";
import { callerText, reasonOf } from "./reasons.js";
import { Since } from "./ticking.js";
import { Choice } from "./tiles.js";
import { timeOfDay } from "./format.js";
import { say } from "./words.js";

/** Who has waited longest; the number of all stands above them. */
const CALLERS_SHOWN = 40;
const CALLER_COMMANDS = ["prioritise_caller", "withdraw_caller", "move_caller"];

const Panel = ({ title, number, empty, children }) => html`
  <section class="panel ${number === 0 ? "none" : ""}">
    <h2>${title}<small>${number || ""}</small></h2>
    ${number === 0 && html`<p class="empty"><${Icon} name="check" /> ${empty}</p>`}
    ${children}
  </section>
`;

const Button = ({ commands, name, values, kind = "", children }) =>
  commands.may(name) && html`<button type="button" class="button ${kind}" onClick=${() => commands.ask(name, values)}>
    ${children ?? say(`do_${name}`)}
  </button>`;

export const Alarms = ({ alarms, nameOf, commands }) => html`
  <${Panel} title=${say("alarms")} number=${alarms.length} empty=${say("no_alarms")}>
    <ul class="alarms">${alarms.map((alarm) => html`
      <li key=${alarm.alert} class="${alarm.severity} ${alarm.acknowledged_by ? "seen" : ""}">
        <${Severity} of=${alarm.severity} />
        <p><b>${nameOf(alarm)}</b> ${alarmText(alarm)}</p>
        <small>${say("since", { time: timeOfDay(alarm.since) })} · <${Since} at=${alarm.since} />
          ${alarm.acknowledged_by && ` · ${say("acknowledged_by", { user: alarm.acknowledged_by })}`}</small>
        ${!alarm.acknowledged_by && html`<${Button} commands=${commands} name="acknowledge_alert"
          values=${{ alert: alarm.alert }}>${say("acknowledge")}<//>`}
      </li>`)}
    </ul>
  <//>
`;

function leaveNote(leave) {
  const until = leave.expires_at && say("until", { time: timeOfDay(leave.expires_at) });
  const by = leave.decided_by && say("approved_by", { user: leave.decided_by });
  return [until, by].filter(Boolean).join(" · ");
}

export const Leave = ({ agents, info, commands }) => {
  const asking = agents.filter((agent) => agent.leave)
    .sort((one, other) => (one.leave.requested_at ?? 0) - (other.leave.requested_at ?? 0));
  return html`<${Panel} title=${say("leave_requests")} number=${asking.length} empty=${say("no_leave")}>
    <ul class="leave">${asking.map(({ agent, name, leave }) => html`<li key=${agent}>
      <p><b>${name || agent}</b> ${say(`leave_${leave.state}`)} · ${reasonOf(info, leave.reason)}</p>
      <small>${leave.requested_at && html`<${Since} at=${leave.requested_at} /> · `}${leaveNote(leave)}</small>
      ${leave.state === "requested" && html`<p class="buttons">
        <${Button} commands=${commands} name="approve_leave" values=${{ agent }} kind="main">${say("approve")}<//>
        <${Button} commands=${commands} name="refuse_leave" values=${{ agent }}>${say("refuse")}<//>
      </p>`}
    </li>`)}</ul>
  <//>`;
};

function CallerActions({ call, queue, queues, commands }) {
  const others = queues.filter((one) => one.queue !== queue);
  const [target, choose] = useState(others[0]?.queue);
  return html`<div class="buttons">
    <${Button} commands=${commands} name="prioritise_caller" values=${{ call }} />
    <${Button} commands=${commands} name="withdraw_caller" values=${{ call }} />
    ${commands.may("move_caller") && others.length > 0 && html`
      <${Choice} name=${say("move_to")} value=${target} onChange=${choose}
        choices=${others.map((one) => [one.queue, one.label])} />
      <${Button} commands=${commands} name="move_caller" values=${{ call, queue: target }} />`}
  </div>`;
}

const Place = memo(({ position, since, text, label, seconds }) => html`
  <span class="place" title=${say("position", { n: position })}>${position}</span>
  <b>${label}</b><span>${text}</span>
  <${Since} at=${since} late=${seconds} />
`);

/** What may be done is drawn for who was opened: with the choice of queues it is more than all the rest. */
function Folded({ call, queue, queues, commands, children }) {
  const [isOpen, open] = useState(false);
  return html`<details onToggle=${(event) => open(event.target.open)}>
    <summary>${children}</summary>
    ${isOpen && html`<${CallerActions} call=${call} queue=${queue} queues=${queues} commands=${commands} />`}
  </details>`;
}

export const Callers = ({ queues, commands }) => {
  const waiting = queues.flatMap((queue) => queue.callers.map((caller) => ({ caller, queue })))
    .sort((one, other) => one.caller.since - other.caller.since);
  const mayAct = CALLER_COMMANDS.some((name) => commands.may(name));
  const row = ({ caller, queue }) => html`<${Place} position=${caller.position} since=${caller.since}
    text=${callerText(caller.caller)} label=${queue.label} seconds=${queue.service_level.threshold_seconds} />`;
  const folded = (one) => html`<${Folded} call=${one.caller.call} queue=${one.queue.queue} queues=${queues}
    commands=${commands}>${row(one)}<//>`;
  return html`<${Panel} title=${say("callers")} number=${waiting.length} empty=${say("no_callers")}>
    <ol class="callers">
      ${waiting.slice(0, CALLERS_SHOWN).map((one) => html`<li key=${one.caller.call}>${mayAct ? folded(one) : row(one)}</li>`)}
    </ol>
    ${waiting.length > CALLERS_SHOWN && html`<p class="empty">+${waiting.length - CALLERS_SHOWN}</p>`}
  <//>`;
};
