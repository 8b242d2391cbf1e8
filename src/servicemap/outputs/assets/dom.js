// Making elements: text is always text, whatever stands in it.
(function (SM) {
  "use strict";

  // SM.make("button", {class: "x", text: "...", on: {click: f}}, [children])
  SM.make = function (tag, options, children) {
    const element = document.createElement(tag);
    const given = options || {};
    Object.keys(given).forEach(function (name) {
      const value = given[name];
      if (value === undefined || value === null || value === false) return;
      if (name === "text") element.textContent = value;
      else if (name === "class") element.className = value;
      else if (name === "on") {
        Object.keys(value).forEach(function (event) { element.addEventListener(event, value[event]); });
      } else element.setAttribute(name, value === true ? "" : value);
    });
    (children || []).forEach(function (child) {
      if (child) element.appendChild(child);
    });
    return element;
  };

  // A name inside a sentence: marks of right-to-left writing in it stay in it.
  SM.apart = function (name) {
    return "\u2068" + name + "\u2069";
  };

  SM.empty = function (element) {
    while (element.firstChild) element.removeChild(element.firstChild);
    return element;
  };

  // A small canvas with one sign, for the legend and the cards.
  SM.picture = function (width, height, draw) {
    const ratio = 2;
    const canvas = SM.make("canvas", { class: "sm-picture", "aria-hidden": "true" });
    canvas.width = width * ratio;
    canvas.height = height * ratio;
    canvas.style.width = width + "px";
    canvas.style.height = height + "px";
    const context = canvas.getContext("2d");
    context.scale(ratio, ratio);
    draw(context, ratio);
    return canvas;
  };

  const ICONS = {
    search: "M10.5 4a6.5 6.5 0 1 0 0 13a6.5 6.5 0 0 0 0-13M15.5 15.5L20.5 20.5",
    full: "M4 9V4h5M15 4h5v5M20 15v5h-5M9 20H4v-5",
    measure: "M3.5 15.5L15.5 3.5L20.5 8.5L8.5 20.5ZM7 12l2 2M10 9l2.6 2.6M13 6l2 2",
    print: "M7 8V3.5h10V8M7 17H4V8.5h16V17h-3M7 14h10v6.500H7Z",
    link: "M9.500 14.500l5-5M11 7l2.500-2.500a4 4 0 0 1 6 6L17 13M13 17l-2.500 2.500a4 4 0 0 1-6-6L7 11",
    home: "M4 11L12 4l8 7M6.500 9.500V20h11V9.500",
    layers: "M12 4L21 9l-9 5l-9-5ZM4 13.500l8 4.500l8-4.500",
    close: "M6 6l12 12M18 6L6 18",
  };

  SM.icon = function (name) {
    const space = "http://www.w3.org/2000/svg";
    const image = document.createElementNS(space, "svg");
    image.setAttribute("viewBox", "0 0 24 24");
    image.setAttribute("class", "sm-icon");
    image.setAttribute("aria-hidden", "true");
    const path = document.createElementNS(space, "path");
    path.setAttribute("d", ICONS[name]);
    image.appendChild(path);
    return image;
  };
})((window.SM = window.SM || {}));
