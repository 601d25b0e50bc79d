// The conversation as it is heard: what was said, what was answered, what went wrong.

import { $, el } from "./dom.js";

const STATES = { idle: "Ready", listening: "Listening", thinking: "Thinking", speaking: "Speaking" };

export function renderState(state) {
  $("state").dataset.state = state;
  setText($("state-text"), STATES[state] ?? state);
}

export function renderTalk(turns) {
  const list = $("talk");
  const spoken = turns.filter((turn) => turn.heard || turn.reply || turn.failures.length);
  for (const item of [...list.children])
    if (!spoken.some((turn) => turn.id === item.dataset.turn)) item.remove();
  for (const turn of spoken) {
    let item = [...list.children].find((child) => child.dataset.turn === turn.id);
    if (!item) {
      item = el("li", { class: "line", "data-turn": turn.id });
      list.append(item);
    }
    line(item, "heard", "You", turn.heard);
    item.querySelector(".heard")?.classList.toggle("unsure", turn.unsure);
    line(item, "reply", "Nightjar", turn.reply);
    line(item, "failure", "Problem", turn.failures.filter((text) => text !== turn.reply).join(" "));
  }
  list.lastElementChild?.classList.add("newest");
  for (const item of list.children) item.classList.toggle("newest", item === list.lastElementChild);
  list.scrollTop = list.scrollHeight;
}

function line(item, kind, who, text) {
  let paragraph = item.querySelector(`.${kind}`);
  if (!text) {
    paragraph?.remove();
    return;
  }
  if (!paragraph) {
    paragraph = el("p", { class: kind }, el("span", { class: "visually-hidden", text: `${who}: ` }), el("span", { class: "words" }));
    item.append(paragraph);
  }
  setText(paragraph.querySelector(".words"), text);
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
