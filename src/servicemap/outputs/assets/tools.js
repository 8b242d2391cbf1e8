// Buttons on the map: whole view, measure, full screen, print, link; scale and north.
(function (SM) {
  "use strict";

  const make = SM.make;
  const NORTH_WIDTH = 180; // of the arrow and the scale beside it, in pixels
  let trail = [];
  SM.measuring = false;

  function button(icon, text, click) {
    const element = make("button", { type: "button", class: "sm-tool", title: text, "aria-label": text, on: { click: click } }, [
      SM.icon(icon),
    ]);
    return element;
  }

  function say(text) {
    const note = document.getElementById("sm-toast");
    note.textContent = text;
    note.classList.add("sm-shown");
    window.clearTimeout(say.timer);
    say.timer = window.setTimeout(function () { note.classList.remove("sm-shown"); }, 2600);
  }

  SM.toast = say;

  // Whose data are seen.
  SM.refreshSource = function () {
    const layer = SM.tilesShown();
    const texts = [SM.say("map.source"), layer ? layer.source || layer.name : ""];
    document.querySelector(".sm-source span").textContent = texts.filter(Boolean).join(SM.say("map.semicolon"));
    if (SM.map) lift(SM.map);
  };

  function measure(element) {
    SM.measuring = !SM.measuring;
    trail = [];
    element.setAttribute("aria-pressed", String(SM.measuring));
    SM.map.getContainer().classList.toggle("sm-measuring", SM.measuring);
    if (SM.measuring) {
      SM.map.doubleClickZoom.disable();
      say(SM.say("map.measure_hint"));
    } else {
      SM.map.doubleClickZoom.enable();
    }
    SM.symbolSheet.later();
  }

  function lengthOf(points) {
    let metres = 0;
    for (let i = 1; i < points.length; i += 1) metres += points[i - 1].distanceTo(points[i]);
    return metres;
  }

  SM.drawMeasure = function (context, view) {
    if (!trail.length) return;
    const at = trail.map(function (latlng) {
      const xy = SM.plane(latlng.lng, latlng.lat);
      return [xy[0] * view.scale - view.left, xy[1] * view.scale - view.top];
    });
    context.beginPath();
    at.forEach(function (xy, i) { context[i ? "lineTo" : "moveTo"](xy[0], xy[1]); });
    context.lineJoin = "round";
    context.strokeStyle = "#ffffff";
    context.lineWidth = 5;
    context.stroke();
    context.strokeStyle = SM.PAPER.text;
    context.lineWidth = 2;
    context.stroke();
    at.forEach(function (xy) {
      context.beginPath();
      context.arc(xy[0], xy[1], 3.5, 0, 2 * Math.PI);
      context.fillStyle = "#ffffff";
      context.fill();
      context.stroke();
    });
    if (at.length < 2) return;
    const end = at[at.length - 1];
    context.font = "600 13px " + SM.FONT;
    context.textAlign = "left";
    context.textBaseline = "middle";
    context.strokeStyle = "#ffffff";
    context.lineWidth = 4;
    const text = SM.metresText(lengthOf(trail));
    context.strokeText(text, end[0] + 9, end[1] - 10);
    context.fillStyle = SM.PAPER.text;
    context.fillText(text, end[0] + 9, end[1] - 10);
  };

  function fullScreen() {
    const root = document.documentElement;
    const isFull = document.fullscreenElement || document.webkitFullscreenElement;
    if (isFull) (document.exitFullscreen || document.webkitExitFullscreen).call(document);
    else if (root.requestFullscreen) root.requestFullscreen();
    else if (root.webkitRequestFullscreen) root.webkitRequestFullscreen();
  }

  function copyLink() {
    const base = window.location.href.split("#")[0];
    const text = base + SM.link();
    const field = make("textarea", { "aria-hidden": "true", class: "sm-unseen" });
    field.value = text;
    document.body.appendChild(field);
    field.select();
    let isCopied = false;
    try {
      isCopied = document.execCommand("copy");
    } catch (error) {
      isCopied = false;
    }
    document.body.removeChild(field);
    say(SM.say(isCopied ? "map.link_copied" : "map.link_in_bar"));
  }

  function north() {
    const space = "http://www.w3.org/2000/svg";
    const image = document.createElementNS(space, "svg");
    image.setAttribute("viewBox", "0 0 24 36");
    image.setAttribute("role", "img");
    image.setAttribute("aria-label", SM.say("map.north"));
    [["M12 2L19 25L12 20.500Z", "#23262d"], ["M12 2L5 25L12 20.500Z", "#ffffff"]].forEach(function (one) {
      const path = document.createElementNS(space, "path");
      path.setAttribute("d", one[0]);
      path.setAttribute("fill", one[1]);
      path.setAttribute("stroke", "#23262d");
      path.setAttribute("stroke-linejoin", "round");
      image.appendChild(path);
    });
    const letter = document.createElementNS(space, "text");
    letter.setAttribute("x", "12");
    letter.setAttribute("y", "35");
    letter.setAttribute("text-anchor", "middle");
    letter.setAttribute("font-size", "10");
    letter.setAttribute("font-weight", "600");
    letter.textContent = SM.say("map.north_letter");
    image.appendChild(letter);
    return make("div", { class: "sm-north" }, [image]);
  }

  // Scale and north stand above the line of sources where it reaches to them.
  function lift(map) {
    const source = map.getContainer().querySelector(".sm-source");
    const reaches = source.offsetLeft < NORTH_WIDTH;
    map.getContainer().style.setProperty("--sm-lift", (reaches ? source.offsetHeight : 0) + "px");
  }

  SM.tools = function (map, root) {
    const ruler = button("measure", SM.say("map.measure"), function () { measure(ruler); });
    ruler.setAttribute("aria-pressed", "false");
    [
      button("home", SM.say("map.whole"), function () { SM.home(); }),
      ruler,
      button("full", SM.say("map.full_screen"), fullScreen),
      button("link", SM.say("map.copy_link"), copyLink),
      button("print", SM.say("map.print"), function () { window.print(); }),
    ].forEach(function (one) { root.appendChild(one); });
    L.control.zoom({ position: "topleft", zoomInTitle: SM.say("map.zoom_in"), zoomOutTitle: SM.say("map.zoom_out") }).addTo(map);
    L.control.scale({ position: "bottomleft", imperial: false, maxWidth: 120 }).addTo(map);
    map.getContainer().appendChild(north());
    map.getContainer().appendChild(make("div", { class: "sm-source" }, [
      SM.data.mark ? make("strong", { class: "sm-mark", text: SM.data.mark }) : null,
      make("span", { text: SM.say("map.source") }),
    ]));
    lift(map);
    map.on("resize", function () { lift(map); });
    map.on("click", function (event) {
      if (!SM.measuring) return;
      trail.push(event.latlng);
      SM.symbolSheet.later();
    });
    map.on("dblclick", function () {
      if (!SM.measuring) return;
      say(SM.say("map.length", { length: SM.metresText(lengthOf(trail)) }));
    });
    document.addEventListener("keydown", function (event) {
      if (event.key === "Escape" && SM.measuring) measure(ruler);
      else if (event.key === "Escape" && SM.state.selected) SM.closeCard();
      const isTyping = /^(input|select|textarea)$/i.test(event.target.tagName) && event.target.type !== "range";
      if (event.key === "/" && !isTyping) {
        event.preventDefault();
        document.getElementById("sm-search").focus();
      }
    });
  };
})((window.SM = window.SM || {}));
