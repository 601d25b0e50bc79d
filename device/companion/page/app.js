// Puts the parts of the page together: events change the model, the model is drawn.

import { startDeveloper } from "./developer.js";
import { $, api } from "./dom.js";
import { Grid } from "./grid.js";
import { Live } from "./live.js";
import { startMemory } from "./memory.js";
import { adopt, emptyModel, fold, note } from "./model.js";
import { renderMicrophone, startMicrophone } from "./microphone.js";
import { startPhoto } from "./photo.js";
import { renderStage } from "./stage.js";
import { renderModes, renderState, renderTalk, startComposer } from "./talk.js";
import { Viewer } from "./viewer.js";

let model = emptyModel();
let connection = "live";
const grid = new Grid((id) => viewer.open(id));
const viewer = new Viewer(grid);
const ask = (text) => api("/api/ask", { text });

function render() {
  renderState(model);
  renderModes(model);
  renderMicrophone(model, connection === "live");
  renderStage(model);
  renderTalk(model.turns);
  grid.setCurrent(model.picture?.id ?? null);
  $("welcome").hidden = model.picture !== null;
  const line = $("connection");
  const offline = model.online || model.private ? "" : "The bridge is offline; drafts only.";
  const text = connection === "reconnecting" ? "Reconnecting…" : (model.soundFault ?? offline);
  line.hidden = !text;
  line.dataset.kind = connection === "reconnecting" ? "reconnecting" : model.soundFault ? "fault" : "offline";
  if (line.textContent !== text) line.textContent = text;
}

/** An event says which file can be shown; words, parent and the order of things come from the gallery. */
async function refresh(pictureId, { front = false } = {}) {
  const picture = await api(`/api/pictures/${encodeURIComponent(pictureId)}`).catch(() => null);
  if (!picture) return;
  grid.put(picture);
  viewer.update(picture);
  if (front || model.picture?.id === pictureId) {
    adopt(model, picture);
    render();
  }
}

const live = new Live({
  onSnapshot(state) {
    const first = model.seq === 0;
    // Away for too long, or the device was set up anew: what is on the page doesn't connect to what comes.
    if (state.seq < model.seq || (state.events.length && state.events[0].seq > model.seq + 1)) model = emptyModel();
    for (const event of state.events) fold(model, event);
    const { seq, state: doing, reason, muted, child, private: kept, online, phone, sound_fault: soundFault } = state;
    Object.assign(model, { seq, state: doing, reason, muted, child, private: kept, online, phone, soundFault });
    model.doNotDisturb = state.do_not_disturb;
    model.picture = null;
    if (state.picture) adopt(model, state.picture);
    if (state.newest) note(model, state.newest);
    document.title = state.name;
    $("name").textContent = state.name;
    $("example").textContent = `${sentenceCase(state.phrases[0])}, draw a red fox under a full moon`;
    $("phones").hidden = !state.pairing;
    render();
    grid.reload().catch(() => {});
    if (first) viewer.follow();
  },
  onEvent(event) {
    if (!fold(model, event)) return;
    render();
    viewer.part.heard(event);
    if (event.event === "artifact") refresh(event.picture);
    else if (event.event === "picture_shown") refresh(event.picture, { front: true });
    else if (event.event === "picture_sent" && event.phone === model.phone) viewer.bring(event.picture);
    else if (event.event === "picture_deleted") {
      grid.remove(event.picture);
      viewer.deleted(event.picture);
    }
  },
  onConnection(now) {
    connection = now;
    render();
  },
});

startComposer(ask);
startMicrophone((muted) => api("/api/mute", { muted }));
startPhoto();
startDeveloper();
startMemory(() => {
  model.turns = [];
  $("turns").replaceChildren();
  render();
});
$("frame").addEventListener("click", () => model.picture && viewer.open(model.picture.id));
for (const idea of $("ideas").querySelectorAll("button"))
  idea.addEventListener("click", () => {
    $("text").value = idea.textContent;
    $("composer").requestSubmit();
  });
live.open();

function sentenceCase(phrase) {
  return phrase.replace(/(^|\s)\p{L}/gu, (letter) => letter.toUpperCase());
}
