// The caller who rings or talks: who, for which queue, after how long a wait; and their record elsewhere.
import { html, useEffect, useRef } from "./html.js";
import { Icon } from "./icons.js";
import { popAddress } from "./pop.js";
import { Since, Timed } from "./ticking.js";
import { duration } from "./format.js";
import { say } from "./words.js";

/** Open the record once for each call that rings, where the site wants that. */
function usePop(site, address, call, rings) {
  const popped = useRef(null);
  useEffect(() => {
    if (!address || !rings || !site.screen_pop_opens || popped.current === call.call) return;
    popped.current = call.call;
    window.open(address, "_blank", "noopener,noreferrer");
  }, [address, rings]);
}

/** `whole`: the same call with the caller unmasked, for those who may read it. */
export function Caller({ agent, whole, site, labelOfQueue, commands }) {
  const { call } = agent;
  const rings = agent.activity === "ringing";
  const caller = whole && whole.call === call?.call ? whole.caller : call?.caller;
  const address = call && site.screen_pop_url
    ? popAddress(site.screen_pop_url, { call, agent: agent.agent, number: caller.number })
    : null;
  usePop(site, address, call, rings);
  if (!call) return html`<section class="caller panel empty"><p>${say("no_call")}</p></section>`;
  const waited = (now) => say("waited", { time: duration((rings ? now : call.since) - call.joined_at) });
  const state = rings ? "ringing" : "busy";
  return html`<section class="caller panel ${state}" aria-live="polite">
    <h2><${Icon} name=${state} /> ${say(rings ? "rings_now" : "on_the_phone")} <${Since} at=${call.since} /></h2>
    <p class="number">${caller.number ?? "–"}</p>
    <p class="name">${caller.name ?? ""}</p>
    <p class="queue"><b>${labelOfQueue(call.queue)}</b>${call.joined_at && html` · <${Timed} text=${waited} />`}</p>
    <p class="buttons">
      ${address && html`<a class="button main" href=${address} target="_blank" rel="noopener noreferrer">
        ${say("open_record")}</a>`}
      ${commands.may("hangup") && html`<button type="button" class="button" onClick=${() => commands.ask("hangup")}>
        ${say("do_hangup")}</button>`}
    </p>
  </section>`;
}
