// Colours and signs. Purple is within reach, the darker the sooner; orange is beyond:
// the two ends of a scheme that colour-blind eyes and grey printers tell apart.
(function (SM) {
  "use strict";

  SM.PAPER = {
    desk: "#f1eee8",
    land: "#f7f5f0",
    water: "#d3e2ea",
    waterLine: "#aecbd9",
    woods: "#e5ecdb",
    built: "#ece7df",
    text: "#23262d",
    place: "#5c6069",
    halo: "rgba(255,255,255,0.88)",
    border: "#8d8796",
    beyond: "#e8842c",
    noWay: "#a84300",
    unknown: "#8a8f98",
    accent: "#3b2a80",
  };

  // From dark to light; a map with other cutoffs gets as many steps as it has.
  const RAMP = ["#3b2a80", "#6a59b3", "#9f93d3", "#cfc9ea"];

  function mixed(a, b, share) {
    const parts = [1, 3, 5].map(function (at) {
      const from = parseInt(a.slice(at, at + 2), 16);
      const to = parseInt(b.slice(at, at + 2), 16);
      return ("0" + Math.round(from + (to - from) * share).toString(16)).slice(-2);
    });
    return "#" + parts.join("");
  }

  SM.ramp = function (index, count) {
    if (count < 2) return RAMP[1];
    const place = (index / (count - 1)) * (RAMP.length - 1);
    const low = Math.min(Math.floor(place), RAMP.length - 2);
    return mixed(RAMP[low], RAMP[low + 1], place - low);
  };

  // Colour of a time within reach: by the cutoffs of the study.
  SM.timeColour = function (time) {
    const minutes = SM.data.minutes;
    for (let i = 0; i < minutes.length; i += 1) {
      if (time <= SM.cutoff(minutes[i])) return SM.ramp(i, minutes.length);
    }
    return RAMP[RAMP.length - 1];
  };

  SM.statusColour = function (status, time) {
    if (status === SM.UNDETERMINED) return SM.PAPER.unknown;
    if (status === SM.COVERED) return time < 0 ? SM.ramp(0, 2) : SM.timeColour(time);
    return time < 0 ? SM.PAPER.noWay : SM.PAPER.beyond;
  };

  SM.TIERS = {
    city: { colour: "#b0123f", size: 10 },
    township: { colour: "#0b5fa5", size: 7.5 },
    village: { colour: "#0c7a6b", size: 6 },
    bank: { colour: "#8a6100", size: 6.8 },
    kiosk: { colour: "#394150", size: 6.2 },
    mobile: { colour: "#a3227f", size: 6.6 },
  };

  // Path of a tier's sign around a point.
  SM.sign = function (context, tier, x, y, size) {
    const corners = {
      city: star(5, 0.48),
      township: [[-0.86, -0.86], [0.86, -0.86], [0.86, 0.86], [-0.86, 0.86]],
      bank: [[0, -1.15], [1.15, 0], [0, 1.15], [-1.15, 0]],
      kiosk: [[0, -1.1], [1.05, 0.8], [-1.05, 0.8]],
      mobile: star(6, 0.866),
    }[tier];
    context.beginPath();
    if (!corners) {
      context.arc(x, y, size, 0, 2 * Math.PI);
      return;
    }
    corners.forEach(function (at, i) {
      context[i ? "lineTo" : "moveTo"](x + at[0] * size, y + at[1] * size);
    });
    context.closePath();
  };

  function star(tips, inner) {
    const found = [];
    for (let i = 0; i < 2 * tips; i += 1) {
      const reach = i % 2 ? inner : 1.15;
      const turn = (Math.PI * i) / tips - Math.PI / 2;
      found.push([Math.cos(turn) * reach, Math.sin(turn) * reach]);
    }
    return found;
  }

  // Diagonal lines, for what is left out.
  SM.hatch = function (context, colour, ratio) {
    const size = Math.round(6 * ratio);
    const tile = document.createElement("canvas");
    tile.width = size;
    tile.height = size;
    const pen = tile.getContext("2d");
    pen.strokeStyle = colour;
    pen.lineWidth = 1.5 * ratio;
    pen.beginPath();
    [-1, 0, 1].forEach(function (k) {
      pen.moveTo(k * size - 1, size + 1);
      pen.lineTo(k * size + size + 1, -1);
    });
    pen.stroke();
    const pattern = context.createPattern(tile, "repeat");
    if (pattern.setTransform && window.DOMMatrix) {
      pattern.setTransform(new DOMMatrix([1 / ratio, 0, 0, 1 / ratio, 0, 0]));
    }
    return pattern;
  };
})((window.SM = window.SM || {}));
