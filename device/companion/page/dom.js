// The few things that every part of the page does with the document.

export const $ = (id) => document.getElementById(id);

/** A new element with properties (`class`, `text`, any attribute) and children. */
export function el(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [key, value] of Object.entries(properties)) {
    if (key === "class") element.className = value;
    else if (key === "text") element.textContent = value;
    else if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else if (value !== undefined && value !== false) element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

/** GET or, with a body, POST; the answer's JSON, or an Error that holds the device's one sentence. */
export async function api(path, body) {
  let answer;
  try {
    answer = await fetch(path, body === undefined ? {} : {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
    });
  } catch {
    throw new Error("The device can't be reached; try again in a moment.");
  }
  const json = await answer.json().catch(() => ({}));
  if (answer.status === 401) location.reload(); // this phone was unpaired: the server shows how to pair it
  if (!answer.ok) throw new Error(json.error ?? "The device didn't understand that.");
  return json;
}

const STAGES = { draft: "Draft", partial: "In progress", final: "Final" };

/** A version's stage as it is named on the page. */
export const stageName = (stage) => STAGES[stage] ?? stage;

/** A prompt as a title: `a red fox` → `A red fox`. */
export const titled = (text) => (text ? text[0].toUpperCase() + text.slice(1) : "Untitled");

let toastEnds = null;

/** A line at the bottom for some seconds, with one button that takes it back. */
export function toast(text, undo) {
  clearTimeout(toastEnds);
  $("toast-text").textContent = text;
  $("toast-undo").onclick = () => {
    $("toast").hidden = true;
    undo();
  };
  $("toast").hidden = false;
  toastEnds = setTimeout(() => ($("toast").hidden = true), 12000);
}

/** What a picture shows, for those who don't see it; the prompt is null until it is known. */
export function altText(prompt, stage) {
  const words = prompt === null ? "A new picture" : titled(prompt);
  return stage === "final" ? words : `${words} (${stageName(stage).toLowerCase()})`;
}
