// What the broker holds about one PBX, as far as we may read it, and whether it may be believed.
//
// States are whole, and the newest wins: who missed one has the next. What can still go wrong is looked after here:
// a state of another epoch, one older than what we have, one that was emptied while we were away, and one that a
// crowded broker dropped, for which everything is asked for again now and then.
import * as clock from "./clock.js";
import { Broker } from "./broker.js";

const DRAW_MS = 100;
/** After a drawing that took long, as many times as long for everything else. */
const REST = 3;
const REREAD_SECONDS = 300;
/** Retained messages have come when this long none came; brokers do not mark the last one. */
const QUIET_MS = 1500;
const decoder = new TextDecoder();

/** Families of retained topics below the root, and where they are kept. */
const FAMILIES = [
  [/^agent\/([^/]+)\/state$/, "agents"],
  [/^queue\/([^/]+)\/state$/, "queues"],
  [/^queue\/([^/]+)\/board$/, "boards"],
  [/^queue\/([^/]+)\/stats$/, "stats"],
  [/^queue\/([^/]+)\/curve$/, "curves"],
  [/^alert\/([^/]+)$/, "alerts"],
  [/^private\/agent\/([^/]+)\/state$/, "unmasked"],
];

export class Feed {
  constructor({ site, root, credentials, filters, onMessage, onRefused, onConnected, onOnline }) {
    this.root = root;
    this.filters = filters;
    this.onMessage = onMessage ?? (() => {});
    this.onConnected = onConnected ?? (() => {});
    this.onOnline = onOnline ?? (() => {});
    this.listeners = new Set();
    this.status = null;
    this.info = null;
    this.isConnected = false;
    this.drawnAt = 0;
    this.drawing = 0;
    this.lostAt = null;
    this.blindAt = null;
    this.refusals = [];
    this.generation = 0;
    this.drops = 0;
    for (const [, name] of FAMILIES) this[name] = new Map();
    this.broker = new Broker({ url: site.websocket_url, protocol: site.protocol, credentials }, {
      connected: () => this.#connected(),
      lost: () => this.#lost(),
      refused: onRefused ?? (() => {}),
      message: (topic, payload, isRetained) => this.#message(topic, payload, isRetained),
    });
    this.reread = setInterval(() => this.isConnected && this.#read(), REREAD_SECONDS * 1000);
  }

  close() {
    clearInterval(this.reread);
    clearTimeout(this.sweeping);
    this.broker.close();
  }

  /** Call a function, at most every tenth of a second, after something changed; gives what ends it. */
  listen(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** Call the listeners although nothing came. */
  redraw() {
    this.#changed();
  }

  /** Read more than at the beginning. */
  add(filters) {
    const fresh = filters.filter((filter) => !this.filters.includes(filter));
    this.filters = [...this.filters, ...fresh];
    if (this.isConnected) this.#subscribe(fresh);
  }

  /** The data of a family whose epoch is that of the status, by topic level. */
  current(family) {
    return Array.from(this[family].values(), (entry) => entry.data);
  }

  isOfThisEpoch(entry) {
    return !this.status || entry.epoch === this.status.epoch;
  }

  /** `kind`: live, degraded, stale or waiting; `cause`, `since` and `reason` where there is something to say. */
  get freshness() {
    if (!this.isConnected || !this.status) {
      return this.lostAt === null ? { kind: "waiting" } : { kind: "stale", cause: "broker", since: this.lostAt };
    }
    const { state, since, reason } = this.status;
    const cause = blindness(this.status);
    if (cause) return { kind: "stale", cause, since: this.blindAt, reason };
    return state === "degraded" ? { kind: "degraded", since, reason } : { kind: "live" };
  }

  async #connected() {
    this.isConnected = true;
    this.#read();
    await this.onConnected(this);
  }

  #lost() {
    this.isConnected = false;
    const silent = (performance.now() - (this.broker.heardAt ?? performance.now())) / 1000;
    this.lostAt ??= this.blindAt ?? clock.now() - silent;
    // What the broker says of the bridge when we are back counts, not what it said before.
    this.status = null;
    clock.freeze(this.lostAt);
    this.#changed();
  }

  /** Ask for everything that is retained, and drop what no longer comes. */
  async #read() {
    this.generation += 1;
    this.isReading = true;
    await this.#subscribe(this.filters);
    this.#sweepSoon();
  }

  async #subscribe(filters) {
    const granted = await this.broker.subscribe(filters.map((filter) => `${this.root}/${filter}`));
    this.refusals = filters.filter((_, index) => (granted[index] ?? 128) >= 128);
  }

  #sweepSoon() {
    clearTimeout(this.sweeping);
    this.sweeping = setTimeout(() => this.#sweep(), QUIET_MS);
  }

  #sweep() {
    this.isReading = false;
    if (!this.isConnected) return;
    let isAnythingGone = false;
    for (const [, name] of FAMILIES) {
      for (const [level, entry] of this[name]) {
        if (entry.generation !== this.generation) {
          this[name].delete(level);
          isAnythingGone = true;
        }
      }
    }
    if (isAnythingGone) this.#changed();
  }

  #message(topic, payload, isRetained) {
    if (!topic.startsWith(`${this.root}/`)) return;
    const relative = topic.slice(this.root.length + 1);
    if (isRetained && this.isReading) this.#sweepSoon();
    let document = null;
    if (payload.length > 0) {
      try {
        document = JSON.parse(decoder.decode(payload));
      } catch {
        this.drops += 1;
        return;
      }
    }
    if (relative === "status") this.#takeStatus(document, isRetained);
    else if (relative === "info") this.info = document?.data ?? this.info;
    else if (!this.#takeState(relative, document, isRetained)) this.onMessage(relative, document);
    this.#changed();
  }

  #takeStatus(status, isRetained) {
    if (!status) return;
    const couldSee = this.status !== null && !blindness(this.status);
    this.status = status;
    if (blindness(status)) {
      // Nobody knows when a bridge died: it was there when its end was noticed.
      this.blindAt ??= this.lostAt ?? status.since ?? clock.now();
      clock.freeze(this.blindAt);
    } else {
      this.blindAt = null;
      clock.freeze(null);
      if (!couldSee && !isRetained) this.onOnline();
    }
    this.lostAt = null;
  }

  #takeState(relative, document, isRetained) {
    for (const [pattern, family] of FAMILIES) {
      const match = pattern.exec(relative);
      if (!match) continue;
      const entries = this[family];
      if (document === null) entries.delete(match[1]);
      else if (this.#isNewer(document, entries.get(match[1]))) {
        if (!isRetained) clock.atLeast(Date.parse(document.time) / 1000);
        entries.set(match[1], {
          level: match[1],
          data: document.data,
          epoch: document.epoch,
          sequence: document.sequence,
          generation: this.generation,
        });
      }
      return true;
    }
    return false;
  }

  /** Sequences are texts of one length. What the broker holds at a new start counts, whatever we remember. */
  #isNewer(document, known) {
    if (typeof document?.data !== "object") return false;
    if (!known || known.generation !== this.generation || document.epoch > known.epoch) return true;
    return document.epoch === known.epoch && document.sequence >= known.sequence;
  }

  #changed() {
    if (this.isDrawing) return;
    this.isDrawing = true;
    const pause = Math.max(0, Math.max(DRAW_MS, this.drawing * REST) - (performance.now() - this.drawnAt));
    setTimeout(() => requestAnimationFrame(() => this.#draw()), pause);
  }

  #draw() {
    this.isDrawing = false;
    const began = performance.now();
    for (const listener of this.listeners) listener();
    // Listeners only say that there is something to draw; it is drawn when they have returned.
    setTimeout(() => {
      this.drawnAt = performance.now();
      this.drawing = this.drawnAt - began;
    });
  }
}

/** Why the states may not be believed: nobody looks at the PBX. */
function blindness(status) {
  if (status.state === "offline") return "bridge";
  return status.state === "degraded" && status.ami !== "connected" ? "pbx" : null;
}
