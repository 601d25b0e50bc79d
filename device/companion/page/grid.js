// Earlier pictures, newest first; more are fetched when the end of the list comes into view.

import { $, altText, api, el } from "./dom.js";

const PAGE_SIZE = 24;

export class Grid {
  /** `open(id)` is called with the picture that was chosen. */
  constructor(open) {
    this.open = open;
    this.pictures = []; // newest first, the current one too
    this.current = null;
    this.complete = false;
    this.loading = false;
    new IntersectionObserver(([end]) => end.isIntersecting && this.more(), { rootMargin: "600px" }).observe($("more"));
  }

  async reload() {
    const { pictures } = await api(`/api/pictures?limit=${PAGE_SIZE}`);
    const last = pictures.at(-1);
    const follows = last ? this.pictures.filter((picture) => picture.id < last.id) : [];
    if (!follows.length || !this.find(last.id)) {
      this.pictures = pictures;
      this.complete = pictures.length < PAGE_SIZE;
    } else this.pictures = [...pictures, ...follows]; // what was scrolled to stays
    this.render();
  }

  async more() {
    if (this.complete || this.loading || !this.pictures.length) return;
    this.loading = true;
    try {
      const { pictures } = await api(`/api/pictures?limit=${PAGE_SIZE}&before=${this.pictures.at(-1).id}`);
      this.complete = pictures.length < PAGE_SIZE;
      this.pictures.push(...pictures.filter((picture) => !this.find(picture.id)));
      this.render();
    } catch {
      // the next scroll tries again; the connection line says what is wrong
    } finally {
      this.loading = false;
    }
  }

  find(id) {
    return this.pictures.find((picture) => picture.id === id);
  }

  /** A picture is new, or has a new version. */
  put(picture) {
    const at = this.pictures.findIndex((known) => known.id <= picture.id);
    if (at >= 0 && this.pictures[at].id === picture.id) this.pictures[at] = picture;
    else if (at >= 0) this.pictures.splice(at, 0, picture);
    else if (this.complete || !this.pictures.length) this.pictures.push(picture);
    this.render();
  }

  /** A picture was deleted. */
  remove(id) {
    this.pictures = this.pictures.filter((picture) => picture.id !== id);
    this.render();
  }

  setCurrent(id) {
    if (this.current === id) return;
    this.current = id;
    this.render();
  }

  render() {
    const shown = this.pictures.filter((picture) => picture.best && picture.id !== this.current);
    const tiles = new Map([...$("grid").children].map((tile) => [tile.dataset.key, tile]));
    $("grid").replaceChildren(...shown.map((picture) => tiles.get(key(picture)) ?? this.tile(picture)));
    $("earlier").hidden = shown.length === 0;
  }

  tile(picture) {
    const version = picture.versions.find((each) => each.id === picture.best);
    const image = el("img", { src: version.src, alt: altText(picture.prompt, version.stage), loading: "lazy", decoding: "async" });
    const button = el("button", { type: "button", onclick: () => this.open(picture.id) }, image);
    if (version.stage !== "final") button.append(el("span", { class: "badge small", text: "Draft", "aria-hidden": "true" }));
    return el("li", { "data-key": key(picture) }, button);
  }
}

const key = (picture) => `${picture.id}:${picture.best}:${picture.prompt}`;
