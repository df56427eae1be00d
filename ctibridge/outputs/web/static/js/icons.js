// A shape for each state and each severity: whoever cannot tell the colours apart can tell these.
import { html, memo } from "./html.js";

const SHAPES = {
  // A full disc: free. A bell that moves: rings. A square: taken. Half a disc: nearly free. Two bars: paused.
  ready: html`<circle cx="8" cy="8" r="6" />`,
  ringing: html`<path d="M8 1.5 14.5 8 8 14.5 1.5 8Z" />`,
  busy: html`<rect x="2.5" y="2.5" width="11" height="11" rx="1.5" />`,
  wrap_up: html`<path d="M8 2a6 6 0 0 1 0 12Z" />
    <circle cx="8" cy="8" r="5.25" fill="none" stroke="currentColor" stroke-width="1.5" />`,
  not_ready: html`<rect x="3" y="2.5" width="3.6" height="11" rx="1" />
    <rect x="9.4" y="2.5" width="3.6" height="11" rx="1" />`,
  unreachable: html`<path d="m4 2 4 4 4-4 2 2-4 4 4 4-2 2-4-4-4 4-2-2 4-4-4-4Z" />`,
  unknown: html`<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="2" stroke-dasharray="3 2.2" />`,
  logged_out: html`<circle cx="8" cy="8" r="5" fill="none" stroke="currentColor" stroke-width="2" />`,
  critical: html`<path fill-rule="evenodd" d="M5 .5h6L15.5 5v6L11 15.500H5L.5 11V5ZM7 3.500v5.500h2V3.500ZM7 10.500v2h2v-2Z" />`,
  warning: html`<path fill-rule="evenodd" d="M8 .8 15.7 15H.3ZM7.1 5.800v4.600h1.800V5.800ZM7.1 11.600v1.800h1.800v-1.800Z" />`,
  info: html`<path fill-rule="evenodd" d="M8 .8a7.2 7.2 0 1 1 0 14.400A7.2 7.2 0 0 1 8 .8ZM7.1 3.600v1.800h1.800V3.600ZM7.1 6.800v5.600h1.800V6.800Z" />`,
  leave: html`<path d="M2 1.5h7v2H4v9h5v2H2ZM9.5 4.2 15 8l-5.5 3.800V9H6V7h3.500Z" />`,
  check: html`<path d="m6.2 13.4-5-5L3.3 6.3l2.9 2.9L12.7 2.7l2.1 2.1Z" />`,
};

export const Icon = memo(({ name }) => html`
  <svg class="icon" viewBox="0 0 16 16" fill="currentColor" aria-hidden="true">${SHAPES[name] ?? SHAPES.unknown}</svg>
`);
