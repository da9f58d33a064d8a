// Suggestions while typing. Without this script the search works the same, one Enter later.
(() => {
  "use strict";
  const input = document.querySelector("input[data-suggest]");
  if (!input || !input.list) return;
  const list = input.list, said = document.getElementById(input.dataset.said);
  const known = new Map();
  let timer = 0, asked = "";

  const show = (found) => {
    list.replaceChildren(...found.suggestions.map((text) => {
      const option = document.createElement("option");
      option.value = text;
      // The browser shows only what contains the typed letters; pinyin and synonyms do not, so the label says them.
      if (!text.includes(input.value)) option.label = `${input.value} → ${text}`;
      return option;
    }));
    if (said) said.textContent = found.text;
  };

  async function ask() {
    const q = input.value.trim();
    if (q === asked) return;
    asked = q;
    if (!q) { show({ suggestions: [], text: "" }); return; }
    try {
      if (!known.has(q)) {
        const response = await fetch(`${input.dataset.suggest}?q=${encodeURIComponent(q)}`, { credentials: "omit" });
        if (!response.ok) return;
        known.set(q, await response.json());
      }
      if (asked === q) show(known.get(q));
    } catch { /* no suggestions is no fault */ }
  }

  input.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(ask, 150);
  });
  input.addEventListener("compositionend", () => { clearTimeout(timer); timer = setTimeout(ask, 50); });
})();
