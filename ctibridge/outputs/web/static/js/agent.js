// The agent's own page: state, limit, the caller who rings, today's figures, and whom to call back.
import { html, useEffect, useState } from "./html.js";
import { Account, ReadOnly, Told, desk } from "./desk.js";
import { Buttons, Day, State } from "./own.js";
import { Callbacks } from "./callbacks.js";
import { Caller } from "./caller.js";
import { Head, Message, Veil, useFeed } from "./parts.js";
import { compareNames } from "./format.js";
import { look } from "./look.js";
import { escape } from "./topics.js";
import { say } from "./words.js";

/** More is read when it is known which agent this is. */
const FILTERS = ["status", "info", "queue/+/board"];

function ownAgent(feed, commands, picked) {
  const named = commands.me?.agent ?? look.agent ?? picked;
  if (named) return named;
  // Who may read one agent's state only is that agent.
  return commands.isAsked && feed.agents.size === 1 ? feed.current("agents")[0].agent : null;
}

/** Read what belongs to the agent, as soon as it is known who that is. */
function useOwnTopics(feed, commands, id) {
  const hasPrivate = feed.info?.capabilities.includes("private") ?? false;
  useEffect(() => {
    if (id) feed.add([`agent/${escape(id)}/state`]);
    else if (commands.isAsked) feed.add(["agent/+/state"]);
  }, [id, commands.isAsked]);
  useEffect(() => {
    if (id && hasPrivate) feed.add([`private/agent/${escape(id)}/state`]);
  }, [id, hasPrivate]);
}

function WhichAgent({ feed, onPick }) {
  const agents = feed.current("agents").sort((one, other) => compareNames(one.agent, other.agent));
  const submit = (event) => {
    event.preventDefault();
    onPick(new FormData(event.target).get("agent").trim());
  };
  const option = (one) => html`<option key=${one.agent} value=${one.agent}>${one.agent} ${one.name}</option>`;
  return html`<main class="sign-in"><form class="panel" onSubmit=${submit}>
    <h2>${say("which_agent")}</h2>
    <label class="field"><span>${say("agent_number")}</span>
      ${agents.length > 1
        ? html`<select name="agent">${agents.map(option)}</select>`
        : html`<input name="agent" required spellcheck="false" />`}</label>
    <button class="button main">${say("agent_page")}</button>
  </form></main>`;
}

/** What stands there while there is no state to show. */
function Nobody({ id, feed, commands, onPick }) {
  if (!id && commands.isAsked) return html`<${WhichAgent} feed=${feed} onPick=${onPick} />`;
  if (!id || feed.freshness.kind === "waiting") return html`<${Message}>${say("connecting")} …<//>`;
  return html`<${Message}>${say("not_an_agent", { agent: id })}<//>`;
}

function Desk({ site, feed, commands, user, onSignOut }) {
  useFeed(feed);
  const [picked, pick] = useState(null);
  const id = ownAgent(feed, commands, picked);
  useOwnTopics(feed, commands, id);
  const agent = id ? feed.agents.get(escape(id))?.data : null;
  const labelOfQueue = (queue) => feed.boards.get(escape(queue))?.data.label ?? queue;
  const { freshness } = feed;
  return html`
    <${Head} page="agent_page" title=${agent ? agent.name || id : say("agent_page")} freshness=${freshness}>
      <${Account} commands=${commands} user=${user} onSignOut=${onSignOut} />
    <//>
    <${Veil} ...${freshness} />
    <${ReadOnly} commands=${commands} />
    ${!agent && html`<${Nobody} id=${id} feed=${feed} commands=${commands} onPick=${pick} />`}
    ${agent && html`<main class=${freshness.kind}>
      <div class="mine">
        <${State} agent=${agent} info=${feed.info} />
        <${Buttons} agent=${agent} info=${feed.info} commands=${commands} />
      </div>
      <div class="work">
        <${Caller} agent=${agent} whole=${feed.unmasked.get(escape(id))?.data.call} site=${site}
          labelOfQueue=${labelOfQueue} commands=${commands} />
        <${Day} agent=${agent} />
        <${Callbacks} agent=${agent} labelOfQueue=${labelOfQueue} commands=${commands} />
      </div>
    </main>`}
    <${Told} commands=${commands} />
  `;
}

desk({ page: "agent_page", filters: FILTERS, View: Desk });
