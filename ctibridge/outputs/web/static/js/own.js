// An agent's own state, the buttons that change it, and the day's figures.
import { html } from "./html.js";
import { Icon } from "./icons.js";
import { limitText, reasonOf, warnAtOf } from "./reasons.js";
import { LimitBar, Since, Timed } from "./ticking.js";
import { count, duration, timeOfDay } from "./format.js";
import { labelOf, say } from "./words.js";

/** What counts on top of a day's sum while the state lasts. */
const RUNNING = {
  ready: "ready_seconds", not_ready: "not_ready_seconds", wrap_up: "wrap_up_seconds", busy: "busy_seconds",
};

const Limit = ({ agent, info }) => html`
  <${LimitBar} limit=${agent.limit} warnAt=${warnAtOf(info, agent.reason)} text=${limitText} />
  <p class="note">${say("limit", { limit: duration(agent.limit.seconds) })}
    ${agent.limit.approved_by && ` · ${say("approved_by", { user: agent.limit.approved_by })}`}</p>
`;

const LeaveNote = ({ leave, info }) => html`<p class="note">
  <${Icon} name=${leave.state === "approved" ? "check" : "unknown"} />
  ${" "}${say(leave.state === "approved" ? "leave_granted" : "leave_asked")} ${reasonOf(info, leave.reason)}
  ${leave.expires_at && ` · ${say("until", { time: timeOfDay(leave.expires_at) })}`}
</p>`;

export const State = ({ agent, info }) => html`
  <section class="own ${agent.state}">
    <p class="word"><${Icon} name=${agent.state} /> ${say(agent.state)}
      ${agent.reason && html` <span>${reasonOf(info, agent.reason, agent.reason_label)}</span>`}</p>
    <p class="timer"><${Since} at=${agent.since} /></p>
    ${agent.limit && html`<${Limit} agent=${agent} info=${info} />`}
    ${agent.leave && html`<${LeaveNote} leave=${agent.leave} info=${info} />`}
  </section>
`;

const Act = ({ state, text, note, isOn, commands, name, values }) => html`
  <button type="button" class="act ${state}" disabled=${!commands.may(name)} aria-pressed=${isOn}
    onClick=${() => commands.ask(name, values)}>
    <${Icon} name=${state} /><span>${text}${note && html`<small>${note}</small>`}</span>
  </button>
`;

/** Going for a reason that needs approval asks for it first. */
function Reason({ reason, agent, commands }) {
  const mustAsk = reason.needs_approval && agent.leave?.state !== "approved" && commands.may("request_leave");
  const limit = reason.limit ? say("limit", { limit: duration(reason.limit) }) : "";
  return html`<${Act} state=${reason.counts_as === "wrap_up" ? "wrap_up" : "not_ready"}
    text=${labelOf(reason.label, reason.label_zh, reason.code)} note=${mustAsk ? say("needs_approval") : limit}
    isOn=${agent.presence === "not_ready" && agent.reason === reason.code}
    commands=${commands} name=${mustAsk ? "request_leave" : "not_ready"} values=${{ reason: reason.code }} />`;
}

/** Asking to leave, or taking it back. */
function AskForLeave({ agent, reasons, commands }) {
  if (agent.leave) {
    return html`<${Act} state="leave" text=${say("do_withdraw_leave")} isOn=${true} commands=${commands}
      name="withdraw_leave" values=${{}} />`;
  }
  const reason = reasons.find((one) => one.needs_approval) ?? reasons[0];
  return reason && html`<${Act} state="leave" text=${say("do_request_leave")} isOn=${false}
    note=${labelOf(reason.label, reason.label_zh, reason.code)} commands=${commands} name="request_leave"
    values=${{ reason: reason.code }} />`;
}

export function Buttons({ agent, info, commands }) {
  const reasons = info?.pause_reasons ?? [];
  if (agent.presence === "logged_out") {
    return html`<nav class="acts" aria-label=${say("state")}>
      <${Act} state="ready" text=${say("do_login")} isOn=${false} commands=${commands} name="login" values=${{}} />
    </nav>`;
  }
  return html`<nav class="acts" aria-label=${say("state")}>
    <${Act} state="ready" text=${say("do_ready")} isOn=${agent.presence === "ready"} commands=${commands}
      name="ready" values=${{}} />
    ${reasons.map((reason) => html`<${Reason} key=${reason.code} reason=${reason} agent=${agent} commands=${commands} />`)}
    <${AskForLeave} agent=${agent} reasons=${reasons} commands=${commands} />
    <${Act} state="logged_out" text=${say("do_logout")} isOn=${false} commands=${commands} name="logout" values=${{}} />
  </nav>`;
}

export function Day({ agent }) {
  const { today } = agent;
  const sum = (field) => (now) => duration(today[field] + (RUNNING[agent.state] === field ? now - agent.since : 0));
  const figure = (name, value) => html`<div><dt>${say(name)}</dt><dd>${value}</dd></div>`;
  const running = (field) => html`<${Timed} text=${sum(field)} />`;
  return html`<section class="panel day"><h2>${say("my_day")}</h2><dl>
    ${figure("my_answered", count(today.answered))}
    ${figure("my_missed", count(today.ring_no_answer))}
    ${figure("my_late", count(today.late_answers))}
    ${figure("my_mean", duration(today.answered ? today.talk_seconds / today.answered : null))}
    ${figure("my_talk", duration(today.talk_seconds))}
    ${figure("my_hold", duration(today.hold_seconds))}
    ${figure("my_wrap_up", running("wrap_up_seconds"))}
    ${figure("my_ready", running("ready_seconds"))}
    ${figure("my_not_ready", running("not_ready_seconds"))}
  </dl></section>`;
}
