// A shape for each state and each severity: whoever cannot tell the colours apart can tell these.
import { html, memo } from "./html.js";

const DISC = "M8 2a6 6 0 1 1 0 12A6 6 0 0 1 8 2Z";
const SHAPES = {
  // A full disc: free. A bell that moves: rings. A square: taken. Half a disc: nearly free. Two bars: paused.
  ready: DISC,
  ringing: "M8 1.5 14.5 8 8 14.5 1.5 8Z",
  busy: "M4 2.5h8a1.5 1.5 0 0 1 1.5 1.5v8a1.5 1.5 0 0 1-1.5 1.5H4A1.5 1.5 0 0 1 2.500 12V4A1.5 1.5 0 0 1 4 2.5Z",
  wrap_up: `${DISC}m0 1.5a4.5 4.5 0 0 0 0 9Z`,
  not_ready: "M4 2.5h1.600a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1Zm6.400 0H12a1 1 0 0 1 1 1v9a1 1 0 0 1-1 1h-1.600a1 1 0 0 1-1-1v-9a1 1 0 0 1 1-1Z",
  unreachable: "m4 2 4 4 4-4 2 2-4 4 4 4-2 2-4-4-4 4-2-2 4-4-4-4Z",
  unknown:
    "M6.2 2.3A6 6 0 0 1 9.8 2.3L9.2 4.2A4 4 0 0 0 6.8 4.2ZM12.1 3.6A6 6 0 0 1 13.8 6.7L11.9 7.1A4 4 0 0 0 10.7 5.1ZM13.8 9.3A6 6 0 0 1 12.1 12.4L10.7 10.9A4 4 0 0 0 11.9 8.9Z" +
    "M9.8 13.7A6 6 0 0 1 6.2 13.7L6.8 11.8A4 4 0 0 0 9.2 11.8ZM3.9 12.4A6 6 0 0 1 2.2 9.3L4.1 8.9A4 4 0 0 0 5.3 10.9ZM2.2 6.7A6 6 0 0 1 3.9 3.6L5.3 5.1A4 4 0 0 0 4.1 7.1Z",
  logged_out: `${DISC}m0 2a4 4 0 1 0 0 8 4 4 0 0 0 0-8Z`,
  critical: "M5 .5h6L15.5 5v6L11 15.500H5L.5 11V5ZM7 3.500v5.500h2V3.500ZM7 10.500v2h2v-2Z",
  warning: "M8 .8 15.7 15H.3ZM7.1 5.800v4.600h1.800V5.800ZM7.1 11.6v1.800h1.800v-1.800Z",
  info: "M8 .8a7.2 7.2 0 1 1 0 14.400A7.2 7.2 0 0 1 8 .8ZM7.1 3.600v1.800h1.800V3.600ZM7.1 6.800v5.600h1.800V6.800Z",
  leave: "M2 1.5h7v2H4v9h5v2H2ZM9.5 4.2 15 8l-5.5 3.800V9H6V7h3.500Z",
  check: "m6.2 13.4-5-5L3.3 6.3l2.9 2.9L12.7 2.7l2.1 2.1Z",
};

export const Icon = memo(({ name }) => html`
  <svg class="icon" viewBox="0 0 16 16" fill="currentColor" fill-rule="evenodd" aria-hidden="true">
    <path d=${SHAPES[name] ?? SHAPES.unknown} />
  </svg>
`);
