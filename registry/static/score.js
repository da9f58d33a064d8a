// “Same as the last one” without a round trip, by its button or by = on a mark. No mark before it: nothing is marked.
(() => {
  "use strict";
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const hint = form.querySelector("[data-keys-hint]");
  if (hint) hint.hidden = false;

  function repeat(button) {
    const own = button.closest("fieldset"), said = own.querySelector("[data-nothing]");
    const before = own.previousElementSibling?.querySelector("input[type=radio]:checked");
    const same = before && own.querySelector(`input[type=radio][value="${CSS.escape(before.value)}"]`);
    said.textContent = !before ? said.dataset.nothing : !same ? said.dataset.beyond : "";
    if (!same) return;
    same.checked = true;
    same.focus();
    same.dispatchEvent(new Event("change", { bubbles: true }));
  }

  form.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=same]");
    if (!button) return;
    event.preventDefault();
    repeat(button);
  });
  // Heard on a mark alone, so that the key types itself everywhere else.
  form.addEventListener("keydown", (event) => {
    if (event.key !== "=" || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const button = event.target.matches("input[type=radio]") && event.target.closest("fieldset").querySelector("button[name=same]");
    if (!button) return;
    event.preventDefault();
    repeat(button);
  });
})();
