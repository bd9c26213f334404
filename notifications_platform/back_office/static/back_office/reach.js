"use strict";

// What the theme's markup leaves out for those who do not see it or use no mouse. Runs before
// the theme's own scripts have built the page.
document.addEventListener("DOMContentLoaded", () => {
  // An icon is a word in a font of pictures: read aloud it is noise.
  for (const icon of document.querySelectorAll(".material-symbols-outlined")) {
    icon.setAttribute("aria-hidden", "true");
  }
  // On a phone each cell says which column it is of, and begins as the column's head would.
  for (const cell of document.querySelectorAll("#result_list td[data-label]")) {
    const { label } = cell.dataset;
    cell.dataset.label = label.charAt(0).toUpperCase() + label.slice(1);
  }
  const scrolled = document.getElementById("content")?.dataset.scrolled;
  for (const box of document.querySelectorAll("[data-simplebar]")) {
    if (scrolled) box.setAttribute("data-simplebar-aria-label", scrolled);
  }
  // What was wrong in a form is read, and is where the keyboard is.
  const wrong = document.querySelector(".errornote");
  if (wrong) {
    wrong.tabIndex = -1;
    wrong.setAttribute("role", "alert");
    wrong.focus();
  }
});
