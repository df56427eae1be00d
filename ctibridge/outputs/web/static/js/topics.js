// Topic levels as the bridge makes them: [A-Za-z0-9_-] stay, any other UTF-8 byte is ~HH.
const PLAIN = /[A-Za-z0-9_-]/;

export function escape(name) {
  return Array.from(new TextEncoder().encode(name), (byte) => {
    const letter = String.fromCharCode(byte);
    return byte < 128 && PLAIN.test(letter) ? letter : `~${byte.toString(16).toUpperCase().padStart(2, "0")}`;
  }).join("");
}

export function rootOf(base, pbx) {
  return `${base}/${escape(pbx)}`;
}
