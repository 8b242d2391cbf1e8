// The quiet part of the map: land, water, woods, towns, areas within reach, roads.
(function (SM) {
  "use strict";

  // Width in pixels at zoom 10, 12, 14, 16, 18; colour; casing; the zoom from which it shows.
  const ROADS = {
    motorway: { widths: [1.8, 2.8, 4.5, 8, 14], fill: "#f8dfb2", casing: "#d6b47c", from: 0 },
    trunk: { widths: [1.6, 2.5, 4.2, 8, 14], fill: "#f9e6c3", casing: "#d8bd8e", from: 0 },
    primary: { widths: [1.2, 2.2, 4, 8, 14], fill: "#fffdf7", casing: "#c9bfae", from: 0 },
    secondary: { widths: [0.9, 1.8, 3.1, 6.4, 12], fill: "#ffffff", casing: "#cdc5b8", from: 8 },
    tertiary: { widths: [0.7, 1.4, 2.6, 5.6, 11], fill: "#ffffff", casing: "#d2ccc1", from: 9 },
    minor: { widths: [0.3, 0.7, 1.5, 4.2, 9], fill: "#ffffff", casing: "#d7d2c9", from: 10.5 },
    track: { widths: [0.3, 0.5, 0.9, 1.4, 2], fill: "#b7a98f", dash: [5, 3], from: 12.5 },
    path: { widths: [0.3, 0.5, 0.8, 1.1, 1.6], fill: "#b3a68f", dash: [2, 2.5], from: 13.25 },
  };

  function widthAt(widths, zoom) {
    const place = Math.min(Math.max((zoom - 10) / 2, 0), widths.length - 1.001);
    const low = Math.floor(place);
    return widths[low] + (widths[low + 1] - widths[low]) * (place - low);
  }

  function fill(context, layer, view, colour) {
    if (!layer.units.length) return;
    SM.trace(context, layer, view, true);
    context.fillStyle = colour;
    context.fill("evenodd");
  }

  function stroke(context, layer, view, colour, width, dash) {
    if (!layer.units.length) return;
    SM.trace(context, layer, view, false);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.setLineDash(dash || []);
    context.stroke();
    context.setLineDash([]);
  }

  function ground(context, view) {
    const layers = SM.model.basemap;
    const paper = SM.PAPER;
    context.fillStyle = layers.land.units.length ? paper.desk : paper.land;
    context.fillRect(0, 0, view.width, view.height);
    fill(context, layers.land, view, paper.land);
    if (SM.shows("woods")) {
      fill(context, layers.woods, view, paper.woods);
      fill(context, layers.built_up, view, paper.built);
    }
  }

  function water(context, view) {
    const layers = SM.model.basemap;
    fill(context, layers.water, view, SM.PAPER.water);
    if (layers.water.units.length && view.zoom > 11) {
      context.strokeStyle = SM.PAPER.waterLine;
      context.lineWidth = 0.6;
      context.stroke();
    }
    const width = widthAt([0.5, 0.9, 1.5, 2.6, 4], view.zoom);
    stroke(context, layers.waterways, view, SM.PAPER.waterLine, width);
  }

  // Drawn opaque and nested on a sheet of its own, laid on at once: no area shines
  // through another, and any of them can be taken away.
  let spare = null;
  function bands(context, view) {
    const mode = SM.currentView().mode;
    const all = SM.model.bands(mode);
    const shown = all.filter(function (band) { return SM.shows("band." + band.minutes); });
    if (!SM.shows("bands") || !shown.length) return;
    spare = spare || document.createElement("canvas");
    spare.width = context.canvas.width;
    spare.height = context.canvas.height;
    const pen = spare.getContext("2d");
    pen.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
    shown.forEach(function (band) {
      fill(pen, band.layer, view, SM.bandColour(band.minutes));
    });
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 0.55;
    context.globalCompositeOperation = "multiply";
    context.drawImage(spare, 0, 0);
    context.restore();
    shown.forEach(function (band) {
      edge(context, band, view, "rgba(59,42,128,0.28)", 0.6);
    });
  }

  function edge(context, band, view, colour, width) {
    if (!band.layer.units.length) return;
    SM.trace(context, band.layer, view, true);
    context.strokeStyle = colour;
    context.lineWidth = width;
    context.stroke();
  }

  // The limit that is asked for, above the roads.
  function asked(context, view) {
    if (!SM.shows("bands")) return;
    SM.model.bands(SM.currentView().mode).forEach(function (band) {
      if (band.minutes !== SM.state.minutes || !SM.shows("band." + band.minutes)) return;
      edge(context, band, view, "rgba(255,255,255,0.55)", 3.2);
      edge(context, band, view, SM.PAPER.accent, 1.5);
    });
  }

  SM.bandColour = function (minutes) {
    const at = SM.data.minutes.indexOf(minutes);
    return at < 0 ? SM.ramp(1, 2) : SM.ramp(at, SM.data.minutes.length);
  };

  function roads(context, view) {
    if (!SM.shows("roads")) return;
    context.lineCap = "round";
    context.lineJoin = "round";
    const seen = SM.model.roads.filter(function (road) { return view.zoom >= ROADS[road.kind].from; });
    seen.forEach(function (road) {
      const style = ROADS[road.kind];
      const width = widthAt(style.widths, view.zoom);
      if (style.dash) {
        stroke(context, road.layer, view, style.fill, width, style.dash);
      } else if (width > 1.3) {
        stroke(context, road.layer, view, style.casing, width + 1.3);
      } else {
        stroke(context, road.layer, view, style.casing, Math.max(width * 1.15, 0.55));
      }
    });
    seen.forEach(function (road) {
      const style = ROADS[road.kind];
      const width = widthAt(style.widths, view.zoom);
      if (!style.dash && width > 1.3) stroke(context, road.layer, view, style.fill, width);
    });
    const rail = SM.model.basemap.rail;
    stroke(context, rail, view, "#a9a6a8", widthAt([0.8, 1.2, 2, 3, 4], view.zoom));
    if (view.zoom >= 12) {
      stroke(context, rail, view, "#f7f5f0", widthAt([0.4, 0.6, 1.1, 1.8, 2.5], view.zoom), [6, 6]);
    }
  }

  // What lies beyond the study is paled; the sea is not, for it tells where one is.
  function beyond(context, view) {
    const layers = SM.model.basemap;
    SM.veil(context, layers.boundary, view, 0.62, SM.PAPER.border, 1.4);
    if (SM.tilesShown() || !layers.boundary.units.length) return;
    context.save();
    SM.trace(context, layers.boundary, view, true);
    context.rect(0, 0, view.width, view.height);
    context.clip("evenodd");
    fill(context, layers.water, view, SM.PAPER.water);
    context.restore();
  }

  function borders(context, view) {
    beyond(context, view);
    if (!SM.shows("townships")) return;
    context.lineJoin = "round";
    SM.model.townships.forEach(function (layer) {
      if (!layer.units.length) return;
      SM.trace(context, layer, view, true);
      context.strokeStyle = "rgba(255,255,255,0.5)";
      context.lineWidth = 2.2;
      context.stroke();
      context.strokeStyle = "#9d97a6";
      context.lineWidth = view.zoom < 12.5 ? 0.8 : 1.1;
      context.setLineDash([7, 3, 1.5, 3]);
      context.stroke();
      context.setLineDash([]);
    });
  }

  // Over a map of others only what is ours is drawn.
  SM.drawBasemap = function (context, view) {
    const isBare = !SM.tilesShown();
    if (isBare) ground(context, view);
    else if (SM.isPrinting()) SM.drawTiles(context, view);
    bands(context, view);
    if (isBare) {
      water(context, view);
      roads(context, view);
    }
    asked(context, view);
    borders(context, view);
  };
})((window.SM = window.SM || {}));
