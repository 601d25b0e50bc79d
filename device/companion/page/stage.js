// The current picture, big: draft, partials and final fade into each other; a badge says who made what is shown.

import { $, altText, stageName, titled } from "./dom.js";
import { best, turnOnStage } from "./model.js";

let shown = null; // the image on the stage, or on its way there

export function renderStage(model) {
  const version = model.picture && best(model.picture);
  $("figure").hidden = !version;
  if (!version) return;
  const { prompt } = model.picture;
  if (shown?.dataset.version !== version.id) show(version);
  shown.alt = altText(prompt, version.stage);
  $("prompt").textContent = prompt === null ? "" : titled(prompt);
  $("frame").setAttribute("aria-label", `Open the picture: ${shown.alt}`);
  const badge = $("badge");
  badge.dataset.stage = version.stage;
  badge.textContent = `${stageName(version.stage)} · ${version.engine}`;
  renderProgress(model, version);
}

async function show(version) {
  const image = new Image();
  image.dataset.version = version.id;
  image.src = version.src;
  image.className = "layer entering";
  shown = image;
  try {
    await image.decode();
  } catch {
    return; // the file is gone; what was shown before stays, and the words below say what it should be
  }
  if (shown !== image) return; // a newer one came while this one was loading
  $("frame").style.setProperty("--ratio", `${version.width} / ${version.height}`);
  $("figure").style.setProperty("--aspect", version.width / version.height);
  fade($("layers"), image);
  const glow = image.cloneNode();
  glow.alt = "";
  fade($("glow"), glow);
}

function fade(layers, image) {
  const before = [...layers.children];
  for (const old of before) old.alt = "";
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
  if (working && !model.online) return "It will be finished when the bridge is back.";
  if (working) return percent ? "The finished picture is on its way." : "Waiting for the finished picture.";
  if (version.stage !== "final" && turn?.jobFailed) return "The finished picture could not be made.";
  return version.created_at ? madeAt(version.created_at) : "";
}

function madeAt(unixSeconds) {
  const at = new Date(unixSeconds * 1000);
  const today = at.toDateString() === new Date().toDateString();
  return at.toLocaleString([], today ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" });
}
