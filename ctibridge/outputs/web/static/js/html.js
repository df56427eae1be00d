// The one place that knows which library draws: everything on the pages is text between elements, never markup.
import { Component, Fragment, createContext, h, render } from "../vendor/preact.js";
import htm from "../vendor/htm.js";

export { useContext, useEffect, useMemo, useRef, useState } from "../vendor/preact-hooks.js";
export { Component, Fragment, createContext, render };
export const html = htm.bind(h);

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
