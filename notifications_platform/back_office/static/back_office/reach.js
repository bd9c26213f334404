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
  nameScrolledBoxes();
  nameFieldsInTables();
  // What was wrong in a form is read, and is where the keyboard is.
  const wrong = document.querySelector(".errornote");
  if (wrong) {
    wrong.tabIndex = -1;
    wrong.setAttribute("role", "alert");
    wrong.focus();
  }
  reachScrolledTexts();
  addEventListener("resize", reachScrolledTexts);
});

function nameScrolledBoxes() {
  const name = document.getElementById("content")?.dataset.scrolled;
  const boxes = name ? document.querySelectorAll("[data-simplebar]") : [];
  boxes.forEach((box, place) => {
    box.setAttribute("data-simplebar-aria-label", place ? `${name} (${place + 1})` : name);
  });
}

// A field in a table is called as its column, unless it has a label of its own.
function nameFieldsInTables() {
  for (const field of document.querySelectorAll("td :is(input:not([type=hidden]), select, textarea)")) {
    const column = field.closest("table").querySelectorAll("thead th")[field.closest("td").cellIndex];
    const name = column?.textContent.trim();
    if (name && !field.labels?.length && !field.hasAttribute("aria-label")) {
      field.setAttribute("aria-label", name);
    }
  }
}

// What can be scrolled can be scrolled by keyboard.
function reachScrolledTexts() {
  for (const box of document.querySelectorAll(".bo-scroll, .bo-text")) {
    const more = box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight;
    if (more) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
}
