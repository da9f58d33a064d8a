// Keeps a draft while it is typed. Without this script the buttons of the page save; with it nobody has to press them.
(() => {
  "use strict";
  const form = document.querySelector("form[data-autosave]");
  if (!form) return;
  const pause = 1200, longestPause = 4000, retryFirst = 2000, retryLongest = 30000;
  const said = document.getElementById("said"), stale = document.getElementById("stale");
  let timer = 0, firstKey = 0, changes = 0, kept = 0, sending = false, stopped = false, pressed = null, retry = retryFirst;

  const say = (text) => { if (said.textContent !== text) said.textContent = text; };
  const field = (name) => form.elements.namedItem(name);
  const soon = (wait) => { clearTimeout(timer); timer = setTimeout(save, wait); };

  async function save() {
    clearTimeout(timer);
    if (stopped || sending || kept === changes) return;
    sending = true;
    const upTo = changes;
    firstKey = 0;
    let again = 0;
    try {
      const response = await fetch(form.dataset.autosave || location.href, {
        method: "POST", body: new URLSearchParams(new FormData(form)), headers: { Accept: "application/json" },
        credentials: "same-origin", redirect: "manual",
      });
      if (response.type === "opaqueredirect" || response.status === 403) { say(said.dataset.gone); again = retryLongest; }
      else if (response.status === 409) { stop(); }
      else if (response.status >= 500 || response.status === 429) { throw new Error(String(response.status)); }
      else if (!response.ok) { stopped = true; say(said.dataset.refused); }
      else { accept(await response.json()); kept = upTo; retry = retryFirst; if (changes !== kept) again = pause; }
    } catch {
      say(said.dataset.trying);
      again = retry;
      retry = Math.min(retry * 2, retryLongest);
    }
    sending = false;
    if (pressed) { const button = pressed; pressed = null; stopped = false; form.requestSubmit(button); return; }
    if (again) soon(again);
  }

  function accept(answer) {
    if (answer.version !== "") field("version").value = answer.version;
    if (answer.autosave) form.dataset.autosave = answer.autosave;
    if (answer.address) { form.action = answer.address; history.replaceState(null, "", answer.address); field("start_key")?.remove(); }
    if (answer.sentence) say(answer.sentence);
  }

  function stop() {
    stopped = true;
    say("");
    stale.hidden = false;
    stale.scrollIntoView({ block: "nearest" });
  }

  form.addEventListener("input", (event) => {
    if (event.target.name.endsWith("-paste")) return;
    changes += 1;
    const now = Date.now();
    firstKey = firstKey || now;
    soon(Math.max(0, Math.min(pause, firstKey + longestPause - now)));
  });
  form.addEventListener("change", (event) => { if (!event.target.name.endsWith("-paste")) { changes += 1; soon(0); } });

  // Several cells on the clipboard go into the grid from this cell on; the server lays them out, as it does for the text box.
  form.addEventListener("paste", (event) => {
    const grid = event.target.closest("[data-grid]"), text = event.clipboardData?.getData("text/plain") ?? "";
    if (!grid || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    field(`${grid.dataset.grid}-paste`).value = text;
    field("paste_at").value = event.target.name;
    form.querySelector(`button[name="paste"][value="${grid.dataset.grid}"]`).click();
  });

  // A button pressed while the script is saving waits for it: otherwise the page would meet its own words as somebody else's.
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    stopped = true;
    if (sending) { event.preventDefault(); pressed = event.submitter; }
  });
  document.addEventListener("visibilitychange", () => { if (document.hidden) save(); });
  addEventListener("beforeunload", (event) => { if (kept !== changes && !stopped) event.preventDefault(); });
  if ("unsaved" in form.dataset) { changes += 1; soon(0); }
})();
