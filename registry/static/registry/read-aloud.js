// Reads the page aloud in elder mode, with the browser's own voice. Without it, or without this script, there is no button.
(() => {
  "use strict";
  const place = document.getElementById("read-aloud"), main = document.getElementById("main");
  if (!place || !main || !("speechSynthesis" in window)) return;
  const voice = window.speechSynthesis;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn";

  const label = (reading) => {
    button.textContent = reading ? place.dataset.stop : place.dataset.start;
    button.setAttribute("aria-pressed", String(reading));
  };
  // Sentence by sentence: long texts are cut off by some voices.
  const sentences = () => main.innerText.split(/(?<=[。！？!?；;\n])/).map((text) => text.trim()).filter(Boolean);

  button.addEventListener("click", () => {
    if (voice.speaking || voice.pending) { voice.cancel(); label(false); return; }
    const parts = sentences();
    parts.forEach((text, number) => {
      const part = new SpeechSynthesisUtterance(text);
      part.lang = document.documentElement.lang === "en" ? "en-GB" : "zh-CN";
      part.rate = 0.9;
      if (number === parts.length - 1) part.addEventListener("end", () => label(false));
      voice.speak(part);
    });
    label(parts.length > 0);
  });
  window.addEventListener("pagehide", () => voice.cancel());
  label(false);
  place.append(button);
})();
