// What the device keeps of its owner: facts, conversations, what left the house. To be read, deleted and taken along.

import { $, api, el } from "./dom.js";

const when = (at) => new Date(at * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" });

// Two lists that are read backwards, a page at a time: [list, button for more, address, what the answer calls them, a line].
const LOGS = {
  history: ["history-list", "history-more", "/api/history", "turns", ({ at, heard, reply }) => [
    el("time", { text: when(at) }), el("p", { text: heard, dir: "auto" }), el("p", { class: "note", text: reply, dir: "auto" })]],
  sent: ["sent-list", "sent-more", "/api/sent", "sent", ({ at, what, destination, content, waiting }) => [
    el("time", { text: when(at) }), el("p", { text: `${what}${destination ? ` to ${destination}` : ", refused"}${waiting ? " (waiting)" : ""}` }), el("p", { class: "note", text: content, dir: "auto" })]],
};

/** `onHistoryDeleted` takes the conversation off the rest of the page. */
export function startMemory(onHistoryDeleted) {
  $("open-developer").addEventListener("click", () => orSay(renderFacts));
  for (const [id, [, more]] of Object.entries(LOGS)) {
    $(id).addEventListener("toggle", () => $(id).open && orSay(() => readLog(id)));
    $(more).addEventListener("click", () => orSay(() => readLog(id, $(more).dataset.before)));
  }
  askFirst($("forget-all"), "Forget everything?", async () => {
    await api("/api/memory/forget", { facts: "all" });
    await renderFacts();
  });
  askFirst($("history-delete"), "Delete all conversations?", async () => {
    await api("/api/history/delete", {});
    onHistoryDeleted();
    await readLog("history");
  });
}

async function renderFacts() {
  const { facts } = await api("/api/memory");
  const none = el("li", { class: "note", text: "Nothing yet. Say: remember that the spare key is in the shed." });
  $("fact-list").replaceChildren(...(facts.length ? facts.map(factItem) : [none]));
  $("forget-all").hidden = !facts.length;
}

function factItem({ n, text, told_at: toldAt, person }) {
  const remove = el("button", { type: "button", class: "button", text: "Forget", "aria-label": `Forget: ${text}`, onclick: () => orSay(async () => {
    await api("/api/memory/forget", { facts: [n] });
    await renderFacts();
  }) });
  return el("li", {}, el("span", { dir: "auto" }, text, el("time", { class: "note", text: person ? `${person}, ${when(toldAt)}` : when(toldAt) })), remove);
}

/** Show the newest page of a list or, with `before`, add the one before that. */
async function readLog(id, before) {
  const [list, more, address, name, line] = LOGS[id];
  const entries = (await api(before ? `${address}?before=${before}` : address))[name];
  const items = entries.map((entry) => el("li", {}, ...line(entry)));
  if (before) $(list).append(...items);
  else $(list).replaceChildren(...(items.length ? items : [el("li", { class: "note", text: "Nothing." })]));
  $(more).hidden = entries.length < 50;
  $(more).dataset.before = entries.at(-1)?.at ?? "";
}

/** A button that asks before it does what can't be undone. */
function askFirst(button, question, action) {
  button.addEventListener("click", () => {
    const done = () => {
      asked.remove();
      button.hidden = false;
      button.focus();
    };
    const yes = el("button", { type: "button", class: "button", text: "Delete", onclick: () => (done(), orSay(action)) });
    const no = el("button", { type: "button", class: "button", text: "Keep", onclick: done });
    const asked = el("span", { class: "sure", role: "group", "aria-label": question }, el("span", { text: question }), yes, no);
    button.hidden = true;
    button.after(asked);
    no.focus();
  });
}

/** Do it, or show the sentence that says why not. */
async function orSay(action) {
  $("memory-error").textContent = "";
  try {
    await action();
  } catch (error) {
    $("memory-error").textContent = error.message;
  }
}
