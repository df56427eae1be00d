// What the address asks for: /?queues=sales,support&lang=zh&theme=dark&rotate=15&size=1.2&kiosk
const asked = new URLSearchParams(location.search);
const root = document.documentElement;

const LANGUAGES = ["en", "zh"];
const THEMES = ["light", "dark"];

/** A choice that outlives the page where the browser lets us keep it; the address wins. */
function chosen(name, allowed) {
  const value = asked.get(name) ?? kept(name);
  return allowed.includes(value) ? value : undefined;
}

function kept(name) {
  try {
    return localStorage.getItem(`ctibridge.${name}`);
  } catch {
    return null;
  }
}

export function keep(name, value) {
  try {
    localStorage.setItem(`ctibridge.${name}`, value);
  } catch {
    // A browser that keeps nothing forgets the choice, and that is all.
  }
}

function number(name, least, most) {
  const value = Number.parseFloat(asked.get(name));
  return Number.isFinite(value) ? Math.min(Math.max(value, least), most) : undefined;
}

export const look = {
  language: chosen("lang", LANGUAGES) ?? (root.lang === "zh" ? "zh" : "en"),
  theme: chosen("theme", THEMES),
  queues: (asked.get("queues") ?? "").split(",").map((name) => name.trim().toLowerCase()).filter(Boolean),
  rotate: number("rotate", 3, 600),
  size: number("size", 0.5, 3) ?? 1,
  isKiosk: asked.has("kiosk") && !["0", "false"].includes(asked.get("kiosk")),
  pbx: asked.get("pbx"),
  agent: asked.get("agent"),
};

const dark = matchMedia("(prefers-color-scheme: dark)");

export function isDark() {
  return look.theme ? look.theme === "dark" : dark.matches;
}

/** Put the choices on the document; before anything is drawn. */
export function dress() {
  root.lang = look.language === "zh" ? "zh-CN" : "en";
  root.dataset.theme = isDark() ? "dark" : "light";
  root.style.setProperty("--size", look.size);
  root.classList.toggle("kiosk", look.isKiosk);
}

dark.addEventListener("change", dress);

export function setTheme(theme) {
  look.theme = theme;
  keep("theme", theme);
  dress();
}

/** The same page in the other language: it is loaded again, so that nothing of the first one stays. */
export function setLanguage(language) {
  keep("lang", language);
  const address = new URL(location.href);
  address.searchParams.set("lang", language);
  location.replace(address);
}
