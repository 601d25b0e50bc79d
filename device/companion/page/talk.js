// The conversation as it is heard: what was said, what was answered, what went wrong.

import { $, el } from "./dom.js";

const STATES = { idle: "Ready", listening: "Listening", thinking: "Thinking", speaking: "Speaking" };

/** What the device is doing; after a question of its own it listens without a wake word, and says so. */
export function renderState({ state, reason, muted }) {
  const shown = state === "idle" && muted ? "muted" : state;
  const words = { muted: "Muted", "listening follow_up": "Just answer", "speaking barge_in": "Paused" };
  Object.assign($("state").dataset, { state: shown, reason: reason ?? "" });
  setText($("state-text"), words[shown] ?? words[`${state} ${reason}`] ?? STATES[state] ?? state);
}

/** What the household has switched on; said once, by one small badge. */
export function renderModes({ child, private: kept, doNotDisturb }) {
  const words = [child && "Child mode", kept && "Private", doNotDisturb && "Do not disturb"].filter(Boolean).join(" · ");
  $("mode").hidden = !words;
  $("mode").title = words; // on a phone there is no room for all of them
  setText($("mode"), words);
}

export function renderTalk(turns) {
  const list = $("talk");
  const spoken = turns.filter((turn) => turn.heard || turn.partial || turn.reply || turn.failures.length);
  for (const item of [...list.children])
    if (!spoken.some((turn) => turn.id === item.dataset.turn)) item.remove();
  for (const turn of spoken) {
    let item = [...list.children].find((child) => child.dataset.turn === turn.id);
    if (!item) {
      item = el("li", { class: "line", "data-turn": turn.id });
      list.append(item);
    }
    const partial = turn.heard ? null : turn.partial;
    item.setAttribute("aria-busy", String(Boolean(partial))); // read out when it is settled, not at every word
    line(item, "heard", "You", partial?.text ?? turn.heard, partial?.stable);
    line(item, "reply", "Nightjar", turn.reply);
    sources(item, turn.sources);
    line(item, "failure", "Problem", turn.failures.filter((text) => !turn.reply.endsWith(text)).join(" "));
  }
  list.lastElementChild?.classList.add("newest");
  for (const item of list.children) item.classList.toggle("newest", item === list.lastElementChild);
  list.scrollTop = list.scrollHeight;
}

/** One bubble; with `stable`, only so many of its first characters won't change any more. */
function line(item, kind, who, text, stable = text.length) {
  let paragraph = item.querySelector(`.${kind}`);
  if (!text) {
    paragraph?.remove();
    return;
  }
  if (!paragraph) {
    paragraph = el("p", { class: kind }, el("span", { class: "visually-hidden", text: `${who}: ` }), el("span", { class: "words", dir: "auto" }));
    item.append(paragraph);
  }
  const words = paragraph.querySelector(".words");
  if (words.textContent === text && !words.lastElementChild === (stable >= text.length)) return;
  words.replaceChildren(text.slice(0, stable));
  if (stable < text.length) words.append(el("span", { class: "unsettled", text: text.slice(stable) }));
}

/** What an answer comes from: links that tell the other side nothing about this page. */
function sources(item, found) {
  const shown = item.querySelector(".sources");
  if (shown?.childElementCount === found.length || (!shown && !found.length)) return;
  shown?.remove();
  const links = found.map(({ url, title, site }) =>
    el("li", {}, el("a", { href: url, target: "_blank", rel: "noopener noreferrer", dir: "auto", text: title }), ` ${site}`));
  const list = el("ol", { class: "sources", "aria-label": "Sources" }, ...links);
  item.querySelector(".reply")?.after(list) ?? item.append(list);
}

/** Only when it changed: screen readers announce every touch of a live region. */
function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The text field; `send(text)` rejects with the sentence to show. */
export function startComposer(send) {
  const [form, input, problem] = [$("composer"), $("text"), $("composer-error")];
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = input.value.trim();
    if (!text) return;
    input.value = "";
    problem.hidden = true;
    try {
      await send(text);
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
      if (!input.value) input.value = text; // nothing that was typed is lost
    }
  });
}
