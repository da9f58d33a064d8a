// Refreshes a running job in place. Without this script the page has a 刷新 link that does the same.
(() => {
  "use strict";
  const first = 2000, longest = 10000;
  let wait = first, timer = 0;

  const running = () => document.querySelector("#job[data-poll]");
  const later = () => { if (running()) timer = setTimeout(refresh, wait); };

  async function refresh() {
    try {
      const response = await fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" });
      if (response.redirected) { location.assign(response.url); return; }
      if (!response.ok) throw new Error(String(response.status));
      const fresh = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("#job");
      const shown = document.getElementById("job");
      if (!fresh) return;
      wait = fresh.innerHTML === shown.innerHTML ? Math.min(wait * 1.5, longest) : first;
      // Keep the live region itself in the page: a replaced one is not read out, and one whose text did not change stays silent.
      const live = shown.querySelector("#job-announced"), said = fresh.querySelector("#job-announced");
      const focused = document.activeElement && shown.contains(document.activeElement) ? document.activeElement.textContent : null;
      if (live && said) {
        if (live.textContent !== said.textContent) live.textContent = said.textContent;
        said.replaceWith(live);
      }
      shown.replaceWith(fresh);
      if (focused) [...fresh.querySelectorAll("a, button")].find((item) => item.textContent === focused)?.focus();
    } catch {
      wait = Math.min(wait * 2, longest);
    }
    later();
  }

  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (!document.hidden) { wait = first; later(); }
  });
  later();
})();
