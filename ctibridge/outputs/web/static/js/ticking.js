// What changes with time alone: written into its own element once a second, so that nothing is drawn anew for it.
import { Component, html } from "./html.js";
import { duration } from "./format.js";
import * as clock from "./clock.js";

class Ticking extends Component {
  element = null;
  hold = (element) => {
    this.element = element;
  };

  componentDidMount() {
    this.end = clock.everySecond(() => this.paint(this.element));
    this.paint(this.element);
  }

  componentDidUpdate() {
    this.paint(this.element);
  }

  componentWillUnmount() {
    this.end();
  }

  shouldComponentUpdate(next) {
    return Object.keys(next).some((name) => next[name] !== this.props[name]);
  }
}

function write(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

/** How long ago `at` is; `late` (seconds) marks what has taken too long. */
export class Since extends Ticking {
  paint(element) {
    const { at, late } = this.props;
    const age = at === null || at === undefined ? null : clock.shownNow() - at;
    write(element, duration(age));
    element?.classList.toggle("long", age >= 600);
    element?.classList.toggle("late", late !== undefined && age !== null && age > late);
  }

  render() {
    return html`<span ref=${this.hold} class="since ${this.props.class ?? ""}"></span>`;
  }
}

/** A text that depends on the time, as a function of it. */
export class Timed extends Ticking {
  paint(element) {
    write(element, this.props.text(this.props.isReal ? clock.now() : clock.shownNow()));
  }

  render() {
    return html`<span ref=${this.hold} class=${this.props.class ?? ""}></span>`;
  }
}

/** A bar that runs out: how much of a limit is used, and by stage. */
export class LimitBar extends Ticking {
  paint(element) {
    if (!element) return;
    const { limit, warnAt = 0.8 } = this.props;
    const used = 1 - (limit.deadline - clock.shownNow()) / limit.seconds;
    const stage = used >= 1 ? "exceeded" : used >= warnAt || limit.stage === "warning" ? "warning" : "ok";
    element.dataset.stage = stage;
    element.firstElementChild.firstElementChild.style.transform = `scaleX(${Math.min(Math.max(1 - used, 0), 1)})`;
    write(element.lastElementChild, this.props.text(limit.deadline - clock.shownNow()));
  }

  render() {
    return html`<span ref=${this.hold} class="limit"><span class="track"><i></i></span><b></b></span>`;
  }
}
