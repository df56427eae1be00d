// What all pages share: the head, the word on how fresh things are, and alarms.
import { html, memo, useEffect, useState } from "./html.js";
import { Icon } from "./icons.js";
import { Timed } from "./ticking.js";
import { dateOf, duration, inUnit, timeOfDay, timeWithSeconds } from "./format.js";
import { isDark, look, setLanguage, setTheme } from "./look.js";
import { labelOf, say } from "./words.js";

/** The states in which a member of a queue can be, best first. */
export const STATES = ["ready", "ringing", "busy", "wrap_up", "not_ready", "unreachable", "unknown"];
export const SEVERITIES = ["critical", "warning", "info"];

/** Draw again whenever the feed has news. */
export function useFeed(feed) {
  const [, again] = useState(0);
  useEffect(() => (feed ? feed.listen(() => again((n) => n + 1)) : undefined), [feed]);
}

function lamp(freshness) {
  switch (freshness.kind) {
    case "live":
      return ["ready", say("live")];
    case "degraded":
      return ["warning", say("degraded")];
    case "stale":
      return ["unreachable", say(`stale_${freshness.cause}`)];
    default:
      return ["unknown", say("connecting")];
  }
}

const Lamp = ({ freshness }) => {
  const [icon, text] = lamp(freshness);
  return html`<span class="lamp ${freshness.kind}" role="status" title=${freshness.reason ?? ""}>
    <${Icon} name=${icon} />${text}
  </span>`;
};

const PAGES = [["./", "wallboard"], ["floor", "floor"], ["agent", "agent_page"]];

function Menu({ page }) {
  const [, again] = useState(0);
  const change = () => {
    setTheme(isDark() ? "light" : "dark");
    again((n) => n + 1);
  };
  return html`<nav class="menu">
    ${PAGES.map(([href, name]) => html`<a href=${href} aria-current=${name === page ? "page" : undefined}>${say(name)}</a>`)}
    <button type="button" onClick=${change}>${say(isDark() ? "light" : "dark")}</button>
    <button type="button" lang=${look.language === "zh" ? "en" : "zh-CN"}
      onClick=${() => setLanguage(look.language === "zh" ? "en" : "zh")}>${say("other_language")}</button>
  </nav>`;
}

/** Title, menu, how fresh everything is, and the site's time of day. */
export const Head = ({ page, title, freshness, children }) => html`
  <header class="head">
    <h1>${title}</h1>
    ${children}
    ${!look.isKiosk && html`<${Menu} page=${page} />`}
    ${freshness && html`<${Lamp} freshness=${freshness} />`}
    <p class="clock">
      <${Timed} class="date" isReal text=${dateOf} />
      <${Timed} class="time" isReal text=${look.isKiosk || page === "wallboard" ? timeOfDay : timeWithSeconds} />
    </p>
  </header>
`;

/** Says over the whole page that what stands below is old, and how old. */
export const Veil = memo(({ kind, cause, since, reason }) => {
  if (kind === "degraded") return html`<p class="notice" role="alert"><${Icon} name="warning" />${reason}</p>`;
  if (kind !== "stale") return null;
  const text = (now) =>
    say("stale_since", { time: timeWithSeconds(since), ago: duration(now - since) });
  return html`<div class="veil" role="alert">
    <p><${Icon} name="unreachable" /><strong>${say(`stale_${cause}`)}</strong> <${Timed} isReal text=${text} /></p>
  </div>`;
});

/** What stands between the page and its figures. */
export const Message = ({ children }) => html`<p class="message">${children}</p>`;

export const bySeverity = (one, other) =>
  SEVERITIES.indexOf(one.severity) - SEVERITIES.indexOf(other.severity) || one.since - other.since;

/** What an alarm is about and how far it has gone. */
export function alarmText(alarm) {
  const what = labelOf(alarm.label, alarm.label_zh, alarm.rule);
  if (typeof alarm.value !== "number") return what;
  const value = inUnit(alarm.value, alarm.unit);
  const threshold = typeof alarm.threshold === "number" ? inUnit(alarm.threshold, alarm.unit) : null;
  return `${what} · ${threshold === null ? value : say("value_of", { value, threshold })}`;
}

export const Severity = ({ of }) => html`<span class="severity ${of}"><${Icon} name=${of} />${say(`severity_${of}`)}</span>`;

