// What the page knows, and how each event changes it. No document in here.

const RANK = { draft: 0, partial: 1, final: 2 };
const TURNS_KEPT = 6;

export function emptyModel() {
  const modes = { muted: false, child: false, private: false, doNotDisturb: false };
  return { seq: 0, state: "idle", reason: null, ...modes, soundFault: null, online: true, turns: [], picture: null, newest: "" };
}

/** Fold one event into the model. False when it was folded in before: events may come twice, around a reconnect. */
export function fold(model, event) {
  if (event.seq <= model.seq) return false;
  model.seq = event.seq;
  if (event.event === "state_changed") Object.assign(model, { state: event.state, reason: event.reason ?? null });
  else if (event.event === "muted") model.muted = event.muted;
  else if (event.event === "do_not_disturb") model.doNotDisturb = event.on;
  else if (event.event === "modes_changed") Object.assign(model, { child: event.child, private: event.private });
  else if (event.event === "failed" && event.code === "sound") model.soundFault = event.text;
  else if (event.event === "sound_works") model.soundFault = null;
  else if (event.event === "link_changed") model.online = event.online;
  else if (event.event === "picture_deleted") {
    if (model.picture?.id === event.picture) model.picture = null;
  }
  else if (event.turn) foldTurn(model, turnOf(model, event.turn), event);
  return true;
}

/** The version to show: the final, else the latest partial, else the draft. */
export function best(picture) {
  return picture.versions.reduce((shown, next) => (!shown || RANK[next.stage] >= RANK[shown.stage] ? next : shown), null);
}

/** Take over what the gallery knows of the picture that belongs on the stage; a version that came since it was asked stays. */
export function adopt(model, picture) {
  const known = model.picture?.id === picture.id ? model.picture.versions : [];
  const newer = known.filter((version) => !picture.versions.some((each) => each.id === version.id));
  model.picture = { ...picture, versions: [...picture.versions, ...newer] };
  note(model, picture.id);
}

/** Ids are UUIDv7, so they sort by time: only what is newer than all before takes the stage by itself. */
export function note(model, pictureId) {
  const newer = pictureId > model.newest;
  if (newer) model.newest = pictureId;
  return newer;
}

/** The turn whose picture is on the stage. */
export const turnOnStage = (model) => model.turns.find((turn) => turn.id === model.picture?.turn);

function turnOf(model, id) {
  let turn = model.turns.find((known) => known.id === id);
  if (!turn) {
    turn = { id, heard: "", partial: null, reply: "", sources: [], failures: [], jobs: 0, jobFailed: false, progress: null, pictures: [] };
    model.turns.push(turn);
    model.turns = model.turns.slice(-TURNS_KEPT);
  }
  return turn;
}

function foldTurn(model, turn, event) {
  switch (event.event) {
    case "partial":
      turn.partial = { text: event.text, stable: event.stable };
      break;
    case "transcript":
      turn.heard = event.text;
      turn.partial = null;
      break;
    case "turn_finished":
      turn.partial = null; // what was never understood is not shown for good
      break;
    case "reply":
      turn.reply = turn.reply ? `${turn.reply} ${event.text}` : event.text;
      break;
    case "job_queued":
      turn.jobs += 1;
      turn.progress = turn.progress ?? 0;
      break;
    case "job_progress":
      turn.progress = Math.max(turn.progress ?? 0, event.fraction);
      break;
    case "failed":
      turn.failures.push(event.text);
      if (event.job) {
        turn.jobFailed = true;
        endJob(turn);
      }
      break;
    case "answered":
      turn.sources = event.sources;
      if (event.rest) turn.reply = `${turn.reply} ${event.rest}`.trim(); // what was not spoken can be read
      endJob(turn);
      break;
    case "artifact":
      if (event.stage === "final") endJob(turn);
      addVersion(model, turn, event);
      break;
  }
}

function endJob(turn) {
  turn.jobs = Math.max(0, turn.jobs - 1);
  turn.progress = turn.jobs ? 0 : null;
}

function addVersion(model, turn, event) {
  if (!turn.pictures.includes(event.picture)) turn.pictures.push(event.picture);
  // The final of an older picture does not push the current one off the stage.
  const newer = note(model, event.picture);
  if (newer)
    model.picture = { id: event.picture, turn: turn.id, prompt: null, versions: [] };
  if (event.picture !== model.picture?.id || model.picture.versions.some((version) => version.id === event.artifact)) return;
  const { artifact: id, stage, engine, src, width, height } = event;
  model.picture.versions.push({ id, stage, engine, src, width, height });
}
