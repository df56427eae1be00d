// Which agents are shown, and in which order.
import { STATES } from "./parts.js";
import { compareNames } from "./format.js";

const RANKED = ["ringing", "not_ready", "busy", "wrap_up", "unreachable", "unknown", "ready", "logged_out"];
const RANK = new Map(RANKED.map((state, place) => [state, place]));

const bySince = (one, other) => one.since - other.since;
const byName = (one, other) => compareNames(one.name || one.agent, other.name || other.agent);
const deadline = (agent) => agent.limit?.deadline ?? Number.MAX_SAFE_INTEGER;
const SORTS = {
  longest: bySince,
  name: byName,
  state: (one, other) => RANK.get(one.state) - RANK.get(other.state) || bySince(one, other),
  limit: (one, other) => deadline(one) - deadline(other) || bySince(one, other),
};

export const SORT_NAMES = Object.keys(SORTS);
export const SHOWN_STATES = [...STATES, "logged_out"];
export const NO_FILTERS = { team: "", queue: "", states: new Set(), sort: "longest", search: "" };

function matches(agent, { team, queue, states, search }) {
  return (states.size ? states.has(agent.state) : agent.state !== "logged_out")
    && (!team || agent.team === team)
    && (!queue || queue in agent.queues)
    && (!search || `${agent.name} ${agent.agent}`.toLowerCase().includes(search.toLowerCase()));
}

/** How many are in each state. */
export function tally(agents) {
  const numbers = Object.fromEntries(SHOWN_STATES.map((state) => [state, 0]));
  for (const { state } of agents) numbers[state] += 1;
  return numbers;
}

/** Those who match, in order: who comes or goes does so at once; the others change places after `release` only. */
export class Order {
  #places = new Map();
  #filters = null;

  /** Nobody can read or press what runs away, and all tiles are laid out anew: so places are kept until this. */
  release() {
    this.#filters = null;
  }

  /** `entries` of the feed that match, in order. */
  of(entries, filters) {
    const shown = entries.filter((entry) => matches(entry.data, filters));
    if (filters === this.#filters && shown.every((entry) => this.#places.has(entry.level))) {
      return shown.sort((one, other) => this.#places.get(one.level) - this.#places.get(other.level));
    }
    shown.sort((one, other) => SORTS[filters.sort](one.data, other.data));
    this.#places = new Map(shown.map((entry, place) => [entry.level, place]));
    this.#filters = filters;
    return shown;
  }
}
