"use strict";

// Keeps the list and the clock fresh without closing what is being read. The server answers
// 304 while nothing has changed.
const REFRESH = 2000;
const { clock, outbox } = document.body.dataset;
let seen = "";

function replace(id, fresh) {
  const old = document.getElementById(id);
  const open = [...old.querySelectorAll("details[open][id]")].map((details) => details.id);
  const next = document.adoptNode(fresh.getElementById(id));
  for (const details of open) next.querySelector(`#${details}`)?.setAttribute("open", "");
  old.replaceWith(next);
}

async function refresh() {
  const answer = await fetch(location.href, { headers: { "If-None-Match": seen } });
  if (answer.status !== 200) return;
  seen = answer.headers.get("ETag") ?? "";
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  replace("list", fresh);
  replace("clock", fresh);
}

async function refreshForever() {
  try {
    if (!document.hidden) await refresh();
  } catch {
    // The platform restarts; the next round finds it again.
  }
  setTimeout(refreshForever, REFRESH);
}

async function call(url, method, body) {
  await fetch(url, { method, body, headers: { "Content-Type": "application/json" } });
  seen = "";
  await refresh();
}

for (const button of document.querySelectorAll("[data-move]")) {
  button.addEventListener("click", () => call(clock, "POST", button.dataset.move));
}
const empty = document.getElementById("empty");
empty.addEventListener("click", () => call(outbox, "DELETE"));
empty.hidden = document.getElementById("moves").hidden = false;
setTimeout(refreshForever, REFRESH);
