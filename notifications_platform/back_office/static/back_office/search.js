// Ctrl (or Cmd) and K lead to the search box, from anywhere: a letter alone would also be what
// somebody says who speaks to the machine.
document.addEventListener("keydown", (event) => {
  if (event.key !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey) return;
  const box = document.getElementById("bo-search-term");
  if (!box) return;
  event.preventDefault();
  box.focus();
  box.select();
});
