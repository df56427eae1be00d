// /site.json: whom to ask and what time it is there; and whether the bridge serves newer pages than this one.
import * as clock from "./clock.js";

const OURS = document.documentElement.dataset.build;
const AGAIN_SECONDS = 300;
const RETRY_SECONDS = 3;
const TRIED = "ctibridge.reloaded";

let last = null;

async function ask() {
  const sent = performance.now();
  const answer = await fetch("site.json", { cache: "no-store", signal: AbortSignal.timeout(8000) });
  if (!answer.ok) throw new Error(`site.json: ${answer.status}`);
  const received = performance.now();
  last = await answer.json();
  clock.measured(last.at, sent, received);
  reloadWhenOld(last.build);
  return last;
}

/** Once for each build: a proxy that keeps old pages must not make us turn in circles. */
function reloadWhenOld(build) {
  if (build === OURS) return;
  try {
    if (sessionStorage.getItem(TRIED) === build) return;
    sessionStorage.setItem(TRIED, build);
  } catch {
    return;
  }
  location.reload();
}

/** The site; tried until somebody answers. `onFailure` is told of each time that nobody does. */
export async function site(onFailure) {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      onFailure(error);
      await new Promise((done) => setTimeout(done, RETRY_SECONDS * 1000));
    }
  }
}

/** Ask again: the bridge has come back, perhaps as another version, or our own clock has slept. */
export function refresh() {
  ask().catch(() => {});
}

setInterval(refresh, AGAIN_SECONDS * 1000);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && last) refresh();
});
