// The loud part of the map: where people live, villages by time, service points.
(function (SM) {
  "use strict";

  let patterns = {};
  let patternRatio = 0;

  function hatch(context, colour, ratio) {
    if (patternRatio !== ratio) {
      patterns = {};
      patternRatio = ratio;
    }
    patterns[colour] = patterns[colour] || SM.hatch(context, colour, ratio);
    return patterns[colour];
  }

  function isVisible(view, x, y, margin) {
    return x > -margin && y > -margin && x < view.width + margin && y < view.height + margin;
  }

  function growth(zoom) {
    return Math.min(Math.max(0.62 + (zoom - 9.5) * 0.12, 0.62), 1.25);
  }

  SM.villageRadius = function (village, zoom) {
    const heads = SM.counted.heads;
    if (!SM.counted.known[village]) return 5 * growth(zoom);
    const people = heads[0][village] + heads[1][village] + heads[2][village];
    if (SM.mostPeople === undefined) {
      SM.mostPeople = 1;
      for (let v = 0; v < heads[0].length; v += 1) {
        SM.mostPeople = Math.max(SM.mostPeople, heads[0][v] + heads[1][v] + heads[2][v]);
      }
    }
    return (4.4 + 7.2 * Math.sqrt(people / SM.mostPeople)) * growth(zoom);
  };

  SM.isOutside = function (township) {
    return SM.state.township >= 0 && township !== SM.state.township;
  };

  function veil(context, view) {
    const layer = SM.state.township >= 0 ? SM.model.townships[SM.state.township] : null;
    if (layer) SM.veil(context, layer, view, 0.6, SM.PAPER.accent, 2);
  }

  function people(context, view) {
    if (!SM.shows("people") || SM.data.isLarge) return;
    const model = SM.model;
    const index = SM.state.view;
    const times = model.table(SM.data.views[index].times);
    const xy = model.demandXY;
    const size = Math.min(Math.max((view.zoom - 9) * 0.75, 1.3), 7);
    const townships = SM.data.villages.township;
    const batches = {};
    for (let i = 0; i < times.length; i += 1) {
      if (model.demandPlaced && !model.demandPlaced[i]) continue;
      const x = xy[2 * i] * view.scale - view.left;
      const y = xy[2 * i + 1] * view.scale - view.top;
      if (!isVisible(view, x, y, 4)) continue;
      if (SM.isOutside(townships[model.demandVillage[i]])) continue;
      const colour = SM.statusColour(SM.counted.points[i], times[i]);
      (batches[colour] = batches[colour] || []).push(x, y);
    }
    const isDense = times.length > 4000 && view.zoom < 12;
    context.globalAlpha = isDense ? 0.55 : 0.8;
    Object.keys(batches).sort().forEach(function (colour) {
      const at = batches[colour];
      context.fillStyle = colour;
      context.strokeStyle = "#ffffff";
      context.lineWidth = 0.8;
      context.beginPath();
      for (let i = 0; i < at.length; i += 2) {
        if (size < 3) {
          context.rect(at[i] - size / 2, at[i + 1] - size / 2, size, size);
        } else {
          context.moveTo(at[i] + size / 2, at[i + 1]);
          context.arc(at[i], at[i + 1], size / 2, 0, 2 * Math.PI);
        }
      }
      context.fill();
      if (size >= 3) context.stroke();
    });
    context.globalAlpha = 1;
  }

  function villageAreas(context, view) {
    if (!SM.shows("gaps")) return;
    SM.model.villageShapes.forEach(function (layer, v) {
      if (!layer || SM.counted.villages[v] === SM.COVERED) return;
      if (SM.isOutside(SM.data.villages.township[v])) return;
      const isUnknown = SM.counted.villages[v] === SM.UNDETERMINED;
      const colour = isUnknown ? SM.PAPER.unknown : SM.PAPER.beyond;
      SM.trace(context, layer, view, true);
      context.globalAlpha = 0.5;
      context.fillStyle = hatch(context, colour, view.ratio);
      context.fill("evenodd");
      context.globalAlpha = 1;
      context.strokeStyle = colour;
      context.lineWidth = 1;
      context.stroke();
    });
  }

  SM.drawVillage = function (context, status, time, x, y, radius, ratio) {
    const colour = SM.statusColour(status, time);
    context.beginPath();
    context.arc(x, y, radius + 1.6, 0, 2 * Math.PI);
    context.fillStyle = "rgba(255,255,255,0.92)";
    context.fill();
    context.beginPath();
    context.arc(x, y, radius, 0, 2 * Math.PI);
    if (status === SM.COVERED) {
      context.fillStyle = colour;
      context.fill();
      context.strokeStyle = "rgba(35,38,45,0.55)";
      context.lineWidth = 0.8;
      context.stroke();
      return;
    }
    context.fillStyle = "#ffffff";
    context.fill();
    if (status === SM.UNCOVERED) {
      context.fillStyle = hatch(context, colour, ratio);
      context.fill();
    }
    context.strokeStyle = colour;
    context.lineWidth = status === SM.UNCOVERED ? 2 : 1.6;
    context.setLineDash(status === SM.UNDETERMINED ? [3, 2.2] : []);
    context.stroke();
    context.setLineDash([]);
    if (status === SM.UNDETERMINED && radius > 4) {
      context.fillStyle = "#5c6069";
      context.font = "600 " + Math.round(radius * 1.5) + "px " + SM.FONT;
      context.textAlign = "center";
      context.textBaseline = "middle";
      context.fillText("?", x, y + 0.5);
    }
  };

  SM.drawPoint = function (context, tier, status, x, y, size) {
    const style = SM.TIERS[tier] || SM.TIERS.village;
    SM.sign(context, tier, x, y, size + 1.5);
    context.fillStyle = "#ffffff";
    context.fill();
    SM.sign(context, tier, x, y, size);
    if (status === "open") {
      context.fillStyle = style.colour;
      context.fill();
      return;
    }
    context.strokeStyle = status === "closed" ? "#8a8f98" : style.colour;
    context.lineWidth = 1.8;
    context.setLineDash(status === "planned" ? [3, 2] : []);
    context.stroke();
    context.setLineDash([]);
  };

  SM.shownVillages = function () {
    const placed = SM.data.villages.placed;
    if (!SM.shows("villages")) return [];
    const found = [];
    for (let v = 0; v < placed.length; v += 1) {
      const isGap = SM.counted.villages[v] === SM.UNCOVERED;
      if (placed[v] && (SM.shows("gaps") || !isGap)) found.push(v);
    }
    return found;
  };

  SM.shownPoints = function () {
    const points = SM.data.points;
    const rank = { city: 5, township: 4, bank: 2, kiosk: 1, mobile: 1, village: 0 };
    return points.ids
      .map(function (_, p) { return p; })
      .filter(function (p) { return points.placed[p] && SM.shows("tier." + points.tier[p]); })
      .sort(function (a, b) { return rank[points.tier[a]] - rank[points.tier[b]] || a - b; });
  };

  // From afar a village's own station is a dot in its village, whose colour is the answer.
  SM.pointSize = function (tier, zoom) {
    const share = tier === "village" ? Math.min(Math.max(0.5 + (zoom - 11) * 0.25, 0.5), 1) : 1;
    return (SM.TIERS[tier] || SM.TIERS.village).size * growth(zoom) * share;
  };

  SM.drawSymbols = function (context, view) {
    const model = SM.model;
    const occupied = [];
    const labels = [];
    SM.hits = [];
    veil(context, view);
    people(context, view);
    villageAreas(context, view);
    const times = model.villageTimes(SM.state.view);
    SM.shownVillages().forEach(function (v) {
      const x = model.villageXY[2 * v] * view.scale - view.left;
      const y = model.villageXY[2 * v + 1] * view.scale - view.top;
      if (!isVisible(view, x, y, 30)) return;
      const isDim = SM.isOutside(SM.data.villages.township[v]);
      const radius = SM.villageRadius(v, view.zoom);
      context.globalAlpha = isDim ? 0.3 : 1;
      SM.drawVillage(context, SM.counted.villages[v], times[v], x, y, radius, view.ratio);
      context.globalAlpha = 1;
      SM.hits.push({ table: "villages", index: v, radius: radius, at: 2 * v, xy: model.villageXY });
      if (isDim) return;
      occupied.push([x - radius, y - radius, x + radius, y + radius]);
      if (SM.data.villages.names[v] === SM.data.villages.ids[v]) return; // no name: the card has the id
      labels.push({
        text: SM.data.villages.names[v], x: x, y: y, gap: radius + 4, kind: "village",
        rank: 100 + radius, from: 10.5,
      });
    });
    SM.shownPoints().forEach(function (p) {
      const x = model.pointXY[2 * p] * view.scale - view.left;
      const y = model.pointXY[2 * p + 1] * view.scale - view.top;
      if (!isVisible(view, x, y, 30)) return;
      const tier = SM.data.points.tier[p];
      const size = SM.pointSize(tier, view.zoom);
      const isDim = SM.isOutside(SM.data.points.township[p]);
      context.globalAlpha = isDim ? 0.3 : 1;
      SM.drawPoint(context, tier, SM.data.points.status[p], x, y, size);
      context.globalAlpha = 1;
      SM.hits.push({ table: "points", index: p, radius: size, at: 2 * p, xy: model.pointXY });
      if (isDim) return;
      occupied.push([x - size, y - size, x + size, y + size]);
      labels.push({
        text: SM.data.points.names[p], x: x, y: y, gap: size + 4, kind: "point",
        colour: (SM.TIERS[tier] || SM.TIERS.village).colour,
        rank: tier === "city" ? 200 : 50,
        from: { city: 11.5, township: 13 }[tier] || 14.5,
      });
    });
    selection(context, view);
    SM.drawMeasure(context, view);
    if (SM.shows("names")) SM.drawLabels(context, view, labels, occupied);
  };

  function selection(context, view) {
    const selected = SM.state.selected;
    if (!selected) return;
    const hit = SM.hits.filter(function (one) {
      return one.table === selected.table && one.index === selected.index;
    })[0];
    if (!hit) return;
    const x = hit.xy[hit.at] * view.scale - view.left;
    const y = hit.xy[hit.at + 1] * view.scale - view.top;
    context.beginPath();
    context.arc(x, y, hit.radius + 6, 0, 2 * Math.PI);
    context.strokeStyle = SM.PAPER.text;
    context.lineWidth = 2;
    context.stroke();
  }

  // What lies under a place of the map: the sign drawn last, points before villages.
  SM.hitAt = function (latlng, reach) {
    const at = SM.plane(latlng.lng, latlng.lat);
    const scale = Math.pow(2, SM.map.getZoom());
    let best = null;
    let least = Infinity;
    (SM.hits || []).forEach(function (hit) {
      const dx = (hit.xy[hit.at] - at[0]) * scale;
      const dy = (hit.xy[hit.at + 1] - at[1]) * scale;
      const off = Math.sqrt(dx * dx + dy * dy) - hit.radius;
      if (off <= reach && off <= least) {
        least = Math.max(off, 0);
        best = hit;
      }
    });
    return best;
  };
})((window.SM = window.SM || {}));
