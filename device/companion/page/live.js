// The connection to the device: a snapshot, then every event after it. Phones end streams without saying so when the page
// goes to the background, so the page ends its own stream then and catches up when it is looked at again.

import { api } from "./dom.js";

const SILENCE_MS = 40_000; // the device says something every 15 s

export class Live {
  /** `onSnapshot(state)`, `onEvent(event)`, `onConnection("live" | "reconnecting")`. */
  constructor({ onSnapshot, onEvent, onConnection }) {
    Object.assign(this, { onSnapshot, onEvent, onConnection });
    this.attempt = 0;
    this.source = null;
    this.retryMs = 500;
    document.addEventListener("visibilitychange", () => (document.hidden ? this.close() : this.open()));
    addEventListener("pagehide", () => this.close());
    addEventListener("pageshow", (event) => event.persisted && this.open());
    addEventListener("online", () => this.open());
  }

  /** Connect, or connect anew: first what was missed, then what happens. */
  async open() {
    this.close();
    const attempt = ++this.attempt;
    let state;
    try {
      state = await api("/api/state");
    } catch {
      if (attempt === this.attempt) this.retry();
      return;
    }
    if (attempt !== this.attempt || document.hidden) return;
    this.onSnapshot(state);
    const source = (this.source = new EventSource(`/events?after=${state.seq}`));
    source.onopen = () => {
      this.retryMs = 500;
      this.onConnection("live");
      this.watch();
    };
    source.onmessage = (message) => {
      this.watch();
      this.onEvent(JSON.parse(message.data));
    };
    source.addEventListener("alive", () => this.watch());
    source.addEventListener("reset", () => this.open()); // the device was set up anew meanwhile
    source.onerror = () => this.retry();
  }

  close() {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = null;
  }

  watch() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.retry(), SILENCE_MS);
  }

  retry() {
    this.close();
    if (document.hidden) return;
    this.onConnection("reconnecting");
    this.timer = setTimeout(() => this.open(), this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, 5000);
  }
}
