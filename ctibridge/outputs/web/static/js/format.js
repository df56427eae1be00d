// Numbers, times and dates as people read them.
import { look } from "./look.js";

const LOCALE = look.language === "zh" ? "zh-CN" : "en-GB";
const NOTHING = "–";
let offset = 0;

/** Seconds that the site's clocks are ahead of UTC: a display in another zone shows the site's time. */
export function setOffset(seconds) {
  offset = seconds;
}

/** 0:07, 12:05, 1:02:03. */
export function duration(seconds) {
  if (seconds === null || seconds === undefined || Number.isNaN(seconds)) return NOTHING;
  const whole = Math.max(0, Math.floor(seconds));
  const two = (number) => String(number).padStart(2, "0");
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

export function percent(ratio) {
  return typeof ratio === "number" ? `${Math.round(ratio * 100)}\u00a0%` : NOTHING;
}

export function count(number) {
  return typeof number === "number" ? number.toLocaleString(LOCALE) : NOTHING;
}

const clockFace = new Intl.DateTimeFormat(LOCALE, { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "UTC" });
const clockWithSeconds = new Intl.DateTimeFormat(LOCALE, {
  hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23", timeZone: "UTC",
});
const day = new Intl.DateTimeFormat(LOCALE, { weekday: "long", day: "numeric", month: "long", timeZone: "UTC" });
const shortDay = new Intl.DateTimeFormat(LOCALE, { day: "numeric", month: "short", timeZone: "UTC" });

const atSite = (moment) => new Date((moment + offset) * 1000);

export const timeOfDay = (moment) => clockFace.format(atSite(moment));
export const timeWithSeconds = (moment) => clockWithSeconds.format(atSite(moment));
export const dateOf = (moment) => day.format(atSite(moment));
export const shortDateOf = (moment) => shortDay.format(atSite(moment));

/** A figure of an alarm in its own unit. */
export function inUnit(value, unit) {
  if (typeof value !== "number") return NOTHING;
  if (unit === "ratio") return percent(value);
  return unit === "seconds" ? duration(value) : count(value);
}

export const compareNames = new Intl.Collator(look.language === "zh" ? "zh-CN" : "en", { numeric: true }).compare;
