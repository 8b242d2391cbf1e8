"use strict";
// Sends each form to this server and shows what comes back, as text.
const words = JSON.parse(document.getElementById("words").textContent);
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
    const started = performance.now();
    try {
      const answer = await fetch(form.dataset.path + "?" + query, request);
      const body = await answer.text();
      const took = Math.round(performance.now() - started);
      head.textContent = `${words.status} ${answer.status}, ${words.took} ${took} ms, ${body.length}`;
      text.textContent = JSON.stringify(JSON.parse(body), null, 1).slice(0, 100000);
    } catch (error) {
      head.textContent = words.failed;
      text.textContent = String(error);
    }
  });
}
