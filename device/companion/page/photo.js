// A photo from this phone, handed to the device.

import { $ } from "./dom.js";

const MOST_BYTES = 20 * 1024 * 1024;

export function startPhoto() {
  const [button, input, problem] = [$("photo"), $("photo-file"), $("composer-error")];
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", async () => {
    const [file] = input.files;
    input.value = ""; // the same photo may be chosen again
    if (!file) return;
    problem.hidden = true;
    button.disabled = true;
    button.setAttribute("aria-busy", "true");
    try {
      await send(file);
    } catch (error) {
      problem.textContent = error.message;
      problem.hidden = false;
    } finally {
      button.disabled = false;
      button.removeAttribute("aria-busy");
    }
  });
}

async function send(file) {
  if (file.size > MOST_BYTES) throw new Error("The photo is larger than 20 MB.");
  let answer;
  try {
    answer = await fetch("/api/photos", { method: "POST", headers: { "Content-Type": file.type || "application/octet-stream" }, body: file });
  } catch {
    throw new Error("The device can't be reached; try again in a moment.");
  }
  if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error ?? "The photo didn't arrive; try again.");
}
