// Lists and notes: what is written down.

import { api, el, titled } from "./dom.js";
import { section } from "./lines.js";

export const renderPapers = section("papers", async (line) => {
  const { lists, notes } = await api("/api/papers");
  return [...lists.map((list) => listItem(list, line)), ...notes.map((note) => noteItem(note, line))];
});

function listItem({ n, name, items }, line) {
  const lines = items.map((item) => line(el("span", { text: item.text, dir: "auto" }), `Delete ${item.text}`, `/api/list-items/${item.n}/delete`));
  const heading = line(el("h4", { dir: "auto" }, el("bdi", { text: titled(name) }), " list"), `Delete the whole ${name} list`, `/api/lists/${n}/delete`, "div");
  return el("li", { class: "paper" }, heading, lines.length ? el("ul", {}, ...lines) : el("p", { class: "note", text: "Nothing is on it." }));
}

function noteItem({ n, text, written_at: writtenAt }, line) {
  const when = new Date(writtenAt * 1000).toLocaleDateString([], { dateStyle: "medium" });
  const words = el("p", { dir: "auto" }, text, el("span", { class: "note", text: ` ${when}` }));
  return el("li", { class: "paper" }, line(words, `Delete the note ${text.slice(0, 40)}`, `/api/notes/${n}/delete`, "div"));
}
