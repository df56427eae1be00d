// The wallboard: queues for a screen across the room. It reads figures of queues and nothing about people.
import { Component, html, memo, render, useEffect, useState } from "./html.js";
import { Curve } from "./curve.js";
import { Feed } from "./feed.js";
import { Icon } from "./icons.js";
import { Head, Message, STATES, Severity, Veil, alarmText, bySeverity, useFeed } from "./parts.js";
import { Since } from "./ticking.js";
import { compareNames, count, percent, setOffset, timeOfDay } from "./format.js";
import { dress, look } from "./look.js";
import { refresh, site as askSite } from "./site.js";
import { rootOf } from "./topics.js";
import { say } from "./words.js";

const FILTERS = ["status", "info", "queue/+/board", "queue/+/stats", "queue/+/curve"];
const CARDS_A_PAGE = 6;
const ROTATE_SECONDS = 15;
/** Below this a card cannot be read across a room: then there are fewer beside each other, and the page scrolls. */
const LEAST_CARD = { width: 330, height: 260 };
const NARROW = 480;

const Figure = ({ name, value, note, class: kind = "" }) => html`
  <div class="figure ${kind}"><dt>${name}</dt><dd>${value}${note && html`<small>${note}</small>`}</dd></div>
`;

const Members = memo(({ members }) => {
  const shown = STATES.filter((state) => members[state] > 0);
  return html`<div class="members">
    <div class="bar" aria-hidden="true">
      ${shown.map((state) => html`<i key=${state} class=${state} ref=${grow(members[state])}></i>`)}
    </div>
    ${shown.length === 0 && html`<p>${say("nobody")}</p>`}
    <ul>
      ${shown.map((state) => html`<li key=${state} class=${state}>
        <b><${Icon} name=${state} />${members[state]}</b>${say(state)}
      </li>`)}
    </ul>
  </div>`;
});

/** Widths are set on the element: the policy of the page allows no styles in its text. */
function grow(share) {
  return (element) => {
    if (element) element.style.flexGrow = share;
  };
}

function serviceLevel(figures) {
  const { service_level_met: met = 0, service_level_missed: missed = 0 } = figures?.counts ?? {};
  return met + missed ? met / (met + missed) : null;
}

const Gauge = ({ ratio, target, name, note }) => {
  const isMissed = ratio !== null && ratio < target;
  return html`<div class="figure gauge ${isMissed ? "missed" : ratio === null ? "" : "met"}">
    <dt>${name}</dt>
    <dd>
      <span class="mark">${ratio !== null && html`<${Icon} name=${isMissed ? "warning" : "check"} />`}</span>${percent(ratio)}
      <small>${note}</small>
    </dd>
    <div class="scale" aria-hidden="true"><i ref=${fill(ratio ?? 0)}></i><b ref=${place(target)}></b></div>
  </div>`;
};

const fill = (ratio) => (element) => element && (element.style.transform = `scaleX(${ratio})`);
const place = (ratio) => (element) => element && (element.style.left = `${ratio * 100}%`);

const Card = memo(({ board, stats, curve, rings, isOld }) => {
  const { threshold_seconds: seconds, target_ratio: target } = board.service_level;
  const day = stats?.day;
  const recent = serviceLevel(stats?.last_30_minutes);
  const today = serviceLevel(day);
  const alarms = [...(board.alarms ?? [])].sort(bySeverity);
  const waits = board.waiting > 0;
  return html`<article class="card ${isOld ? "old" : ""} ${alarms.length ? `alarmed ${alarms[0].severity}` : ""}"><div class="inside">
    <h2 title=${board.label}><span>${board.label}</span>${alarms.length > 0 && html`<${Severity} of=${alarms[0].severity} />`}</h2>
    <dl class="now">
      <${Figure} class="big ${waits ? "some" : "none"}" name=${say("waiting")} value=${count(board.waiting)} />
      <${Figure} class="big ${waits ? "some" : "none"}" name=${say("longest_wait")}
        value=${html`<${Since} at=${waits ? board.oldest_since : null} late=${seconds} />`}
        note=${html`<span class="over"><${Icon} name="warning" />${say("over_threshold", { seconds })}</span>`} />
    </dl>
    <dl class="day">
      <${Gauge} name=${say("service_level", { seconds })} ratio=${recent ?? today} target=${target}
        note=${`${say(recent === null ? "today" : "last_30_minutes")} · ${say("target", { target: percent(target) })}`} />
      <${Figure} name=${say("within_rings", { rings })} value=${percent(day?.within_rings_ratio)} note=${say("today")} />
      <${Figure} name=${say("abandoned")} value=${count(day?.counts.abandoned)}
        note=${`${percent(day?.abandon_rate)} · ${say("today")}`} />
    </dl>
    <${Members} members=${board.members} />
    <${Curve} curve=${curve} target=${target} seconds=${seconds} />
  </div></article>`;
});

const Banner = ({ boards }) => {
  const alarms = boards.flatMap((board) => (board.alarms ?? []).map((alarm) => ({ ...alarm, queueLabel: board.label })));
  if (!alarms.length) return null;
  const shown = alarms.sort(bySeverity).slice(0, 3);
  return html`<div role="alert"><ul class="banner">
    ${shown.map((alarm) => html`<li key=${alarm.alert} class=${alarm.severity}>
      <${Icon} name=${alarm.severity} /><b>${alarm.queueLabel}</b>
      <span>${alarmText(alarm)}</span><small>${say("since", { time: timeOfDay(alarm.since) })}</small>
    </li>`)}
    ${alarms.length > shown.length && html`<li class="more">+${alarms.length - shown.length}</li>`}
  </ul></div>`;
};

/** Which queues, in the order of the address, else by label. */
function chosen(feed) {
  const entries = Array.from(feed.boards.values());
  const wanted = (data) => {
    const names = [data.queue.toLowerCase(), data.label.toLowerCase()];
    return look.queues.findIndex((one) => names.includes(one));
  };
  if (!look.queues.length) return entries.sort((one, other) => compareNames(one.data.label, other.data.label));
  return entries.filter((entry) => wanted(entry.data) >= 0).sort((one, other) => wanted(one.data) - wanted(other.data));
}

/** The unit of a card's type for its size, as css/wallboard.css has it. */
function unit(width, height) {
  return width > height * 1.02 ? Math.min(width * 0.008, height * 0.0102) : Math.min(width * 0.01, height * 0.0066);
}

/** As many columns as make the type largest. */
function columnsFor(number, width, height) {
  const most = Math.min(number, Math.max(1, Math.floor(width / (LEAST_CARD.width * look.size))));
  const size = (columns) => unit(width / columns, height / Math.ceil(number / columns));
  const possible = Array.from({ length: most }, (_, index) => index + 1);
  return possible.reduce((best, one) => (size(one) > size(best) ? one : best), 1);
}

/** How many can be read across a room, six at most: nobody scrolls there. On a telephone one does. */
function fitting(width, height) {
  if (width < NARROW) return CARDS_A_PAGE;
  let number = CARDS_A_PAGE;
  const isHighEnough = () => {
    const columns = columnsFor(number, width, height);
    return height / Math.ceil(number / columns) >= leastHeight(width);
  };
  while (number > 1 && !isHighEnough()) number -= 1;
  return number;
}

/** On a telephone cards are below each other, and as high as their width needs. */
function leastHeight(width) {
  return width < NARROW ? width * 1.45 : LEAST_CARD.height * look.size;
}

function usePage(pages) {
  const [page, turn] = useState(0);
  useEffect(() => {
    if (pages < 2) return undefined;
    const timer = setInterval(() => turn((now) => now + 1), (look.rotate ?? ROTATE_SECONDS) * 1000);
    return () => clearInterval(timer);
  }, [pages]);
  return page % pages;
}

class Grid extends Component {
  element = null;
  hold = (element) => {
    this.element = element;
  };

  componentDidMount() {
    this.watcher = new ResizeObserver(() => this.arrange());
    this.watcher.observe(this.element);
    this.arrange();
  }

  componentDidUpdate() {
    this.arrange();
  }

  componentWillUnmount() {
    this.watcher.disconnect();
  }

  arrange() {
    const { number } = this.props;
    const { clientWidth: width, clientHeight: height } = this.element;
    const columns = columnsFor(number, width, height);
    const rows = Math.ceil(number / columns);
    this.element.style.setProperty("--columns", columns);
    this.element.style.setProperty("--rows", rows);
    this.element.style.setProperty("--least", `${leastHeight(width)}px`);
    this.props.onFit(fitting(width, height));
  }

  render({ children }) {
    return html`<div class="grid" ref=${this.hold}>${children}</div>`;
  }
}

function Board({ site, feed }) {
  useFeed(feed);
  const entries = chosen(feed);
  const [number, fit] = useState(CARDS_A_PAGE);
  const pages = Math.max(1, Math.ceil(entries.length / number));
  const page = usePage(pages);
  const shown = entries.slice(page * number, (page + 1) * number);
  const freshness = feed.freshness;
  return html`
    <${Head} page="wallboard" title=${site.title || say("title")} freshness=${freshness}>
      ${pages > 1 && html`<p class="pages">${say("page_of", { page: page + 1, pages })}</p>`}
    <//>
    <${Veil} ...${freshness} />
    <main class=${freshness.kind}>
      <${Banner} boards=${entries.map((entry) => entry.data)} />
      ${shown.length === 0 && html`<${Nothing} feed=${feed} />`}
      ${shown.length > 0 && html`<${Grid} number=${shown.length} onFit=${fit}>
        ${shown.map((entry) => html`<${Card} key=${entry.data.queue} board=${entry.data}
          stats=${dataOf(feed.stats, entry)} curve=${dataOf(feed.curves, entry)}
          rings=${ringsOf(feed.info, entry.data.queue)} isOld=${!feed.isOfThisEpoch(entry)} />`)}
      <//>`}
    </main>
  `;
}

const dataOf = (family, { level }) => family.get(level)?.data;

function ringsOf(info, queue) {
  return (info?.queues[queue]?.policy ?? info?.defaults)?.rings ?? 2;
}

function Nothing({ feed }) {
  if (feed.freshness.kind === "waiting") return html`<${Message}>${say("connecting")} …<//>`;
  const isChosen = look.queues.length && feed.boards.size;
  return html`<${Message}>${isChosen ? say("no_such_queues", { queues: look.queues.join(", ") }) : say("no_queues")}<//>`;
}

function Plain({ text }) {
  return html`
    <${Head} page="wallboard" title=${say("title")} freshness=${{ kind: "waiting" }} />
    <main><${Message}>${text}<//></main>
  `;
}

dress();
const root = document.querySelector("#page");
const show = (content) => render(content, root);

async function start() {
  const site = await askSite(() => show(html`<${Plain} text=${say("no_site")} />`));
  setOffset(site.utc_offset);
  document.title = site.title || say("title");
  if (!site.websocket_url) {
    show(html`<${Plain} text=${say("no_websocket")} />`);
    return;
  }
  const feed = new Feed({
    site,
    root: rootOf(site.base, look.pbx ?? site.pbxs[0]),
    credentials: site.board,
    filters: FILTERS,
    onOnline: refresh,
    onRefused: () => show(html`<${Plain} text=${say("board_refused")} />`),
  });
  show(html`<${Board} site=${site} feed=${feed} />`);
}

start();
