// "Change a part": draw over a part of the picture with finger, mouse or pen, or choose it with the keyboard, and say what
// should be there. The part goes to the device as a small mask.

import { $, api, el } from "./dom.js";

const CELLS = 64; // a side of the mask: as fine as a finger
const BRUSH = 0.06; // of the picture's width
const PLACES = ["Top left", "Top", "Top right", "Left", "Middle", "Right", "Bottom left", "Bottom", "Bottom right"];

export class Part {
  /** `current()` gives the picture that is looked at; `made(id)` is called with the one that comes of it. */
  constructor(current, made) {
    this.current = current;
    this.made = made;
    this.turn = null; // the turn that was begun last, while its picture is awaited
    this.region = null; // what is marked, as the device names it
    this.picture = null; // and in which picture
    this.asking = 0; // how many answers of the device are awaited
    this.early = []; // what happened meanwhile: it may be about the turn or the part that the device has not named yet
    this.marked = false;
    this.canvas = $("part-canvas");
    this.context = this.canvas.getContext("2d");
    $("viewer-change").addEventListener("click", () => (this.open ? this.close() : this.begin()));
    $("part-clear").addEventListener("click", () => this.clear());
    $("part").addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    $("part-grid").append(...PLACES.map((name, at) => this.cell(name, at)));
    this.canvas.addEventListener("pointerdown", (event) => this.press(event));
    this.canvas.addEventListener("pointermove", (event) => this.draw(event));
    for (const end of ["pointerup", "pointercancel"]) this.canvas.addEventListener(end, () => this.lift());
  }

  get open() {
    return !$("part").hidden;
  }

  begin() {
    $("part").hidden = this.canvas.hidden = false;
    $("viewer-change").setAttribute("aria-expanded", "true");
    const image = $("viewer-image");
    this.canvas.width = CELLS * 8;
    this.canvas.height = Math.max(1, Math.round((this.canvas.width * image.height) / image.width));
    this.clear();
    this.say("");
    $("part-text").focus();
  }

  close() {
    if (this.region) api(`/api/pictures/${encodeURIComponent(this.picture)}/mark`, {}).catch(() => {});
    this.region = null;
    $("part").hidden = this.canvas.hidden = true;
    $("viewer-change").setAttribute("aria-expanded", "false");
    this.turn = null;
  }

  clear() {
    this.context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    this.marked = false;
    for (const cell of $("part-grid").querySelectorAll("input")) cell.checked = false;
    if (this.region) this.mark();
  }

  cell(name, at) {
    const box = el("input", { type: "checkbox", "aria-label": name, title: name, onchange: () => this.choose() });
    box.dataset.at = at;
    return box;
  }

  /** What is chosen in the grid takes the place of what was drawn. */
  choose() {
    const chosen = [...$("part-grid").querySelectorAll("input:checked")].map((box) => Number(box.dataset.at));
    const { width, height } = this.canvas;
    this.context.clearRect(0, 0, width, height);
    this.context.fillStyle = "#ff9d00";
    for (const at of chosen) this.context.fillRect(((at % 3) * width) / 3, (Math.floor(at / 3) * height) / 3, width / 3, height / 3);
    this.marked = chosen.length > 0;
    this.mark();
  }

  press(event) {
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    for (const cell of $("part-grid").querySelectorAll("input")) cell.checked = false;
    this.last = this.at(event);
    this.draw(event);
  }

  lift() {
    if (!this.last) return;
    this.last = null;
    this.mark();
  }

  /** Whoever would rather speak than type: the next words are about this part. */
  async mark() {
    const body = this.marked ? { mask: this.mask() } : {};
    await this.answered(async () => {
      const { region } = await api(`/api/pictures/${encodeURIComponent(this.current().id)}/mark`, body).catch(() => ({ region: null }));
      this.region = region;
      this.picture = this.current()?.id;
    });
  }

  /** Ask the device; what happens before it has answered is heard after that. */
  async answered(ask) {
    this.asking += 1;
    try {
      await ask();
    } finally {
      this.asking -= 1;
      const early = this.asking ? [] : this.early.splice(0);
      for (const event of early) this.heard(event);
    }
  }

  draw(event) {
    if (!this.last) return;
    const [from, to] = [this.last, this.at(event)];
    const { context } = this;
    Object.assign(context, { strokeStyle: "#ff9d00", lineCap: "round", lineJoin: "round", lineWidth: this.canvas.width * BRUSH });
    context.beginPath();
    context.moveTo(...from);
    context.lineTo(...to);
    context.stroke();
    this.last = to;
    this.marked = true;
  }

  at(event) {
    const box = this.canvas.getBoundingClientRect();
    return [((event.clientX - box.left) / box.width) * this.canvas.width, ((event.clientY - box.top) / box.height) * this.canvas.height];
  }

  /** Light on black, as small as the device keeps it. */
  mask() {
    const small = el("canvas", { width: CELLS, height: CELLS });
    const context = small.getContext("2d");
    context.fillRect(0, 0, CELLS, CELLS);
    context.drawImage(this.canvas, 0, 0, CELLS, CELLS);
    return small.toDataURL("image/png");
  }

  async send() {
    const text = $("part-text").value.trim();
    if (!this.marked) this.say("Draw over the part that is to change, or choose where.");
    else if (!text) this.say("Say what should be there.");
    else
      try {
        this.say("One moment …");
        await this.answered(async () => {
          const { turn } = await api(`/api/pictures/${encodeURIComponent(this.current().id)}/change`, { text, mask: this.mask() });
          this.turn = turn;
        });
      } catch (error) {
        this.say(error.message);
      }
  }

  /** The device answers: with the new picture, or with a sentence that says why not. */
  heard(event) {
    if (this.asking) {
      this.early.push(event);
      return;
    }
    if (this.region && event.event === "understood" && event.slots.region === this.region) this.turn = event.turn;
    if (!this.turn || event.turn !== this.turn) return;
    if (event.event === "reply" || event.event === "failed") this.say(event.text);
    if (event.event !== "artifact") return;
    $("part-text").value = "";
    this.close();
    this.made(event.picture);
  }

  say(text) {
    $("part-note").textContent = text;
  }
}
