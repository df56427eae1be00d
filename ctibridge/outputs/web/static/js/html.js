// The one place that knows which library draws: everything on the pages is text between elements, never markup.
import { Component, Fragment, createContext, h, render } from "../vendor/preact.js";
import htm from "../vendor/htm.js";

import { useRef } from "../vendor/preact-hooks.js";

export { useContext, useEffect, useMemo, useRef, useState } from "../vendor/preact-hooks.js";
export { Component, Fragment, createContext, render };

/** htm would keep parts without values for the next time, and preact ties each to every tree that it ever stood in. */
export const html = htm.bind(function draw(...given) {
  this[0] = 3;
  return h(...given);
});

/** A component that draws again only when one of its properties is another one. */
export function memo(draw) {
  return class extends Component {
    shouldComponentUpdate(next) {
      const now = this.props;
      return Object.keys({ ...now, ...next }).some((name) => now[name] !== next[name]);
    }

    render(properties) {
      return draw(properties);
    }
  };
}

/** The object of the last time, as long as its content is the same: what is drawn from it is not drawn again. */
export function useSame(value) {
  const kept = useRef({ text: null, value: null }).current;
  const text = JSON.stringify(value);
  if (text !== kept.text) Object.assign(kept, { text, value });
  return kept.value;
}
