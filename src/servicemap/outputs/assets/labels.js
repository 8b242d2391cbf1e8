// Names that do not collide: the important ones first, each at the first free side.
(function (SM) {
  "use strict";

  // By rank of the kind of place: city, town, suburb, village, hamlet, island, locality.
  const PLACES = [
    { size: 15, weight: 600, from: 6 },
    { size: 13, weight: 600, from: 9 },
    { size: 11.5, weight: 400, from: 13 },
    { size: 11.5, weight: 400, from: 11.5 },
    { size: 11, weight: 400, from: 13.5 },
    { size: 11.5, weight: 400, from: 11 },
    { size: 10.5, weight: 400, from: 14.5 },
  ];

  const STYLES = {
    village: { font: "500 12px ", colour: "#23262d", height: 14 },
    point: { font: "600 11.5px ", colour: "#23262d", height: 14 },
  };

  function overlaps(a, b) {
    return a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
  }

  // Is a box cut by the edge of the window?
  function crosses(box, inner) {
    return overlaps(box, inner) &&
      (box[0] < inner[0] || box[1] < inner[1] || box[2] > inner[2] || box[3] > inner[3]);
  }

  // A name in one line, short enough to stand on a map.
  SM.shortName = function (text) {
    const plain = text.replace(/\s+/g, " ");
    return plain.length > 26 ? plain.slice(0, 25) + "…" : plain;
  };

  function write(context, text, x, y, colour) {
    context.lineJoin = "round";
    context.strokeStyle = SM.PAPER.halo;
    context.lineWidth = 3.2;
    context.strokeText(text, x, y);
    context.fillStyle = colour;
    context.fillText(text, x, y);
  }

  SM.drawLabels = function (context, view, wanted, symbols) {
    const taken = symbols.slice();
    context.textBaseline = "middle";
    townshipNames(context, view, taken);
    wanted
      .filter(function (one) { return view.zoom >= one.from; })
      .sort(function (a, b) { return b.rank - a.rank || a.x - b.x; })
      .forEach(function (one) {
        const style = STYLES[one.kind];
        context.font = style.font + SM.FONT;
        const text = SM.shortName(one.text);
        const width = context.measureText(text).width;
        const half = style.height / 2;
        const sides = [
          ["left", one.x + one.gap, one.y, one.x + one.gap, one.y - half],
          ["right", one.x - one.gap, one.y, one.x - one.gap - width, one.y - half],
          ["center", one.x, one.y - one.gap - half, one.x - width / 2, one.y - one.gap - style.height],
          ["center", one.x, one.y + one.gap + half, one.x - width / 2, one.y + one.gap],
        ];
        for (let i = 0; i < sides.length; i += 1) {
          const box = [sides[i][3] - 2, sides[i][4], sides[i][3] + width + 2, sides[i][4] + style.height];
          if (crosses(box, view.inner)) continue;
          if (taken.some(function (other) { return overlaps(box, other); })) continue;
          taken.push(box);
          context.textAlign = sides[i][0];
          write(context, text, sides[i][1], sides[i][2], one.colour || style.colour);
          return;
        }
      });
    placeNames(context, view, taken);
  };

  function placeNames(context, view, taken) {
    if (SM.tilesShown()) return; // whose map has its own
    const places = SM.model.places;
    context.textAlign = "center";
    for (let i = 0; i < places.names.length; i += 1) {
      const style = PLACES[places.kinds[i]];
      if (view.zoom < style.from) continue;
      const x = places.xy[2 * i] * view.scale - view.left;
      const y = places.xy[2 * i + 1] * view.scale - view.top;
      if (x < -60 || y < -20 || x > view.width + 60 || y > view.height + 20) continue;
      context.font = style.weight + " " + style.size + "px " + SM.FONT;
      const text = SM.shortName(places.names[i]);
      const width = context.measureText(text).width;
      const box = [x - width / 2 - 3, y - style.size * 0.7, x + width / 2 + 3, y + style.size * 0.7];
      if (taken.some(function (other) { return overlaps(box, other); })) continue;
      taken.push(box);
      write(context, text, x, y, SM.PAPER.place);
    }
  }

  // Townships: wide-set and pale, in the middle of their area, while it is small.
  function townshipNames(context, view, taken) {
    const names = SM.data.townships.names;
    if (!SM.shows("townships") || names.length < 2 || view.zoom > 14) return;
    context.font = "600 13px " + SM.FONT;
    context.textAlign = "center";
    SM.model.townships.forEach(function (layer, t) {
      if (!layer.units.length || SM.isOutside(t) || isShown(names[t])) return;
      const at = SM.middleOf(layer);
      const x = at[0] * view.scale - view.left;
      const y = at[1] * view.scale - view.top;
      if (x < 0 || y < 0 || x > view.width || y > view.height) return;
      const box = SM.boxOf([layer]);
      const text = SM.shortName(names[t]).split("").join("\u200a");
      const width = context.measureText(text).width;
      if ((box[2] - box[0]) * view.scale < width * 1.05) return;
      for (let i = 0; i < 3; i += 1) {
        const dy = [0, -18, 18][i];
        const place = [x - width / 2 - 2, y + dy - 9, x + width / 2 + 2, y + dy + 9];
        if (taken.some(function (other) { return overlaps(place, other); })) continue;
        taken.push(place);
        write(context, text, x, y + dy, "#6c6577");
        return;
      }
    });
  }

  // A village of the same name says it already.
  function isShown(name) {
    return SM.shows("villages") && SM.data.villages.names.indexOf(name) >= 0;
  }

  // A point well inside a layer of polygons: the middle of the longest of some
  // horizontal chords.
  SM.middleOf = function (layer) {
    if (layer.middle) return layer.middle;
    const box = SM.boxOf([layer]);
    let best = [(box[0] + box[2]) / 2, (box[1] + box[3]) / 2];
    let longest = -1;
    for (let row = 1; row < 8; row += 1) {
      const y = box[1] + ((box[3] - box[1]) * row) / 8;
      const cuts = [];
      for (let part = 0; part + 1 < layer.starts.length; part += 1) {
        const last = layer.starts[part + 1] - 1;
        for (let i = layer.starts[part], j = last; i <= last; j = i, i += 1) {
          const yi = layer.xy[2 * i + 1];
          const yj = layer.xy[2 * j + 1];
          if (yi > y !== yj > y) {
            const xj = layer.xy[2 * j];
            cuts.push(((xj - layer.xy[2 * i]) * (y - yi)) / (yj - yi) + layer.xy[2 * i]);
          }
        }
      }
      cuts.sort(function (a, b) { return a - b; });
      for (let i = 0; i + 1 < cuts.length; i += 2) {
        const central = 1 - Math.abs(row - 4) / 12;
        if ((cuts[i + 1] - cuts[i]) * central > longest) {
          longest = (cuts[i + 1] - cuts[i]) * central;
          best = [(cuts[i] + cuts[i + 1]) / 2, y];
        }
      }
    }
    layer.middle = best;
    return best;
  };
})((window.SM = window.SM || {}));
