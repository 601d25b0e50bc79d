// Timers, alarms and reminders: what is to come, by the device's own clock on the wall.

import { api, el, titled } from "./dom.js";
import { section } from "./lines.js";

const DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

export const renderComing = section("coming", async (line) => {
  const { now, timers, entries } = await api("/api/coming");
  return [...timers.map((timer) => timerItem(timer, line)), ...entries.map((entry) => entryItem(entry, now, line))];
});

function timerItem({ n, name, left_s: left, paused }, line) {
  const what = name ? `${titled(name)} timer` : "Timer";
  return item(what, `${left ? `${lasting(left)} left` : "over"}${paused ? ", paused" : ""}`, `Cancel the ${name ? `${name} ` : ""}timer`, `/api/timers/${n}/cancel`, line);
}

function entryItem({ n, kind, about, at, days, person }, now, line) {
  const what = kind === "alarm" ? `Alarm${about ? `: ${about}` : ""}` : titled(about);
  const when = `${days.length ? `${often(days)} at ${at.slice(11)}` : moment(at, now)}${person ? `, for ${person}` : ""}`;
  return item(what, when, `Cancel the ${kind}${about ? ` ${about.slice(0, 40)}` : ""}, ${when}`, `/api/agenda/${n}/cancel`, line);
}

function item(what, when, label, address, line) {
  const words = el("p", { dir: "auto" }, what, el("span", { class: "note", text: ` ${when}` }));
  return el("li", { class: "paper" }, line(words, label, address, "div"));
}

/** `06:30` of today, `Fri 27 Nov, 06:30` of another day; times without a zone are the device's. */
function moment(at, now) {
  const day = new Date(at).toLocaleDateString([], { weekday: "short", day: "numeric", month: "short" });
  return `${at.slice(0, 10) === now.slice(0, 10) ? "" : `${day}, `}${at.slice(11)}`;
}

function often(days) {
  if (days.length === 7) return "every day";
  if (days.join() === "0,1,2,3,4") return "every weekday";
  return `every ${days.map((day) => DAYS[day]).join(", ")}`;
}

/** Seconds as `1:05:09` or `4:30`. */
function lasting(seconds) {
  const whole = Math.ceil(seconds);
  const parts = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  if (!parts[0]) parts.shift();
  return parts.map((part, at) => (at ? String(part).padStart(2, "0") : part)).join(":");
}
