// What somebody asks the bridge to do, and what became of it.
import * as clock from "./clock.js";
import { escape } from "./topics.js";

const ANSWER_MS = 8000;
const WHOAMI_MS = 3000;
const REMEMBERED_MS = 8000;

export class Commands {
  /** `feed` is already reading `rsp/{user}/+`. */
  constructor(feed, user) {
    this.feed = feed;
    this.user = escape(user);
    /** What the bridge says we are; null while it has not said, and `isAsked` once it should have. */
    this.me = null;
    this.isAsked = false;
    this.waiting = new Map();
    /** The newest answers, for people: {key, name, outcome, text}. */
    this.told = [];
    this.serial = 0;
  }

  /** Whether a button for a command makes sense. */
  may(name) {
    return this.me?.commands.includes(name) ?? false;
  }

  async introduce() {
    const answer = await this.#send("whoami", {}, WHOAMI_MS);
    this.isAsked = true;
    if (answer?.me) this.me = answer.me;
    this.feed.redraw();
  }

  /** Ask, show what became of it, and give the answer, null without one. */
  async ask(name, values = {}) {
    const key = (this.serial += 1);
    this.#tell({ key, name, outcome: null, text: "" });
    const answer = await this.#send(name, values, ANSWER_MS);
    this.#tell({ key, name, outcome: answer?.outcome ?? "silent", text: answer?.ok ? "" : (answer?.message ?? "") });
    setTimeout(() => this.#forget(key), REMEMBERED_MS);
    return answer;
  }

  /** Ask for what only looks, and give the answer, null without one; nobody is told. */
  look(name, values = {}) {
    return this.#send(name, values, ANSWER_MS);
  }

  /** True for messages that are answers to us. */
  take(topic, document) {
    if (!topic.startsWith(`rsp/${this.user}/`) || !document) return false;
    this.waiting.get(document.transaction)?.(document);
    return true;
  }

  async #send(name, values, patience) {
    const transaction = crypto.getRandomValues(new Uint32Array(3)).join("-");
    const { root, broker } = this.feed;
    const answered = new Promise((resolve) => {
      this.waiting.set(transaction, resolve);
      setTimeout(() => resolve(null), patience);
    });
    try {
      await broker.publish(`${root}/cmd/${this.user}/${name}`, JSON.stringify({ transaction, ...values }), {
        responseTopic: `${root}/rsp/${this.user}/${name}`,
        correlationData: new TextEncoder().encode(transaction),
      });
      return await answered;
    } catch {
      return null;
    } finally {
      this.waiting.delete(transaction);
    }
  }

  #tell(one) {
    this.told = [...this.told.filter((other) => other.key !== one.key), { ...one, at: clock.now() }];
    this.feed.redraw();
  }

  #forget(key) {
    this.told = this.told.filter((one) => one.key !== key);
    this.feed.redraw();
  }
}
