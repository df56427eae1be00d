// The day by half hours: bars are calls, the line is the share that was answered in time.
import uPlot from "../vendor/uplot.js";
import { Component, html } from "./html.js";
import { percent, timeOfDay } from "./format.js";
import { say } from "./words.js";

const HALF_HOUR = 1800;
const LEAST_HOURS = 4;

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function level(half) {
  const judged = half.service_level_met + half.service_level_missed;
  return judged ? half.service_level_met / judged : null;
}

/** Columns of uPlot: middle of the half hour, calls, abandoned, service level in percent. */
export function columns(curve) {
  const halves = curve.half_hours;
  return [
    halves.map((half) => half.since + HALF_HOUR / 2),
    halves.map((half) => half.offered),
    halves.map((half) => half.abandoned),
    halves.map((half) => (level(half) === null ? null : level(half) * 100)),
  ];
}

export function summary(curve) {
  const last = curve?.half_hours.at(-1);
  if (!last) return say("no_calls_yet");
  const words = { offered: say("calls", { n: last.offered }), time: timeOfDay(last.since), level: percent(level(last)) };
  return `${say("curve")}: ${say("curve_latest", words)}`;
}

function span(curve) {
  const first = curve.half_hours[0]?.since ?? curve.since;
  const last = (curve.half_hours.at(-1)?.since ?? first) + HALF_HOUR;
  return [Math.min(first, last - LEAST_HOURS * 3600), last];
}

function options(curve, { width, height, size }, target) {
  const [ink, soft, line] = [colour("--ink"), colour("--soft"), colour("--line")];
  const font = `500 ${size}px Barlow, sans-serif`;
  const bars = uPlot.paths.bars({ size: [0.72, 60], radius: 0.12 });
  return {
    width,
    height,
    padding: [size * 0.6, 0, 0, 0],
    cursor: { show: false },
    legend: { show: false },
    scales: {
      x: { time: false, range: () => span(curve) },
      calls: { range: (_, __, most) => [0, Math.max(4, Math.ceil((most || 1) * 1.05))] },
      level: { range: () => [0, 104] },
    },
    axes: [
      {
        stroke: soft, font, size: size * 1.7, gap: size * 0.2, grid: { show: false },
        ticks: { show: true, stroke: line, width: 1, size: 4 },
        splits: (_, __, from, to) => hours(from, to, width, size), values: (_, splits) => splits.map(timeOfDay),
      },
      { scale: "calls", stroke: soft, font, size: size * 1.9, gap: size * 0.4, ticks: { show: false }, grid: { stroke: line, width: 1 },
        splits: (_, __, from, to) => (height > size * 6 ? [0, Math.round(to / 2), Math.floor(to)] : [0, Math.floor(to)]) },
      { scale: "level", side: 1, stroke: soft, font, size: size * 3.1, gap: size * 0.4, ticks: { show: false }, grid: { show: false },
        splits: () => (target < 0.9 && height > size * 8 ? [0, target * 100, 100] : [0, target * 100]),
        values: (_, splits) => splits.map((one) => `${Math.round(one)} %`) },
    ],
    series: [
      {},
      { scale: "calls", fill: colour("--bar"), paths: bars, points: { show: false } },
      { scale: "calls", fill: colour("--bad"), paths: bars, points: { show: false } },
      { scale: "level", stroke: ink, width: size / 7, spanGaps: true, points: { show: true, size: size / 2, fill: ink } },
    ],
    hooks: { drawAxes: [(chart) => targetLine(chart, target * 100)] },
  };
}

/** Full hours, so few that their texts do not touch. */
function hours(from, to, width, size) {
  const step = [1, 2, 3, 4, 6].find((one) => (to - from) / (one * 3600) <= width / (size * 5)) ?? 12;
  const splits = [];
  for (let at = Math.ceil(from / 3600) * 3600; at <= to; at += 3600) {
    if (Number.parseInt(timeOfDay(at), 10) % step === 0) splits.push(at);
  }
  return splits;
}

function targetLine(chart, at) {
  const y = chart.valToPos(at, "level", true);
  const { ctx, bbox } = chart;
  ctx.save();
  ctx.strokeStyle = colour("--soft");
  ctx.setLineDash([6, 5]);
  ctx.lineWidth = 1.5;
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}

export class Curve extends Component {
  room = null;
  hold = (element) => {
    this.room = element;
  };

  componentDidMount() {
    this.watcher = new ResizeObserver(() => this.plot());
    this.watcher.observe(this.room);
    this.themes = new MutationObserver(() => this.plot());
    this.themes.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    document.fonts?.ready.then(() => this.plot());
  }

  componentDidUpdate() {
    this.plot();
  }

  componentWillUnmount() {
    this.watcher.disconnect();
    this.themes.disconnect();
    this.chart?.destroy();
    this.chart = null;
  }

  shouldComponentUpdate(next) {
    return next.curve !== this.props.curve || next.target !== this.props.target;
  }

  plot() {
    const { room } = this;
    if (!room) return;
    this.chart?.destroy();
    this.chart = null;
    const { curve, target } = this.props;
    const { clientWidth: width, clientHeight: height } = room;
    if (!curve?.half_hours.length || width < 80 || height < 50) return;
    const size = Math.max(10, Number.parseFloat(getComputedStyle(room).fontSize));
    this.chart = new uPlot(options(curve, { width, height, size }, target), columns(curve), room);
  }

  render({ curve, seconds }) {
    const isEmpty = !curve?.half_hours.length;
    return html`
      <figure class="curve" role="img" aria-label=${summary(curve)}>
        <div class="plot" ref=${this.hold}></div>
        ${isEmpty && html`<p class="empty">${say("no_calls_yet")}</p>`}
        ${!isEmpty && html`<figcaption aria-hidden="true">
          <span class="key bars">${say("offered")}</span>
          <span class="key bars lost">${say("abandoned")}</span>
          <span class="key line">${say("service_level", { seconds })}</span>
        </figcaption>`}
      </figure>
    `;
  }
}

