// What changes with time alone: written into its own element once a second, so that nothing is drawn anew for it.
import { Component, html } from "./html.js";
import { duration } from "./format.js";
import * as clock from "./clock.js";

/** There are hundreds of them: an element is touched only when it is to say something else than what was said last. */
class Ticking extends Component {
  element = null;
  said = {};
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

  /** Whether something is news; it is not when asked again. */
  isNews(what, value) {
    if (this.said[what] === value) return false;
    this.said[what] = value;
    return true;
  }

  /** Another text in the same node is less work for a browser than another node. */
  write(element, text) {
    if (!this.isNews("text", text)) return;
    if (element.firstChild) element.firstChild.data = text;
    else element.textContent = text;
  }

  mark(element, name, isOn) {
    if (this.isNews(name, isOn)) element.classList.toggle(name, isOn);
  }
}

/** How long ago `at` is; `late` (seconds) marks what has taken too long. */
export class Since extends Ticking {
  paint(element) {
    const { at, late } = this.props;
    const age = at === null || at === undefined ? null : clock.shownNow() - at;
    this.write(element, duration(age));
    this.mark(element, "long", age >= 600);
    this.mark(element, "late", late !== undefined && age !== null && age > late);
  }

  render() {
    return html`<span ref=${this.hold} class="since"></span>`;
  }
}

/** A text that depends on the time, as a function of it. */
export class Timed extends Ticking {
  paint(element) {
    this.write(element, this.props.text(this.props.isReal ? clock.now() : clock.shownNow()));
  }

  render() {
    return html`<span ref=${this.hold} class=${this.props.class ?? ""}></span>`;
  }
}

/** A bar that runs out: how much of a limit is used, and by stage. */
export class LimitBar extends Ticking {
  paint(element) {
    const { limit, warnAt = 0.8 } = this.props;
    const left = limit.deadline - clock.shownNow();
    const used = 1 - left / limit.seconds;
    const stage = used >= 1 ? "exceeded" : used >= warnAt || limit.stage === "warning" ? "warning" : "ok";
    const rest = Math.min(Math.max(1 - used, 0), 1).toFixed(3);
    if (this.isNews("stage", stage)) element.dataset.stage = stage;
    if (this.isNews("rest", rest)) element.firstElementChild.firstElementChild.style.transform = `scaleX(${rest})`;
    this.write(element.lastElementChild, this.props.text(left));
  }

  render() {
    return html`<span ref=${this.hold} class="limit"><span class="track"><i></i></span><b></b></span>`;
  }
}
