// Of a long grid only the rows near the screen are drawn: the work depends on the screen, not on how many there are.
import { useEffect, useRef, useState } from "./html.js";

/** As much of the screen's height above and below it is drawn too, to scroll and to tab into. */
const BESIDE = 0.3;
/** Until it was measured: more than any screen has. */
const FIRST = { columns: 1, height: 0, from: 0, to: 120 };

/** `height` of a row with its gap; rows `from` to `to`, the last not among them. */
function measure(grid) {
  const { gridTemplateColumns, rowGap } = getComputedStyle(grid);
  const height = grid.firstElementChild.offsetHeight + (Number.parseFloat(rowGap) || 0);
  const top = grid.getBoundingClientRect().top;
  return {
    columns: gridTemplateColumns.split(" ").length,
    height,
    from: Math.max(0, Math.floor((-top - innerHeight * BESIDE) / height)),
    to: Math.max(1, Math.ceil((-top + innerHeight * (1 + BESIDE)) / height)),
  };
}

/** Which rows of a grid to draw, and how high they are; `grid` is for its `ref`. */
export function useNear() {
  const grid = useRef(null);
  const [near, set] = useState(FIRST);
  useEffect(() => {
    const look = () => set((known) => {
      // Asked for once more while the grid goes, it is not there any longer.
      const found = grid.current?.firstElementChild ? measure(grid.current) : known;
      return Object.keys(found).every((name) => found[name] === known[name]) ? known : found;
    });
    const sizes = new ResizeObserver(look);
    sizes.observe(grid.current);
    addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      sizes.disconnect();
      removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, []);
  return [grid, near];
}
