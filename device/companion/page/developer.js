// The drawer: what is to come and what is written down; for developers, the last turns as a waterfall; and the phones that are paired.

import { $, api, el } from "./dom.js";
import { renderComing } from "./coming.js";
import { renderPapers } from "./papers.js";

// What the time between two events of a turn was spent on: [name, begins with, ends with].
const SPANS = [
  ["Speech", "speech_started", "end_of_turn"],
  ["Words", "end_of_turn", "transcript"],
  ["Meaning", "transcript", "understood"],
  ["Draft", "understood", "draft"],
  ["Reply", "reply", "reply_audio_started"],
  ["Bridge", "job_queued", "job_end"],
];

export function startDeveloper() {
  const drawer = $("developer");
  $("open-developer").addEventListener("click", async () => {
    drawer.showModal();
    await Promise.all([renderComing(), renderPapers(), renderTurns(), renderPhones()]);
  });
  $("developer-close").addEventListener("click", () => drawer.close());
  drawer.addEventListener("click", (event) => event.target === drawer && drawer.close());
  drawer.addEventListener("close", () => ($("phone-code").hidden = true));
  $("phone-add").addEventListener("click", () => orSay(showCode));
}

async function renderTurns() {
  const { turns } = await api("/api/turns").catch(() => ({ turns: [] }));
  const items = turns.filter((turn) => turn.events.length).map(turnItem);
  $("turns").replaceChildren(...(items.length ? items : [el("li", { class: "note", text: "Nothing was said yet." })]));
}

function turnItem({ heard, reply, events }) {
  const end = Math.max(...events.map((event) => event.at_ms), 1);
  const heading = el("h3", { text: heard || reply || "(nothing was said)", dir: "auto" });
  const find = (name) => (name === "job_end" ? jobEnd(events) : events.find((event) => event.event === name));
  const rows = SPANS.map(([name, from, to]) => spanRow(name, find(from), find(to), end)).filter(Boolean);
  const marks = events.map((event) => el("li", {}, el("span", { text: nameOf(event) }), el("span", { text: `${Math.round(event.at_ms)} ms` })));
  const all = el("details", {}, el("summary", { text: `${events.length} events, ${seconds(end)}` }), el("ol", { class: "marks" }, ...marks));
  return el("li", { class: "turn" }, heading, rows.length ? el("div", { class: "waterfall" }, ...rows) : null, all);
}

function spanRow(name, from, to, end) {
  if (!from || !to || to.at_ms < from.at_ms) return null;
  const bar = el("i", { class: `bar bar-${name.toLowerCase()}` });
  bar.style.left = `${Math.max(0, (from.at_ms / end) * 100)}%`;
  bar.style.width = `${((to.at_ms - from.at_ms) / end) * 100}%`;
  return el("p", { class: "span" }, el("span", { text: name }), el("span", { class: "track" }, bar), el("span", { class: "took", text: seconds(to.at_ms - from.at_ms) }));
}

/** The last picture or failure after the job was queued; the draft's own picture directly follows its draft. */
function jobEnd(events) {
  const queued = events.findIndex((event) => event.event === "job_queued");
  return events.findLast((event, at) =>
    at > queued && (event.event === "failed" || (event.event === "artifact" && events[at - 1].event !== "draft")));
}

const nameOf = (event) => event.event.replaceAll("_", " ");
const seconds = (ms) => (ms < 100 ? `${ms.toFixed(0)} ms` : `${(ms / 1000).toFixed(2)} s`);

async function renderPhones() {
  if ($("phones").hidden) return;
  const { phones } = await api("/api/phones").catch(() => ({ phones: [] }));
  $("phone-list").replaceChildren(...phones.map(phoneItem));
}

function phoneItem(phone) {
  const when = new Date(phone.paired_at * 1000).toLocaleDateString([], { dateStyle: "medium" });
  const remove = el("button", { type: "button", class: "button", text: "Unpair", onclick: () => orSay(async () => {
    await api(`/api/phones/${phone.id}/revoke`, {});
    await renderPhones();
  }) });
  const what = phone.called || shortName(phone.name);
  const name = el("input", { type: "text", maxlength: 40, placeholder: shortName(phone.name), "aria-label": `Name of ${what}`, value: phone.called,
    onchange: () => orSay(() => api(`/api/phones/${phone.id}/name`, { name: name.value })) });
  return el("li", {}, name, el("span", { text: `${phone.this ? "this phone, " : ""}paired ${when}` }), remove);
}

/** Do it, or show the sentence that says why not. */
async function orSay(action) {
  $("phones-error").textContent = "";
  try {
    await action();
  } catch (error) {
    $("phones-error").textContent = error.message;
  }
}

const shortName = (agent) => /iPhone|iPad|Android|Macintosh|Windows|Linux/.exec(agent)?.[0] ?? "A phone";

async function showCode() {
  const { svg } = await api("/api/phones/link", {});
  const url = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }));
  $("phone-qr").onload = () => URL.revokeObjectURL(url);
  $("phone-qr").src = url;
  $("phone-code").hidden = false;
}
