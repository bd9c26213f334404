"use strict";

// The front page keeps its figures fresh: every few seconds, as long as somebody can see them and
// has not switched it off. Without scripts a reload does the same.
(() => {
  const board = document.getElementById("bo-board");
  const live = document.getElementById("bo-live");
  const trouble = document.getElementById("bo-live-trouble");
  if (!board || !live || !trouble) return;

  const pause = Number(board.dataset.every) * 1000;
  const KEY = "bo-live";
  let timer = 0;
  let asking = false;

  const remembered = () => {
    try {
      return localStorage.getItem(KEY) !== "off";
    } catch {
      return true;
    }
  };
  const remember = () => {
    try {
      localStorage.setItem(KEY, live.checked ? "on" : "off");
    } catch {
      // Not remembered, then.
    }
  };
  // Said to whoever listens only when it changes.
  const say = (text) => {
    if (trouble.textContent !== text) trouble.textContent = text;
  };

  // Only what has changed is replaced: what is open stays open, and the keyboard where it is.
  const replace = (old, fresh) => {
    if (old.innerHTML === fresh.innerHTML) return;
    const open = [...old.querySelectorAll("details")].map((one) => one.open);
    const stops = "a, summary, [tabindex]";
    const at = [...old.querySelectorAll(stops)].indexOf(document.activeElement);
    old.innerHTML = fresh.innerHTML;
    old.querySelectorAll("details").forEach((one, place) => {
      one.open = open[place] ?? false;
    });
    if (at >= 0) old.querySelectorAll(stops)[at]?.focus({ preventScroll: true });
  };

  const parts = (of) => [...of.querySelectorAll("[data-part]")];
  const names = (of) => parts(of).map((part) => part.dataset.part).join();

  const show = (page) => {
    const banners = page.getElementById("bo-banners");
    const shown = document.getElementById("bo-banners");
    if (banners && shown) replace(shown, banners);
    if (names(page) === names(board)) {
      const fresh = parts(page);
      parts(board).forEach((part, place) => replace(part, fresh[place]));
    } else {
      board.replaceChildren(...parts(page));
    }
  };

  const refresh = async () => {
    if (asking) return;
    asking = true;
    try {
      const answer = await fetch(board.dataset.url, {
        cache: "no-store",
        redirect: "manual",
        // A page left open is nobody's activity: the session ends as if it were closed.
        headers: { "X-Refreshes-Itself": "1" },
      });
      if (answer.type === "opaqueredirect" || answer.status === 403) {
        live.checked = false;
        say(board.dataset.ended);
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      show(new DOMParser().parseFromString(await answer.text(), "text/html"));
      say("");
    } catch {
      say(board.dataset.failed);
    } finally {
      asking = false;
      plan();
    }
  };

  const plan = () => {
    clearTimeout(timer);
    if (live.checked && !document.hidden) timer = setTimeout(refresh, pause);
  };

  live.checked = remembered();
  document.getElementById("bo-live-choice").hidden = false;
  live.addEventListener("change", () => {
    remember();
    if (live.checked) refresh();
    else plan();
  });
  document.addEventListener("visibilitychange", () => {
    if (live.checked && !document.hidden) refresh();
    else plan();
  });
  plan();
})();
