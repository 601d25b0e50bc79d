// The current picture, big: draft, partials and final fade into each other; a badge says who made what is shown.

import { $, altText, stageName, titled } from "./dom.js";
import { best, turnOnStage } from "./model.js";

let shown = null; // the version on the stage

export function renderStage(model) {
  const version = model.picture && best(model.picture);
  $("figure").hidden = !version;
  if (!version) return;
  const { prompt } = model.picture;
  $("prompt").textContent = titled(prompt);
  $("frame").setAttribute("aria-label", "Open the picture");
  if (shown !== version.id) show(version, altText(prompt, version.stage));
  else for (const image of $("layers").children) image.alt = altText(prompt, version.stage);
  const badge = $("badge");
  badge.dataset.stage = version.stage;
  badge.textContent = `${stageName(version.stage)} · ${version.engine}`;
  renderProgress(model, version);
}

async function show(version, alt) {
  shown = version.id;
  const image = new Image();
  image.src = version.src;
  image.alt = alt;
  image.className = "layer entering";
  try {
    await image.decode();
  } catch {
    if (shown === version.id) shown = null; // not there (yet): the next event tries again
    return;
  }
  if (shown !== version.id) return; // a newer one came while this one was loading
  $("frame").style.setProperty("--ratio", `${version.width} / ${version.height}`);
  $("figure").style.setProperty("--aspect", version.width / version.height);
  fade($("layers"), image);
  const glow = image.cloneNode();
  glow.alt = "";
  fade($("glow"), glow);
}

function fade(layers, image) {
  const before = [...layers.children];
  layers.append(image);
  image.getBoundingClientRect(); // commits the transparent state, so that the change below is a transition
  image.classList.remove("entering");
  setTimeout(() => before.forEach((old) => old.remove()), 900);
}

function renderProgress(model, version) {
  const turn = turnOnStage(model);
  const working = version.stage !== "final" && turn?.progress !== null && turn?.progress !== undefined;
  const bar = $("progress");
  bar.hidden = !working;
  const percent = working ? Math.round(turn.progress * 100) : 0;
  bar.classList.toggle("waiting", working && percent === 0);
  bar.setAttribute("aria-valuenow", percent);
  bar.firstElementChild.style.width = `${percent}%`;
  $("stage-note").textContent = note(model, version, working, percent, turn);
}

function note(model, version, working, percent, turn) {
  if (working && !model.online) return "The finished picture follows when the bridge is back.";
  if (working) return percent ? "The finished picture is on its way." : "Waiting for the finished picture.";
  if (version.stage !== "final" && turn?.jobFailed) return "The finished picture could not be made.";
  return version.created_at ? madeAt(version.created_at) : "";
}

function madeAt(unixSeconds) {
  const at = new Date(unixSeconds * 1000);
  const today = at.toDateString() === new Date().toDateString();
  return at.toLocaleString([], today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" });
}
