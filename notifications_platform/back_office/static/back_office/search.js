// "/" leads to the search box, from anywhere but a field that somebody types in.
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey) return;
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  const box = document.querySelector("[data-focus-key='/']");
  if (typing || !box) return;
  event.preventDefault();
  box.focus();
  box.select();
});
