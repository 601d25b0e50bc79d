// The microphone's button: shows whether the device can hear, and moves the gate. It shows what the device said last, never
// what was only asked for.

import { $ } from "./dom.js";

export function renderMicrophone(model, connected) {
  const button = $("mute");
  button.setAttribute("aria-pressed", String(model.muted));
  button.title = model.muted ? "The microphone is off" : "Mute the microphone";
  button.classList.toggle("unsure", !connected);
}

/** `move(muted)` rejects with the sentence to show. */
export function startMicrophone(move) {
  const [button, problem] = [$("mute"), $("composer-error")];
  button.addEventListener("click", async () => {
    problem.hidden = true;
    try {
      await move(button.getAttribute("aria-pressed") !== "true");
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    }
  });
}
