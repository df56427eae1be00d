// Signing in, and what a page has afterwards: the feed as somebody, and what that somebody may do.
import { html, render, useState } from "./html.js";
import { Commands } from "./commands.js";
import { Feed } from "./feed.js";
import { Icon } from "./icons.js";
import { Head, Message } from "./parts.js";
import { setOffset } from "./format.js";
import { dress, look } from "./look.js";
import { refresh, site as askSite } from "./site.js";
import { escape, rootOf } from "./topics.js";
import { say } from "./words.js";

const KEY = "ctibridge.signed-in";
const root = document.querySelector("#page");
const show = (content) => render(content, root);

/** For as long as the browser's tab lives, and nowhere else. */
const credentials = {
  load() {
    try {
      return JSON.parse(sessionStorage.getItem(KEY));
    } catch {
      return null;
    }
  },
  keep(value) {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(value));
    } catch {
      // Then the next page asks again.
    }
  },
  forget() {
    try {
      sessionStorage.removeItem(KEY);
    } catch {
      // There was nothing.
    }
  },
};

function SignIn({ page, error, onSubmit }) {
  const [isBusy, setBusy] = useState(false);
  const submit = (event) => {
    event.preventDefault();
    const fields = new FormData(event.target);
    setBusy(true);
    onSubmit({ user: fields.get("user").trim(), password: fields.get("password") });
  };
  return html`
    <${Head} page=${page} title=${say(page)} />
    <main class="sign-in">
      <form class="panel" onSubmit=${submit}>
        <h2>${say("sign_in")}</h2>
        <p class="empty">${say("sign_in_hint")}</p>
        <label class="field"><span>${say("user")}</span>
          <input name="user" autocomplete="username" required autofocus spellcheck="false" autocapitalize="none" /></label>
        <label class="field"><span>${say("password")}</span>
          <input name="password" type="password" autocomplete="current-password" /></label>
        ${error && html`<p class="error" role="alert"><${Icon} name="warning" /> ${error}</p>`}
        <button class="button main" disabled=${isBusy && !error}>${say(isBusy && !error ? "signing_in" : "sign_in")}</button>
      </form>
    </main>
  `;
}

function Plain({ page, text }) {
  return html`
    <${Head} page=${page} title=${say(page)} freshness=${{ kind: "waiting" }} />
    <main><${Message}>${text}<//></main>
  `;
}

/** Run a page: `filters` is what everybody on it reads, `View` draws it once signed in. */
export async function desk({ page, filters, View }) {
  dress();
  document.title = say(page);
  const site = await askSite(() => show(html`<${Plain} page=${page} text=${say("no_site")} />`));
  setOffset(site.utc_offset);
  if (!site.websocket_url) {
    show(html`<${Plain} page=${page} text=${say("no_websocket")} />`);
    return;
  }
  const ask = (error) => show(html`<${SignIn} key=${error ?? ""} page=${page} error=${error} onSubmit=${signIn} />`);

  function signIn(given) {
    const feed = new Feed({
      site,
      root: rootOf(site.base, look.pbx ?? site.pbxs[0]),
      credentials: given,
      filters: [...filters, `rsp/${escape(given.user)}/+`],
      onMessage: (topic, document) => commands.take(topic, document),
      onOnline: () => {
        refresh();
        commands.introduce();
      },
      onConnected: () => {
        credentials.keep(given);
        show(html`<${View} site=${site} feed=${feed} commands=${commands} user=${given.user} onSignOut=${signOut} />`);
        commands.introduce();
      },
      onRefused: () => {
        credentials.forget();
        ask(say("sign_in_refused"));
      },
    });
    const commands = new Commands(feed, given.user);

    function signOut() {
      credentials.forget();
      feed.close();
      location.reload();
    }
  }

  const known = credentials.load();
  if (known) {
    show(html`<${Plain} page=${page} text=${`${say("signing_in")} …`} />`);
    signIn(known);
  } else ask();
}

/** Who is signed in as what, and the way out. */
export const Account = ({ commands, user, onSignOut }) => html`
  <p class="account">
    <span>${commands.me ? say("signed_in_as", { user, role: say(`role_${commands.me.role}`) }) : user}</span>
    <button type="button" class="button" onClick=${onSignOut}>${say("sign_out")}</button>
  </p>
`;

/** What became of commands, and the one sentence when there can be none. */
export const Told = ({ commands }) => html`
  <div class="told" aria-live="polite">
    ${commands.told.map((one) => html`<p key=${one.key} class=${one.outcome ?? "sent"}>
      <${Icon} name=${one.outcome === "done" ? "check" : one.outcome ? "warning" : "unknown"} />
      <b>${say(`do_${one.name}`)}</b> ${say(one.outcome ? `outcome_${one.outcome}` : "sending")}
      ${one.text && html`<small>${one.text}</small>`}
    </p>`)}
  </div>
`;

export const ReadOnly = ({ commands }) =>
  commands.isAsked && !commands.me ? html`<p class="notice"><${Icon} name="info" />${say("read_only")}</p>` : null;
