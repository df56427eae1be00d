// One connection to the broker that never gives up: MQTT 5, and 3.1.1 where the broker does not speak it.
import mqtt from "../vendor/mqtt.js";

const KEEPALIVE_SECONDS = 4;
const CONNECT_SECONDS = 4;
const RETRY_MS = 1000;
/** After as many failures we ask less often: browsers hold back who asks for WebSockets all the time. */
const PATIENCE = 12;
const LATER_MS = 2500;
/** CONNACK codes of 3.1.1 and 5 for a wrong user or password, and for one who may not come in. */
const UNWELCOME = new Set([4, 5, 0x86, 0x87, 0x8c]);
const OTHER_VERSION = new Set([1, 0x84]);

export class Broker {
  /** `events`: connected(), lost(), refused(code), message(topic, bytes, isRetained). */
  constructor({ url, protocol, credentials }, events) {
    this.url = absolute(url);
    this.credentials = credentials;
    this.events = events;
    this.isConnected = false;
    this.version = protocol === "3.1.1" ? 4 : 5;
    this.isVersionKnown = false;
    this.failures = 0;
    this.heardAt = null;
    this.#connect();
  }

  get isMqtt5() {
    return this.version === 5;
  }

  /** The granted QoS of each filter, in order; 128 and above is a refusal. */
  async subscribe(filters) {
    if (filters.length === 0) return [];
    const granted = await this.client.subscribeAsync(Object.fromEntries(filters.map((filter) => [filter, { qos: 1 }])))
      .catch((error) => error.granted ?? []);
    return granted.map((one) => one.qos);
  }

  publish(topic, text, properties) {
    const options = { qos: 1, ...(this.isMqtt5 && properties ? { properties } : {}) };
    return this.client.publishAsync(topic, text, options);
  }

  close() {
    this.isClosed = true;
    clearTimeout(this.timer);
    this.client?.end(true);
  }

  #connect() {
    const client = mqtt.connect(this.url, {
      protocolVersion: this.version,
      clientId: `page-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`,
      clean: true,
      keepalive: KEEPALIVE_SECONDS,
      connectTimeout: CONNECT_SECONDS * 1000,
      reconnectPeriod: 0,
      resubscribe: false,
      // Its other timers are workers made of text, which the pages' policy forbids.
      timerVariant: "native",
      username: this.credentials?.user || undefined,
      password: this.credentials?.password || undefined,
    });
    this.client = client;
    this.isGreeted = false;
    client.on("connect", () => this.#connected());
    client.on("packetreceive", () => {
      this.heardAt = performance.now();
    });
    client.on("message", (topic, payload, packet) => this.events.message(topic, payload, packet.retain));
    client.on("error", (error) => this.#failed(error));
    client.on("close", () => this.#closed(client));
  }

  #connected() {
    this.isGreeted = true;
    this.isConnected = true;
    this.isVersionKnown = true;
    this.failures = 0;
    this.events.connected();
  }

  #failed(error) {
    if (OTHER_VERSION.has(error.code)) this.isVersionRefused = true;
    else if (UNWELCOME.has(error.code) && this.#mayBeBelieved(error.code)) this.refusal = error.code;
  }

  /** An old broker answers MQTT 5 with whatever it likes: its word counts when it was asked in its own. */
  #mayBeBelieved(code) {
    return this.isVersionKnown || this.version === 4 || code >= 0x80;
  }

  #closed(client) {
    if (client !== this.client || this.isClosed) return;
    client.removeAllListeners();
    client.on("error", () => {});
    client.end(true);
    const was = this.isConnected;
    this.isConnected = false;
    if (was) this.events.lost();
    if (this.refusal !== undefined) {
      const code = this.refusal;
      this.refusal = undefined;
      this.isClosed = true;
      this.events.refused(code);
      return;
    }
    this.failures += 1;
    if (this.failures > PATIENCE) this.isVersionKnown = false;
    if (!this.isVersionKnown) this.version = this.version === 5 ? 4 : 5;
    const isFirstTry = !this.isVersionKnown && this.failures === 1;
    const pause = isFirstTry ? 0 : this.failures > PATIENCE ? LATER_MS : RETRY_MS;
    this.timer = setTimeout(() => this.#connect(), pause);
  }
}

/** A path is a broker behind the proxy that serves this page. */
function absolute(url) {
  return url.startsWith("/") ? `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}${url}` : url;
}
