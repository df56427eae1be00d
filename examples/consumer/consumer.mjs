// A consumer of ctibridge's events that misses none: reference and starting point for your own.
//
//     npm ci
//     node consumer.mjs --broker mqtt://127.0.0.1:1883 --pbx pbx1 --api http://127.0.0.1:8080 --position position.json
//
// Every event has a number; numbers have no gap within an epoch.  So whoever remembers the number that it handled last
// knows what it missed: the connection was lost, the broker dropped what it could not keep, or this program was not
// running.  What was missed is asked for over HTTP, in order, before anything newer is handled.  What the bridge does
// not keep any more is reported as lost: then the retained states say how things stand now.

import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import mqtt from "mqtt";

const PAGE = 500;
const GONE = 410;

/** Which event was handled last, kept in a file so that a restart goes on from there. */
class Position {
  constructor(file) {
    this.file = file;
    [this.epoch, this.sequence] = existsSync(file) ? JSON.parse(readFileSync(file, "utf8")) : [0, 0];
  }

  /** After the event was handled, and not before: a crash then repeats it rather than losing it. */
  move(epoch, sequence) {
    [this.epoch, this.sequence] = [epoch, sequence];
    writeFileSync(`${this.file}.new`, JSON.stringify([epoch, sequence]));
    renameSync(`${this.file}.new`, this.file);
  }
}

/** What the bridge keeps of its events. */
class Api {
  constructor(address, pbx, token) {
    this.address = `${address}/api/v1/${encodeURIComponent(pbx)}/events`;
    this.headers = token ? { Authorization: `Bearer ${token}` } : {};
  }

  /** The next events; the oldest that are kept when those are gone. */
  async after(epoch, sequence) {
    let answer = await this.ask(`?limit=${PAGE}&epoch=${epoch}&after=${sequence}`);
    if (answer.status === GONE) answer = await this.ask(`?limit=${PAGE}`);
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    return (await answer.json()).events;
  }

  ask(query) {
    return fetch(this.address + query, { headers: this.headers, signal: AbortSignal.timeout(10_000) });
  }
}

/** Handles every event once, in order. */
class Consumer {
  constructor(position, api) {
    this.position = position;
    this.api = api;
  }

  /** Put your own work here. */
  handle(event) {
    console.log(event.sequence, event.type, event.subject);
  }

  /** After each connect: what was missed is asked for at once, and not only when the next event shows it. */
  async onStatus({ epoch, sequence }) {
    if (sequence === null) return; // The last will: the bridge is gone, and nobody knows its last number.
    if (this.position.epoch === 0) this.position.move(epoch, Number(sequence)); // The states include all before.
    await this.catchUp(epoch, Number(sequence));
    let events;
    while ((events = await this.asked()).length > 0) for (const event of events) this.take(event);
  }

  /** An event from the broker; it may come twice, and others may be missing before it. */
  async onEvent(event) {
    await this.catchUp(event.epoch, Number(event.sequence) - 1);
    this.take(event);
  }

  /** Handle all events up to a number. */
  async catchUp(epoch, until) {
    const place = this.position;
    if (epoch < place.epoch) return;
    if (epoch > place.epoch) {
      console.error(`epoch ${epoch} begins; what ${place.epoch} had beyond ${place.sequence} is lost`);
      place.move(epoch, 0);
    }
    while (place.sequence < until) {
      const events = await this.asked();
      for (const event of events) this.take(event);
      if (events.length === 0) this.lose(until);
    }
  }

  async asked() {
    try {
      return await this.api.after(this.position.epoch, this.position.sequence);
    } catch (error) {
      console.error(`the bridge cannot be asked: ${error.message}`);
      return [];
    }
  }

  take(event) {
    const { epoch, sequence } = this.position;
    const number = Number(event.sequence);
    if (event.epoch < epoch || (event.epoch === epoch && number <= sequence)) return; // Handled before.
    if (number > sequence + 1) this.lose(number - 1);
    this.handle(event);
    this.position.move(event.epoch, number);
  }

  /** Put your own alarm here; then trust the retained states. */
  lose(until) {
    console.error(`events ${this.position.sequence + 1} to ${until} are lost`);
    this.position.move(this.position.epoch, until);
  }
}

/** A name as a topic level: other than letters, digits, _ and - is ~HH for each UTF-8 byte. */
function level(name) {
  return [...Buffer.from(name, "utf8")]
    .map((byte) => {
      const character = String.fromCharCode(byte);
      return /[A-Za-z0-9_-]/.test(character) ? character : `~${byte.toString(16).toUpperCase().padStart(2, "0")}`;
    })
    .join("");
}

const text = (value) => ({ type: "string", default: value });
const { values: options } = parseArgs({
  options: {
    broker: text("mqtt://127.0.0.1:1883"),
    username: { type: "string" },
    password: { type: "string" },
    base: text("ctibridge/v1"),
    pbx: text("pbx1"),
    api: text("http://127.0.0.1:8080"),
    token: text(""),
    position: text("position.json"),
  },
});
const root = `${options.base}/${level(options.pbx)}`;
const consumer = new Consumer(new Position(options.position), new Api(options.api, options.pbx, options.token));
const client = mqtt.connect(options.broker, { username: options.username, password: options.password });
client.on("connect", () => client.subscribe([`${root}/event/#`, `${root}/status`], { qos: 1 }));
client.on("error", (error) => console.error(`broker: ${error.message}`));

// One message after the other: an event must not overtake those that are asked for on behalf of the one before it.
let line = Promise.resolve();
client.on("message", (topic, payload) => {
  const document = JSON.parse(payload.toString());
  const work = topic === `${root}/status` ? () => consumer.onStatus(document) : () => consumer.onEvent(document);
  line = line.then(work).catch((error) => console.error(error));
});
