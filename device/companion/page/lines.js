// A section of the drawer whose lines each have a button that takes them away: what is written down, what is to come.

import { $, api, el } from "./dom.js";

/**
 * Return how to draw the section `id` (with its `-title`, `-empty` and `-error`). `read` returns its items; it gets
 * `line(content, label, address, tag)`, which makes one line whose button posts to `address`.
 */
export function section(id, read) {
  const say = (problem) => ($(`${id}-error`).textContent = problem);

  async function render() {
    let items;
    try {
      items = await read(line);
    } catch (error) {
      say(error.message);
      return;
    }
    say("");
    $(id).replaceChildren(...items);
    $(`${id}-empty`).hidden = items.length > 0;
  }

  async function drop(address) {
    try {
      await api(address, {});
    } catch (error) {
      say(error.message);
      return;
    }
    await render();
    $(`${id}-title`).focus(); // the button that had the focus is gone
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

  return render;
}
