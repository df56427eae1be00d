// Callers who gave up and are to be called back, from the history of the bridge, where we may read it.
import { html, useEffect, useState } from "./html.js";
import { shortDateOf, timeOfDay } from "./format.js";
import { say } from "./words.js";
import * as clock from "./clock.js";

const AGAIN_SECONDS = 60;
const SHOWN = 12;

/** A masked number cannot be dialled. */
const isWhole = (number) => Boolean(number) && !number.includes("*");

const moment = (text) => Date.parse(text) / 1000;

/** The list, or null where we may not have it. */
async function read(pbx) {
  const answer = await fetch(`api/v1/${encodeURIComponent(pbx)}/callbacks`, { cache: "no-store" });
  return answer.ok ? (await answer.json()).callbacks : null;
}

function when(at) {
  const isToday = Math.abs(at - clock.now()) < 12 * 3600;
  return isToday ? timeOfDay(at) : `${shortDateOf(at)} ${timeOfDay(at)}`;
}

export function Callbacks({ pbx, isKept, agent, commands, labelOfQueue }) {
  const [list, set] = useState(null);
  const [isReadable, tell] = useState(isKept);
  useEffect(() => {
    if (!isKept) return undefined;
    const again = async () => {
      try {
        const found = await read(pbx);
        set(found);
        tell(found !== null);
        // Whoever may not read it now may not in a minute.
        if (found === null) clearInterval(timer);
      } catch {
        tell(false);
      }
    };
    const timer = setInterval(again, AGAIN_SECONDS * 1000);
    again();
    return () => clearInterval(timer);
  }, [pbx]);
  const own = (list ?? []).filter((one) => one.queue in agent.queues && !one.is_short).slice(0, SHOWN);
  return html`<section class="panel callbacks">
    <h2>${say("callbacks")}<small>${own.length || ""}</small></h2>
    ${!isReadable && html`<p class="empty">${say(isKept ? "callbacks_unreachable" : "callbacks_not_kept")}</p>`}
    ${isReadable && list && !own.length && html`<p class="empty">${say("no_callbacks")}</p>`}
    <ul>${own.map((one) => html`<li key=${one.call} class=${one.is_overdue ? "overdue" : ""}>
      <b>${one.caller_number ?? "–"}</b>
      <span>${labelOfQueue(one.queue)} · ${say("gave_up_times", { n: one.attempts })}</span>
      <small>${say("call_back_until", { time: when(moment(one.deadline)) })}</small>
      ${commands.may("originate") && isWhole(one.caller_number) && html`<button type="button" class="button"
        onClick=${() => commands.ask("originate", { to: one.caller_number })}>${say("do_originate")}</button>`}
    </li>`)}</ul>
  </section>`;
}
