// The data as the other scripts use them, and the words.
(function (SM) {
  "use strict";

  let words = {};

  // One sentence: {name} stands for a value; an unknown key shows itself.
  SM.say = function (key, values) {
    const text = words[key];
    if (text === undefined) return key;
    return text.replace(/\{(\w+)\}/g, function (whole, name) {
      return values && name in values ? String(values[name]) : whole;
    });
  };

  // A value of a table in words; without a word it stands for itself.
  SM.term = function (kind, value) {
    if (value === null || value === undefined) return "";
    const key = ["terms", kind, value].join(".");
    return key in words ? words[key] : String(value);
  };

  SM.number = function (value) {
    return Math.round(value).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  };

  // Share in percent by the rule of shares.py: one decimal, halves upwards, in whole
  // numbers; what is not all is never 100, what is not nothing never 0.
  SM.percent = function (part, whole) {
    if (!whole) return "–";
    let tenths = Math.floor((2000 * part + whole) / (2 * whole));
    if (part > 0 && part < whole) tenths = Math.min(Math.max(tenths, 1), 999);
    return (tenths / 10).toFixed(1);
  };

  SM.minutesText = function (minutes) {
    return String(Math.round(minutes * 100) / 100);
  };

  // Milliseconds per unit are in the data; times are shown with one decimal.
  SM.timeText = function (seconds) {
    return SM.say("map.minutes", { minutes: (Math.round(seconds / 6) / 10).toFixed(1) });
  };

  SM.metresText = function (metres) {
    if (metres < 1000) return SM.say("map.metres", { metres: Math.round(metres) });
    const digits = metres < 10000 ? 2 : 1;
    return SM.say("map.kilometres", { kilometres: (metres / 1000).toFixed(digits) });
  };

  function cumulated(steps) {
    const found = new Int32Array(steps.length);
    let value = 0;
    for (let i = 0; i < steps.length; i += 1) {
      value += steps[i];
      found[i] = value;
    }
    return found;
  }

  function flags(text, size) {
    if (!text) return null;
    return Uint8Array.from(SM.numbers(text), function (one) { return one; }).slice(0, size);
  }

  // A function of one argument that works once for each.
  function remembering(make) {
    const found = {};
    return function (index) {
      if (!(index in found)) found[index] = make(index);
      return found[index];
    };
  }

  // value, count, value, count, ... -> each value so many times; null where all are 0
  function spread(runs, size) {
    if (runs.length <= 2 && !runs[0]) return null;
    const found = new Uint8Array(size);
    let at = 0;
    for (let i = 0; i < runs.length; i += 2) {
      found.fill(runs[i], at, at + runs[i + 1]);
      at += runs[i + 1];
    }
    return found;
  }

  // Of each village its nearest points: position, seconds, metres or null.
  function nearestOf(numbers) {
    const found = [];
    let at = 0;
    while (at < numbers.length) {
      const near = [];
      const end = at + 1 + 3 * numbers[at];
      for (at += 1; at < end; at += 3) {
        near.push([numbers[at], numbers[at + 1] / 10, numbers[at + 2] ? numbers[at + 2] - 1 : null]);
      }
      found.push(near);
    }
    return found;
  }

  SM.load = function (data) {
    SM.data = data;
    words = data.words;
    // by code: 0 is no reason, 1 the first of the list
    SM.unsaid = [false].concat(data.reasons.map(function (reason) {
      return data.undetermined.indexOf(reason) >= 0;
    }));
    const basemap = data.basemap;
    const demand = data.demand;
    const model = {
      townships: data.townships.shapes.map(SM.layer),
      villageXY: SM.points(data.villages.xy),
      villageShapes: data.villages.shapes.map(function (one) { return one ? SM.layer(one) : null; }),
      pointXY: SM.points(data.points.xy),
      demandXY: SM.points(demand.xy),
      demandVillage: cumulated(SM.numbers(demand.village)),
      demandPlaced: flags(demand.placed, demand.n),
      // a table is read when it is first asked for: most are of views that nobody opens
      table: remembering(function (index) { return Int32Array.from(SM.numbers(data.tables[index])); }),
      nearest: remembering(function (index) { return nearestOf(SM.numbers(data.tables[index])); }),
      reasons: remembering(function (index) { return spread(SM.numbers(data.tables[index]), demand.n); }),
      people: {},
      bands: remembering(function (mode) {
        return (data.bands[mode] || []).map(function (band) {
          return { minutes: band.minutes, layer: SM.layer(band.area) };
        });
      }),
      basemap: {},
      roads: basemap.roads.map(function (one) { return { kind: one[0], layer: SM.layer(one[1]) }; }),
      places: {
        names: basemap.places.names,
        kinds: SM.numbers(basemap.places.kinds),
        xy: SM.points(basemap.places.xy),
      },
    };
    // in the unit of the other times, rounded up as they are
    model.villageTimes = remembering(function (index) {
      return model.table(data.views[index].villageMs).map(function (ms) {
        return ms < 0 ? -1 : Math.ceil(ms / data.unit);
      });
    });
    ["land", "water", "woods", "built_up", "waterways", "rail", "boundary"].forEach(function (name) {
      model.basemap[name] = SM.layer(basemap[name]);
    });
    Object.keys(demand.people).forEach(function (group) {
      model.people[group] = SM.weigh(model, Int32Array.from(SM.numbers(demand.people[group])));
    });
    SM.model = model;
    return model;
  };
})((window.SM = window.SM || {}));
