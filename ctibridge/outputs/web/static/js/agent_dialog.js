// One agent in full, and what may be done about this one.
import { html, useEffect, useRef } from "./html.js";
import { Actions } from "./agent_actions.js";
import { Told } from "./desk.js";
import { Icon } from "./icons.js";
import { callerText, limitText, reasonOf, warnAtOf } from "./reasons.js";
import { LimitBar, Since } from "./ticking.js";
import { duration } from "./format.js";
import { say } from "./words.js";

const Limit = ({ agent, info }) => html`
  <${LimitBar} limit=${agent.limit} warnAt=${warnAtOf(info, agent.reason)} text=${limitText} />
  <p class="empty">${say("limit", { limit: duration(agent.limit.seconds) })}
    ${agent.limit.approved_by && ` · ${say("approved_by", { user: agent.limit.approved_by })}`}</p>
`;

const Memberships = ({ agent, labels }) => html`
  <ul class="memberships">${Object.entries(agent.queues).map(([name, one]) => html`<li key=${name}>
    ${labels.get(name) ?? name}<small>${one.penalty ? ` ${say("penalty", { n: one.penalty })}` : ""}
      ${one.paused ? ` ${say("paused_in")}` : ""}</small></li>`)}
  </ul>
`;

export function AgentDialog({ agent, feed, labels, commands, onClose }) {
  const dialog = useRef(null);
  useEffect(() => dialog.current?.showModal(), []);
  const { info } = feed;
  const name = agent.name || agent.agent;
  const team = agent.team && (info?.teams[agent.team]?.label || agent.team);
  return html`<dialog ref=${dialog} class="panel ${agent.state}" aria-label=${say("details", { name })} onClose=${onClose}>
    <header>
      <h2>${name} <small>${[agent.agent, team].filter(Boolean).join(" · ")}</small></h2>
      <button type="button" class="button" onClick=${() => dialog.current.close()}>${say("close")}</button>
    </header>
    <p class="state">
      <${Icon} name=${agent.state} /> <b>${say(agent.state)}</b>
      ${agent.reason && ` · ${reasonOf(info, agent.reason, agent.reason_label)}`} <${Since} at=${agent.since} />
    </p>
    ${agent.limit && html`<${Limit} agent=${agent} info=${info} />`}
    ${agent.call && html`<p>
      ${say("call")} · <b>${labels.get(agent.call.queue) ?? agent.call.queue}</b> ${callerText(agent.call.caller)}
      ${" "}· <${Since} at=${agent.call.since} />
    </p>`}
    <${Memberships} agent=${agent} labels=${labels} />
    <${Actions} agent=${agent} info=${info} labels=${labels} commands=${commands} />
    <${Told} commands=${commands} />
  </dialog>`;
}
