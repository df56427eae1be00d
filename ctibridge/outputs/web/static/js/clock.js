// The PBX's time, whatever the browser's clock says: measured once, then counted by a clock that cannot be set.
const FREEZE_AFTER_STEP = 3;
let base = Date.now() / 1000;
let baseTick = performance.now();
let isMeasured = false;
let frozenAt = null;
const listeners = new Set();

/** Seconds since 1970 on the PBX's clock. */
export function now() {
  return base + (performance.now() - baseTick) / 1000;
}

/** What ages are counted to: now, or the moment at which the figures were last known to be true. */
export function shownNow() {
  return frozenAt ?? now();
}

/** Take over the time that a server stated between `sent` and `received` (of performance.now). */
export function measured(at, sent, received) {
  const isSlow = received - sent > 1500;
  if (isSlow && isMeasured) return;
  const step = at + (received - sent) / 2000 - (base + (received - baseTick) / 1000);
  base = at + (received - sent) / 2000;
  baseTick = received;
  isMeasured = true;
  if (Math.abs(step) > FREEZE_AFTER_STEP) tick();
}

/** A message that was made just now cannot come from the future: after a sleep our counter may be behind. */
export function atLeast(at) {
  if (at > now()) {
    base = at;
    baseTick = performance.now();
  }
}

/** Stop all ages at a moment, or let them run again. */
export function freeze(at) {
  if (frozenAt === at) return;
  frozenAt = at;
  tick();
}

/** Call a function at every full second; gives what ends it. */
export function everySecond(listener) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function tick() {
  for (const listener of listeners) listener();
}

function schedule() {
  const rest = 1000 - ((now() * 1000) % 1000);
  setTimeout(() => {
    tick();
    schedule();
  }, rest + 5);
}

schedule();
