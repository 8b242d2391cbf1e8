"use strict";
// Sends each form to this server and shows what comes back, as text.
const words = JSON.parse(document.getElementById("words").textContent);
const most = 100000; // characters: more would hold up the page
const language = document.documentElement.lang.slice(0, 2);
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const query = new URLSearchParams();
    const request = { method: form.dataset.method.toUpperCase(), headers: {} };
    for (const [name, value] of new FormData(form)) {
      if (!value.trim()) continue;
      if (name === "body") {
        request.body = value;
        request.headers["content-type"] = "application/json";
      } else if (name === "minutes") {
        for (const one of value.split(/[,，\s]+/)) if (one) query.append(name, one);
      } else query.append(name, value);
    }
    query.append("language", language);
    const output = form.parentElement.querySelector("output");
    const [head, text] = [output.querySelector("p"), output.querySelector("pre")];
    output.hidden = false;
    // a slow answer is waited for in sight, and never replaces that of a later question
    const asked = (form.asked = (form.asked || 0) + 1);
    [head.textContent, text.textContent] = [words.waiting, ""];
    output.setAttribute("aria-busy", "true");
    const started = performance.now();
    try {
      const answer = await fetch(form.dataset.path + "?" + query, request);
      const body = await answer.text();
      if (asked !== form.asked) return;
      const took = Math.round(performance.now() - started);
      const shown = JSON.stringify(JSON.parse(body), null, 1);
      const parts = [
        `${words.status} ${answer.status}`,
        `${words.took} ${took} ms`,
        `${body.length.toLocaleString(language)} ${words.characters}`,
      ];
      if (shown.length > most) parts.push(words.cut);
      head.textContent = parts.join(language === "zh" ? "，" : ", ");
      text.textContent = shown.slice(0, most);
    } catch (error) {
      if (asked !== form.asked) return;
      head.textContent = words.failed;
      text.textContent = String(error);
    }
    output.removeAttribute("aria-busy");
  });
}
