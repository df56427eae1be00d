// A shape for each state and each severity: whoever cannot tell the colours apart can tell these.
import { html, memo } from "./html.js";

const SHAPES = {
  // A full disc: free. A bell that moves: rings. A square: taken. Half a disc: nearly free. Two bars: paused.
  ready: html`<circle cx="8" cy="8" r="6" />`,
  ringing: html`<path d="M8 1.5 14.5 8 8 14.5 1.5 8Z" />`,
  busy: html`<rect x="2.5" y="2.5" width="11" height="11" rx="1.5" />`,
  wrap_up: html`<path d="M8 2a6 6 0 0 1 0 12Z" /><circle cx="8" cy="8" r="5.25" fill="none" stroke="currentColor" stroke-width="1.5" />`,
  not_ready: html`<rect x="3" y="2.5" width="3.6" height="11" rx="1" /><rect x="9.4" y="2.5" width="3.6" height="11" rx="1" />`,
  unreachable: html`<path d="m4 2 4 4 4-4 2 2-4 4 4 4-2 2-4-4-4 4-2-2 4-4-4-4Z" />`,
  unknown: html`<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3 2.2" />`,
  logged_out: html`<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="2" />`,
  critical: html`<path d="M8 1 15.5 14.5H.5Z" />`,
  warning: html`<path fill-rule="evenodd" d="M8 1 15.5 14.5H.5ZM8 5 4 12.5h8Z" />`,
  info: html`<circle cx="8" cy="8" r="7" fill="none" stroke="currentColor" stroke-width="2" /><circle cx="8" cy="8" r="2.5" />`,
  check: html`<path d="m6.2 13.4-5-5L3.3 6.3l2.9 2.9L12.7 2.7l2.1 2.1Z" />`,
};

export const Icon = memo(({ name }) => html`
  <svg class="icon" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true">${SHAPES[name] ?? SHAPES.unknown}</svg>
`);
