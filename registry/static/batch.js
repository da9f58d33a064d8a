// Keys for the table of a batch. Each does what a link, field or button of the page does; all can be switched off.
(() => {
  "use strict";
  const table = document.querySelector("table[data-rows]"), help = document.getElementById("keys");
  if (!help) return;
  const store = "batch-keys-off", button = document.getElementById("keys-switch");
  const rows = table ? [...table.querySelectorAll("tr[data-row]")] : [];
  let at = -1, off = false;
  try { off = localStorage.getItem(store) === "1"; } catch { /* a browser that keeps nothing */ }

  const show = () => { button.textContent = off ? help.dataset.on : help.dataset.off; };
  const go = (selector, root = document) => root.querySelector(selector)?.click();
  const boxes = () => rows.map((row) => row.querySelector("input[type=checkbox]")).filter(Boolean);

  // One row at a time can be reached by Tab; the others by j and k.
  function stand(index) {
    at = Math.max(0, Math.min(rows.length - 1, index));
    rows.forEach((row, number) => { row.tabIndex = number === at ? 0 : -1; });
  }
  function step(by) {
    if (!rows.length) return;
    stand(at < 0 ? 0 : at + by);
    rows[at].focus();
    rows[at].scrollIntoView({ block: "nearest" });
  }
  const inRow = (selector) => { if (at >= 0) go(selector, rows[at]); };
  const keys = {
    "/": () => document.getElementById("q")?.focus(),
    j: () => step(1),
    k: () => step(-1),
    x: () => inRow("input[type=checkbox]"),
    a: () => { const all = boxes(), on = !all.every((box) => box.checked); all.forEach((box) => { box.checked = on; }); },
    o: () => inRow("[data-key=o]"),
    p: () => inRow("[data-key=p]"),
    e: () => inRow("[data-key=e]"),
    g: () => document.getElementById("f-group")?.focus(),
    n: () => go(".pager [rel=next]"),
    b: () => go(".pager [rel=prev]"),
    Escape: () => go("#peek [data-close]"),
    "?": () => { help.open = !help.open; help.querySelector("summary").focus(); },
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input:not([type=checkbox]), select, textarea, [contenteditable]");
    if (off || typing || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const act = keys[event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
  table?.addEventListener("focusin", (event) => {
    const row = event.target.closest("tr[data-row]");
    if (row) stand(rows.indexOf(row));
  });
  help.addEventListener("click", (event) => {
    const press = event.target.dataset?.press;
    if (press) keys[press]();
  });
  button.addEventListener("click", () => {
    off = !off;
    try { localStorage.setItem(store, off ? "1" : "0"); } catch { /* holds for this page */ }
    show();
  });
  show();
  help.hidden = false;
})();
