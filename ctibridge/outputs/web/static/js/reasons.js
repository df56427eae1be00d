// Pause reasons as the site calls them, and limits in words.
import { duration } from "./format.js";
import { labelOf, say } from "./words.js";

const find = (info, code) => info?.pause_reasons.find((reason) => reason.code.toLowerCase() === code?.toLowerCase());

export function reasonOf(info, code, label) {
  const known = find(info, code);
  return known ? labelOf(known.label, known.label_zh, code) : (label ?? code);
}

export const warnAtOf = (info, code) => find(info, code)?.warn_at;

export const limitText = (left) =>
  left >= 0 ? say("left", { time: duration(left) }) : say("over", { time: duration(-left) });

export const callerText = (caller) => [caller?.number, caller?.name].filter(Boolean).join(" ") || "–";
