// The page's data: packed numbers to arrays, degrees to Mercator's plane.
(function (SM) {
  "use strict";

  const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const VALUE = new Uint8Array(128);
  for (let i = 0; i < LETTERS.length; i += 1) VALUE[LETTERS.charCodeAt(i)] = i;

  // Zigzag numbers, five bits a letter, lowest first. Bits beyond 31 do not occur.
  SM.numbers = function (text) {
    const found = [];
    let value = 0;
    let shift = 0;
    for (let i = 0; i < text.length; i += 1) {
      const group = VALUE[text.charCodeAt(i)];
      value += (group & 31) * Math.pow(2, shift);
      shift += 5;
      if (group < 32) {
        found.push(value % 2 ? -(value + 1) / 2 : value / 2);
        value = 0;
        shift = 0;
      }
    }
    return found;
  };

  // Units of 1e-5 degrees to the plane in which the world is 256 wide.
  SM.plane = function (lon, lat) {
    const sine = Math.sin((lat * Math.PI) / 180);
    return [
      (lon / 360 + 0.5) * 256,
      (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * 256,
    ];
  };

  SM.lonlat = function (x, y) {
    const turn = Math.PI * (1 - (2 * y) / 256);
    return [(x / 256 - 0.5) * 360, (Math.atan(Math.sinh(turn)) * 180) / Math.PI];
  };

  SM.points = function (text) {
    const steps = SM.numbers(text);
    const xy = new Float64Array(steps.length);
    let lon = 0;
    let lat = 0;
    for (let i = 0; i < steps.length; i += 2) {
      lon += steps[i];
      lat += steps[i + 1];
      const at = SM.plane(lon / 1e5, lat / 1e5);
      xy[i] = at[0];
      xy[i + 1] = at[1];
    }
    return xy;
  };

  // [polygons, parts, xy] -> {xy, starts, units, boxes}; a unit is a polygon or a line:
  // the range of its parts, with its bounding box for culling.
  SM.layer = function (packed) {
    if (!packed || !packed[2]) return { xy: [], starts: [0], units: [], boxes: [] };
    const xy = SM.points(packed[2]);
    const starts = [0];
    SM.numbers(packed[1]).forEach(function (count) {
      starts.push(starts[starts.length - 1] + count);
    });
    const units = [];
    if (packed[0]) {
      let first = 0;
      SM.numbers(packed[0]).forEach(function (count) {
        units.push([first, first + count]);
        first += count;
      });
    } else {
      for (let part = 0; part + 1 < starts.length; part += 1) units.push([part, part + 1]);
    }
    const boxes = units.map(function (unit) {
      const box = [Infinity, Infinity, -Infinity, -Infinity];
      for (let i = starts[unit[0]]; i < starts[unit[1]]; i += 1) {
        box[0] = Math.min(box[0], xy[2 * i]);
        box[1] = Math.min(box[1], xy[2 * i + 1]);
        box[2] = Math.max(box[2], xy[2 * i]);
        box[3] = Math.max(box[3], xy[2 * i + 1]);
      }
      return box;
    });
    return { xy: xy, starts: starts, units: units, boxes: boxes };
  };

  SM.boxOf = function (layers) {
    const box = [Infinity, Infinity, -Infinity, -Infinity];
    layers.forEach(function (layer) {
      layer.boxes.forEach(function (one) {
        box[0] = Math.min(box[0], one[0]);
        box[1] = Math.min(box[1], one[1]);
        box[2] = Math.max(box[2], one[2]);
        box[3] = Math.max(box[3], one[3]);
      });
    });
    return box;
  };

  // Path of the units in view; vertices closer than most of a pixel are passed over.
  SM.trace = function (context, layer, view, isClosed) {
    const { xy, starts, units, boxes } = layer;
    const scale = view.scale;
    const left = (view.left - 8) / scale;
    const top = (view.top - 8) / scale;
    const right = (view.left + view.width + 8) / scale;
    const bottom = (view.top + view.height + 8) / scale;
    context.beginPath();
    for (let u = 0; u < units.length; u += 1) {
      const box = boxes[u];
      if (box[2] < left || box[0] > right || box[3] < top || box[1] > bottom) continue;
      if (isClosed && (box[2] - box[0]) * scale < 0.7 && (box[3] - box[1]) * scale < 0.7) continue;
      for (let part = units[u][0]; part < units[u][1]; part += 1) {
        const last = starts[part + 1] - 1;
        let px = xy[2 * starts[part]] * scale - view.left;
        let py = xy[2 * starts[part] + 1] * scale - view.top;
        context.moveTo(px, py);
        for (let i = starts[part] + 1; i <= last; i += 1) {
          const x = xy[2 * i] * scale - view.left;
          const y = xy[2 * i + 1] * scale - view.top;
          if (i < last && Math.abs(x - px) < 0.8 && Math.abs(y - py) < 0.8) continue;
          context.lineTo(x, y);
          px = x;
          py = y;
        }
        if (isClosed) context.closePath();
      }
    }
  };

  // Pale what lies outside of some areas, and draw their outline.
  SM.veil = function (context, areas, view, opacity, line, width) {
    if (!areas.units.length) return;
    SM.trace(context, areas, view, true);
    context.rect(0, 0, view.width, view.height);
    context.fillStyle = `rgba(247,245,240,${opacity})`;
    context.fill("evenodd");
    SM.trace(context, areas, view, true);
    context.strokeStyle = line;
    context.lineWidth = width;
    context.stroke();
  };

  // Is a point of the plane inside a layer of polygons (even-odd rule)?
  SM.inside = function (layer, x, y) {
    const { xy, starts } = layer;
    let isIn = false;
    for (let part = 0; part + 1 < starts.length; part += 1) {
      for (let i = starts[part], j = starts[part + 1] - 1; i < starts[part + 1]; j = i, i += 1) {
        const yi = xy[2 * i + 1];
        const yj = xy[2 * j + 1];
        if (yi > y !== yj > y && x < ((xy[2 * j] - xy[2 * i]) * (y - yi)) / (yj - yi) + xy[2 * i]) {
          isIn = !isIn;
        }
      }
    }
    return isIn;
  };
})((window.SM = window.SM || {}));
