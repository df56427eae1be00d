// The address of a caller's record in somebody else's system.
const MASK = "*";

/** Places filled in and percent-encoded; null for anything that is not a web page. A masked number is left out. */
export function popAddress(template, { call, agent, number }) {
  const values = { number: number?.includes(MASK) ? "" : (number ?? ""), queue: call.queue, call: call.call, agent };
  const address = template.replace(/\{(\w+)\}/g, (_, place) => encodeURIComponent(values[place] ?? ""));
  try {
    return ["http:", "https:"].includes(new URL(address).protocol) ? address : null;
  } catch {
    return null;
  }
}
