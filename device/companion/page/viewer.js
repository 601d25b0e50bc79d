// One picture with its history: its versions, what it was changed from, who made it; to keep or to share.

import { $, altText, api, el, stageName, titled, toast } from "./dom.js";
import { Part } from "./part.js";

const SUFFIX = { "image/png": "png", "image/jpeg": "jpg", "image/webp": "webp" };
const PARENTS_SHOWN = 12;

export class Viewer {
  /** `grid` knows the order of the pictures. */
  constructor(grid) {
    this.grid = grid;
    this.picture = null;
    this.version = null;
    this.part = new Part(() => this.picture, (id) => this.replace(id));
    $("viewer-delete").addEventListener("click", () => this.delete());
    $("viewer-close").addEventListener("click", () => this.leave());
    $("viewer").addEventListener("cancel", (event) => {
      event.preventDefault();
      this.leave();
    });
    $("viewer-newer").addEventListener("click", () => this.turn(-1));
    $("viewer-older").addEventListener("click", () => this.turn(1));
    addEventListener("keydown", (event) => {
      if (!$("viewer").open || event.target.matches("input")) return;
      if (event.key === "ArrowLeft") this.turn(-1);
      if (event.key === "ArrowRight") this.turn(1);
    });
    $("viewer-share").addEventListener("click", () => this.share());
    addEventListener("popstate", () => this.follow());
  }

  /** Show a picture; the phone's back gesture closes it again. */
  open(id) {
    history.pushState({ picture: id }, "", `#picture=${id}`);
    this.follow();
  }

  /** Somebody had the picture shown on this phone. */
  bring(id) {
    if ($("viewer").open) this.replace(id);
    else this.open(id);
  }

  leave() {
    if (history.state?.picture) history.back();
    else {
      history.replaceState(null, "", "/");
      this.follow();
    }
  }

  /** Show what the address names. */
  async follow() {
    const id = new URLSearchParams(location.hash.slice(1)).get("picture");
    this.part.close();
    if (!id) {
      $("viewer").close();
      return;
    }
    try {
      this.picture = await api(`/api/pictures/${encodeURIComponent(id)}`);
    } catch {
      $("viewer").close();
      return;
    }
    this.show(this.picture.best);
    if (!$("viewer").open) $("viewer").showModal();
    await this.showParents(id);
    // The button that was pressed may be gone with the picture it belonged to.
    if (document.activeElement === document.body) $("viewer-prompt").focus();
  }

  /** A version came while the picture is open. */
  update(picture) {
    if (!$("viewer").open || this.picture?.id !== picture.id) return;
    const showedBest = this.version?.id === this.picture.best;
    this.picture = picture;
    this.show(showedBest ? picture.best : this.version.id);
  }

  show(versionId) {
    const { picture } = this;
    const version = (this.version = picture.versions.find((each) => each.id === versionId) ?? picture.versions.at(-1));
    if (!version) return;
    const image = $("viewer-image");
    image.src = version.src;
    image.alt = altText(picture.prompt, version.stage);
    image.width = version.width;
    image.height = version.height;
    $("viewer-prompt").textContent = titled(picture.prompt);
    $("viewer-details").replaceChildren(
      ...fact(picture.photo ? "From" : "Made by", picture.photo ?? version.engine),
      ...fact("Stage", stageName(version.stage)),
      ...fact("Size", `${version.width} × ${version.height}`),
      ...fact("Made", new Date(version.created_at * 1000).toLocaleString([], { dateStyle: "medium", timeStyle: "short" })),
    );
    const save = $("viewer-save");
    save.href = version.src;
    save.download = `${fileName(picture.prompt)}.${SUFFIX[version.media_type] ?? "png"}`;
    $("viewer-share").hidden = !navigator.canShare?.({ files: [new File([], save.download, { type: version.media_type })] });
    $("viewer-versions-section").hidden = picture.versions.length < 2;
    this.showVersions();
    const at = this.grid.pictures.findIndex((each) => each.id === picture.id);
    $("viewer-newer").disabled = at <= 0;
    $("viewer-older").disabled = at < 0 || at >= this.grid.pictures.length - 1;
  }

  showVersions() {
    const strip = $("viewer-versions");
    const { versions } = this.picture;
    // Made anew only when there are others, so that the keyboard's place among them is kept.
    if (versions.map((version) => version.id).join() !== [...strip.children].map((tile) => tile.dataset.version).join())
      strip.replaceChildren(...versions.map((version) => this.versionTile(version)));
    for (const tile of strip.children)
      tile.firstElementChild.setAttribute("aria-pressed", tile.dataset.version === this.version.id);
  }

  versionTile(version) {
    const image = el("img", { src: version.src, alt: "", loading: "lazy" });
    const label = el("span", { text: stageName(version.stage) });
    const button = el("button", { type: "button", onclick: () => this.show(version.id) }, image, label);
    return el("li", { "data-version": version.id }, button);
  }

  async showParents(id) {
    const chain = [];
    const waiting = parentsOf(this.picture);
    while (waiting.length && chain.length < PARENTS_SHOWN) {
      const parent = waiting.shift();
      if (chain.some((known) => known.id === parent)) continue;
      const picture = await api(`/api/pictures/${encodeURIComponent(parent)}`).catch(() => null); // may be deleted
      if (!picture) continue;
      chain.push(picture);
      waiting.push(...parentsOf(picture));
    }
    if (this.picture?.id !== id) return;
    $("viewer-history-section").hidden = chain.length === 0;
    $("viewer-history").replaceChildren(...chain.map((picture) => this.parentTile(picture)));
  }

  parentTile(picture) {
    const version = picture.versions.find((each) => each.id === picture.best);
    const image = version && el("img", { src: version.src, alt: "", loading: "lazy" });
    const label = el("span", { text: titled(picture.prompt), dir: "auto" });
    return el("li", {}, el("button", { type: "button", onclick: () => this.replace(picture.id) }, image, label));
  }

  turn(step) {
    const at = this.grid.pictures.findIndex((each) => each.id === this.picture?.id);
    const next = at < 0 ? undefined : this.grid.pictures[at + step];
    if (next) this.replace(next.id);
    if (at + step > this.grid.pictures.length - 4) this.grid.more();
  }

  replace(id) {
    history.replaceState(history.state && { picture: id }, "", `#picture=${id}`);
    this.follow();
  }

  async delete() {
    const { id } = this.picture;
    try {
      await api(`/api/pictures/${encodeURIComponent(id)}/delete`, {});
    } catch (error) {
      $("part-note").textContent = error.message;
      return;
    }
    this.deleted(id);
    toast("The picture is deleted.", () => api(`/api/pictures/${encodeURIComponent(id)}/restore`, {}).catch(() => {}));
  }

  /** A picture is gone, by this page or by word. */
  deleted(id) {
    if (!$("viewer").open || this.picture?.id !== id) return;
    this.picture = null; // the answer and the event both say so; going back twice would leave the page
    this.leave();
  }

  async share() {
    const { version, picture } = this;
    try {
      const blob = await (await fetch(version.src)).blob();
      const file = new File([blob], $("viewer-save").download, { type: version.media_type });
      await navigator.share({ files: [file], title: titled(picture.prompt) });
    } catch {
      // closed without sharing, or the device is gone, which the page says elsewhere
    }
  }
}

const parentsOf = ({ parent, others }) => [parent, ...others].filter(Boolean);
const fact = (name, value) => [el("dt", { text: name }), el("dd", { text: value })];
const fileName = (prompt) => prompt.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-|-$/g, "").slice(0, 60) || "picture";
