// Lists and notes: what is written down, each line with a button that deletes it.

import { $, api, el, titled } from "./dom.js";

export async function renderPapers() {
  let papers;
  try {
    papers = await api("/api/papers");
  } catch (error) {
    say(error.message);
    return;
  }
  say("");
  const lists = papers.lists.map(listItem);
  const notes = papers.notes.map(noteItem);
  $("papers").replaceChildren(...lists, ...notes);
  $("papers-empty").hidden = lists.length + notes.length > 0;
}

function listItem({ n, name, items }) {
  const title = `${titled(name)} list`;
  const lines = items.map((item) => line(el("span", { text: item.text }), `Delete ${item.text}`, `/api/list-items/${item.n}/delete`));
  const heading = line(el("h4", { text: title }), `Delete the whole ${name} list`, `/api/lists/${n}/delete`, "div");
  return el("li", { class: "paper" }, heading, lines.length ? el("ul", {}, ...lines) : el("p", { class: "note", text: "Nothing is on it." }));
}

function noteItem({ n, text, written_at: writtenAt }) {
  const when = new Date(writtenAt * 1000).toLocaleDateString([], { dateStyle: "medium" });
  const words = el("p", { dir: "auto" }, text, el("span", { class: "note", text: ` ${when}` }));
  return el("li", { class: "paper" }, line(words, `Delete the note ${text.slice(0, 40)}`, `/api/notes/${n}/delete`, "div"));
}

function line(content, label, address, tag = "li") {
  const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  icon.setAttribute("class", "icon");
  icon.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS("http://www.w3.org/2000/svg", "use");
  shape.setAttribute("href", "#i-close");
  icon.append(shape);
  const remove = el("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick: () => drop(address) }, icon);
  return el(tag, { class: "paper-line" }, content, remove);
}

async function drop(address) {
  try {
    await api(address, {});
  } catch (error) {
    say(error.message);
    return;
  }
  await renderPapers();
  $("papers-title").focus(); // the button that had the focus is gone
}

function say(problem) {
  $("papers-error").textContent = problem;
}
