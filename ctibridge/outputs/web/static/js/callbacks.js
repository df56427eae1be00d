// Callers who gave up and are to be called back: the bridge is asked, as for anything else, by the one who signed in.
import { html, useEffect, useState } from "./html.js";
import { shortDateOf, timeOfDay } from "./format.js";
import { say } from "./words.js";
import * as clock from "./clock.js";

const AGAIN_SECONDS = 60;
const SHOWN = 12;

/** A masked number cannot be dialled. */
const isWhole = (number) => Boolean(number) && !number.includes("*");

function when(at) {
  const isToday = Math.abs(at - clock.now()) < 12 * 3600;
  return isToday ? timeOfDay(at) : `${shortDateOf(at)} ${timeOfDay(at)}`;
}

/** The list; null where it was not given, undefined while it is asked for: each minute, and when queues change. */
function useCallbacks(commands, isAble, queues) {
  const [list, set] = useState(undefined);
  useEffect(() => {
    if (!isAble) return undefined;
    const again = async () => {
      const answer = await commands.look("callbacks");
      set((known) => answer?.callbacks?.callbacks ?? (answer ? null : (known ?? null)));
    };
    again();
    const timer = setInterval(again, AGAIN_SECONDS * 1000);
    return () => clearInterval(timer);
  }, [isAble, queues]);
  return list;
}

/** Why there is no list, or that nobody is on it; nothing while it is asked for. */
function note({ me, isAsked }, list, own) {
  if (list) return own.length ? null : "no_callbacks";
  if (me?.off.callbacks) return "callbacks_not_kept";
  const isRefused = list === null || (isAsked && !me?.commands.includes("callbacks"));
  return isRefused ? "callbacks_unreachable" : null;
}

export function Callbacks({ agent, commands, labelOfQueue }) {
  const list = useCallbacks(commands, commands.may("callbacks"), Object.keys(agent.queues).join());
  const own = (list ?? []).filter((one) => one.queue in agent.queues && !one.is_short);
  const text = note(commands, list, own);
  return html`<section class="panel callbacks">
    <h2>${say("callbacks")}<small>${own.length || ""}</small></h2>
    ${text && html`<p class="empty">${say(text)}</p>`}
    <ul>${own.slice(0, SHOWN).map((one) => html`<li key=${one.call} class=${one.is_overdue ? "overdue" : ""}>
      <b>${one.caller_number ?? "–"}</b>
      <span>${labelOfQueue(one.queue)} · ${say("gave_up_times", { n: one.attempts })}</span>
      <small>${say(one.is_overdue ? "call_back_was_due" : "call_back_until", { time: when(one.deadline) })}</small>
      ${commands.may("originate") && isWhole(one.caller_number) && html`<button type="button" class="button"
        onClick=${() => commands.ask("originate", { to: one.caller_number })}>${say("do_originate")}</button>`}
    </li>`)}</ul>
  </section>`;
}
