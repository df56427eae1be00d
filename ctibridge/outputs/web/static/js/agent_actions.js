// What may be done about one agent, as far as the one who is signed in may do it.
import { html, useState } from "./html.js";
import { Choice } from "./tiles.js";
import { labelOf, say } from "./words.js";

/** What Asterisk takes. */
const MOST_PENALTY = 1000;
const DIALLED = "\\+?[A-Za-z0-9_\\-]{1,32}";

/** A command with something to fill in: Enter in a field sends it, too. */
function Asking({ name, commands, values, children }) {
  if (!commands.may(name)) return null;
  const submit = (event) => {
    event.preventDefault();
    commands.ask(name, values(new FormData(event.target)));
  };
  return html`<form class="buttons" onSubmit=${submit}>${children}<button class="button">${say(`do_${name}`)}</button></form>`;
}

const NotReady = ({ agent, reasons, commands }) => {
  const [reason, choose] = useState(reasons[0].code);
  return html`<${Asking} name="not_ready" commands=${commands} values=${() => ({ agent: agent.agent, reason })}>
    <${Choice} name=${say("reason")} value=${reason} onChange=${choose}
      choices=${reasons.map((one) => [one.code, labelOf(one.label, one.label_zh, one.code)])} />
  <//>`;
};

const Transfer = ({ agent, commands }) => html`
  <${Asking} name="transfer" commands=${commands} values=${(fields) => ({ agent: agent.agent, to: fields.get("to").trim() })}>
    <label class="field"><span>${say("transfer_to")}</span>
      <input name="to" required pattern=${DIALLED} inputmode="tel" autocomplete="off" spellcheck="false" /></label>
  <//>
`;

function Penalty({ agent, labels, commands }) {
  const queues = Object.keys(agent.queues);
  const [queue, choose] = useState("");
  const all = queues.length > 1 ? [["", say("all")]] : [];
  const values = (fields) => ({ agent: agent.agent, penalty: Number(fields.get("penalty")), ...(queue ? { queue } : {}) });
  return html`<${Asking} name="set_penalty" commands=${commands} values=${values}>
    <label class="field"><span title=${say("penalty_hint")}>${say("penalty_field")}</span>
      <input name="penalty" type="number" required min="0" max=${MOST_PENALTY}
        defaultValue=${agent.queues[queue || queues[0]]?.penalty ?? 0} /></label>
    <${Choice} name=${say("queue")} value=${queue} onChange=${choose}
      choices=${[...all, ...queues.map((one) => [one, labels.get(one) ?? one])]} />
  <//>`;
}

export function Actions({ agent, info, labels, commands }) {
  const reasons = info?.pause_reasons ?? [];
  const isOut = agent.presence === "logged_out";
  const isTalking = agent.activity === "on_call" || agent.activity === "on_hold";
  const act = (name) => commands.may(name) && html`<button type="button" class="button" key=${name}
    onClick=${() => commands.ask(name, { agent: agent.agent })}>${say(`do_${name}`)}</button>`;
  return html`<div class="actions">
    <div class="buttons">
      ${agent.presence === "not_ready" && act("ready")}
      ${act(isOut ? "login" : "logout")}
      ${isTalking && ["monitor", "whisper", "barge"].map((name) => act(name))}
      ${agent.activity === "ringing" && act("pickup")}
      ${agent.call && act("hangup")}
    </div>
    ${!isOut && reasons.length > 0 && html`<${NotReady} agent=${agent} reasons=${reasons} commands=${commands} />`}
    ${isTalking && html`<${Transfer} agent=${agent} commands=${commands} />`}
    ${Object.keys(agent.queues).length > 0 && html`<${Penalty} agent=${agent} labels=${labels} commands=${commands} />`}
  </div>`;
}
