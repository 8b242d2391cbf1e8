// Legend and layers in one: every sign has its switch.
(function (SM) {
  "use strict";

  const make = SM.make;
  const LEAST_MAP = 620; // pixels of map beside which a legend stands open from the start

  function entry(layer, sign, text, count) {
    const box = make("input", {
      type: "checkbox",
      on: {
        change: function () {
          const hidden = Object.assign({}, SM.state.hidden);
          if (box.checked) delete hidden[layer];
          else hidden[layer] = true;
          SM.change({ hidden: hidden });
        },
      },
    });
    box.checked = SM.shows(layer);
    return make("label", { class: "sm-entry" }, [
      box, sign, make("span", { text: text }), count === undefined ? null : make("small", { text: count }),
    ]);
  }

  function plain(sign, text) {
    return make("div", { class: "sm-entry sm-plain" }, [sign, make("span", { text: text })]);
  }

  function swatch(colour) {
    return SM.picture(22, 14, function (pen) {
      pen.fillStyle = SM.PAPER.land;
      pen.fillRect(0, 0, 22, 14);
      pen.globalAlpha = 0.62;
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 22, 14);
      pen.globalAlpha = 1;
      pen.strokeStyle = "rgba(59,42,128,0.35)";
      pen.strokeRect(0.5, 0.5, 21, 13);
    });
  }

  function village(status, time) {
    return SM.picture(22, 18, function (pen, ratio) {
      SM.drawVillage(pen, status, time, 11, 9, 6, ratio);
    });
  }

  function group(title, children, kind) {
    return make("fieldset", { class: kind }, [make("legend", { text: title })].concat(children.filter(Boolean)));
  }

  function line(colour, dash) {
    return SM.picture(22, 14, function (pen) {
      pen.strokeStyle = colour;
      pen.lineWidth = 1.4;
      pen.setLineDash(dash);
      pen.beginPath();
      pen.moveTo(1, 7);
      pen.lineTo(21, 7);
      pen.stroke();
    });
  }

  function dots() {
    return SM.picture(22, 14, function (pen) {
      [[5, 5, 0], [11, 9, 1], [16, 4, 2]].forEach(function (at) {
        pen.fillStyle = [SM.ramp(0, 4), SM.ramp(2, 4), SM.PAPER.beyond][at[2]];
        pen.beginPath();
        pen.arc(at[0], at[1], 2, 0, 2 * Math.PI);
        pen.fill();
      });
    });
  }

  function build(body) {
    const data = SM.data;
    const mode = SM.currentView().mode;
    const bands = SM.model.bands(mode).slice().reverse();
    SM.empty(body);
    if (bands.length) {
      body.appendChild(group(SM.say("map.bands", { mode: SM.term("mode", mode) }), [
        entry("bands", line(SM.PAPER.accent, []), SM.say("map.all_bands")),
      ].concat(bands.map(function (band) {
        const text = SM.say("map.up_to", { minutes: SM.minutesText(band.minutes) });
        return entry("band." + band.minutes, swatch(SM.bandColour(band.minutes)), text);
      }))));
    }
    const times = data.minutes.map(function (minutes, i) {
      return [SM.cutoff(minutes), SM.say("map.up_to", { minutes: SM.minutesText(minutes) }), i];
    });
    const within = SM.picture(22 + 11 * (times.length - 1), 18, function (pen, ratio) {
      times.forEach(function (one) {
        SM.drawVillage(pen, SM.COVERED, one[0], 9 + 11 * one[2], 9, 5, ratio);
      });
    });
    body.appendChild(group(SM.say("map.villages"), [
      entry("villages", within, SM.say("map.village_within")),
      entry("gaps", village(SM.UNCOVERED, 1), SM.say("map.village_beyond")),
      plain(village(SM.UNCOVERED, -1), SM.say("map.village_no_way")),
      plain(village(SM.UNDETERMINED, -1), SM.say("map.village_open")),
      data.isLarge ? null : entry("people", dots(), SM.say("map.dwellings")),
    ]));
    const counts = {};
    const planned = {};
    data.points.tier.forEach(function (tier, p) {
      const table = data.points.status[p] === "open" ? counts : planned;
      table[tier] = (table[tier] || 0) + 1;
    });
    const tiers = data.tiers.filter(function (tier) { return counts[tier] || planned[tier]; });
    const points = tiers.map(function (tier) {
      const sign = SM.picture(22, 20, function (pen) {
        SM.drawPoint(pen, tier, "open", 11, 10, SM.TIERS[tier].size * 0.86);
      });
      return entry("tier." + tier, sign, SM.term("tier", tier), counts[tier] || 0);
    });
    if (Object.keys(planned).length) {
      points.push(plain(SM.picture(22, 18, function (pen) {
        SM.drawPoint(pen, "village", "planned", 11, 9, 5.5);
      }), SM.say("map.not_open")));
    }
    if (points.length) body.appendChild(group(SM.say("map.points"), points));
    const rest = [];
    if (SM.model.townships.some(function (one) { return one.units.length; })) {
      rest.push(entry("townships", line(SM.PAPER.border, [5, 2, 1, 2]), SM.say("map.township_borders")));
    }
    if (SM.model.roads.length) rest.push(entry("roads", line("#c9bfae", []), SM.say("map.roads")));
    if (SM.model.basemap.woods.units.length || SM.model.basemap.built_up.units.length) {
      rest.push(entry("woods", swatchFlat(SM.PAPER.woods), SM.say("map.woods")));
    }
    rest.push(entry("names", SM.picture(22, 16, function (pen) {
      pen.font = "600 12px " + SM.FONT;
      pen.fillStyle = SM.PAPER.place;
      pen.textAlign = "center";
      pen.fillText("Aa", 11, 12);
    }), SM.say("map.names")));
    body.appendChild(group(SM.say("map.basemap"), rest));
    if (data.tiles.length) body.appendChild(group(SM.say("map.tiles"), tiles(), "sm-screen"));
  }

  function tiles() {
    const texts = [SM.say("map.no_tiles")].concat(SM.data.tiles.map(function (one) { return one.name; }));
    return texts.map(function (text, i) {
      const box = make("input", {
        type: "radio", name: "sm-tiles", on: { change: function () { SM.change({ tiles: i - 1 }); } },
      });
      box.checked = SM.state.tiles === i - 1;
      return make("label", { class: "sm-entry" }, [box, make("span", { text: text })]);
    });
  }

  function swatchFlat(colour) {
    return SM.picture(22, 14, function (pen) {
      pen.fillStyle = colour;
      pen.fillRect(0, 0, 22, 14);
      pen.strokeStyle = "rgba(0,0,0,0.15)";
      pen.strokeRect(0.5, 0.5, 21, 13);
    });
  }

  SM.legend = function (root) {
    const body = make("div", { class: "sm-legend-body", id: "sm-legend-body" });
    const toggle = make("button", {
      type: "button", class: "sm-legend-toggle", "aria-controls": "sm-legend-body",
      on: {
        click: function () {
          const isOpen = root.classList.toggle("sm-open-legend");
          toggle.setAttribute("aria-expanded", String(isOpen));
        },
      },
    }, [SM.icon("layers"), make("span", { text: SM.say("map.legend") })]);
    root.appendChild(toggle);
    root.appendChild(body);
    // on a tablet it would cover most of what it explains
    const isWide = !SM.isNarrow() && SM.map.getSize().x >= LEAST_MAP;
    root.classList.toggle("sm-open-legend", isWide);
    toggle.setAttribute("aria-expanded", String(isWide));
    build(body);
    SM.listen(function (state, before) {
      const isNewMode = SM.data.views[before.view].mode !== SM.data.views[state.view].mode;
      if (isNewMode) build(body);
    });
  };
})((window.SM = window.SM || {}));
