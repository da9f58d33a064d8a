// Ctrl-K or ⌘K follows the link 前往, which every page of the workspace has.
(() => {
  "use strict";
  document.addEventListener("keydown", (event) => {
    if (event.key !== "k" || !(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    const link = document.querySelector("[data-key=go]");
    if (!link) return;
    event.preventDefault();
    link.click();
  });
})();
