// Counting again: the rules of the coverage table, for any number of minutes.
(function (SM) {
  "use strict";

  SM.COVERED = 0;
  SM.UNCOVERED = 1;
  SM.UNDETERMINED = 2;

  // People per demand point -> which villages have figures, and each point's weight
  // within its village: its people, or 1 where the village has no figures or nobody.
  SM.weigh = function (model, counts) {
    const size = SM.data.villages.ids.length;
    const village = model.demandVillage;
    const known = new Uint8Array(size).fill(1);
    const any = new Uint8Array(size);
    const sums = new Float64Array(size);
    for (let i = 0; i < counts.length; i += 1) {
      any[village[i]] = 1;
      if (counts[i] < 0) known[village[i]] = 0;
      else sums[village[i]] += counts[i];
    }
    for (let v = 0; v < size; v += 1) if (!any[v]) known[v] = 0;
    const weights = new Float64Array(counts.length);
    for (let i = 0; i < counts.length; i += 1) {
      const v = village[i];
      weights[i] = known[v] && sums[v] > 0 ? counts[i] : 1;
    }
    return { counts: counts, known: known, weights: weights };
  };

  // A cutoff in the data's unit of time.
  SM.cutoff = function (minutes) {
    return Math.floor(Math.round(minutes * 60000) / SM.data.unit);
  };

  // Status of one demand point: undetermined, whatever the minutes, if the data
  // do not suffice; else by its time.
  SM.statusOf = function (time, reason, cutoff) {
    if (reason && SM.unsaid[reason]) return SM.UNDETERMINED;
    return time >= 0 && time <= cutoff ? SM.COVERED : SM.UNCOVERED;
  };

  function blank() {
    return { people: [0, 0, 0], villages: [0, 0, 0], hasPeople: false };
  }

  // index of the view, minutes -> status of every point and village, sums for the
  // whole and for each township.
  SM.recount = function (index, minutes) {
    if (SM.data.isLarge) return told(index);
    const data = SM.data;
    const model = SM.model;
    const view = data.views[index];
    const times = model.table(view.times);
    const reasons = model.reasons(view.reasons);
    const people = model.people[view.group] || model.people[Object.keys(model.people)[0]];
    const cutoff = SM.cutoff(minutes);
    const size = data.villages.ids.length;
    const weight = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
    const heads = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
    const points = new Uint8Array(times.length);
    for (let i = 0; i < times.length; i += 1) {
      const v = model.demandVillage[i];
      const status = SM.statusOf(times[i], reasons ? reasons[i] : 0, cutoff);
      points[i] = status;
      weight[status][v] += people.weights[i];
      if (people.known[v]) heads[status][v] += people.counts[i];
    }
    const villages = new Uint8Array(size);
    const million = Math.round(data.share * 1e6);
    for (let v = 0; v < size; v += 1) {
      const determined = weight[0][v] + weight[1][v];
      let status = SM.UNDETERMINED;
      if (determined > 0) {
        status = weight[0][v] * 1e6 >= determined * million ? SM.COVERED : SM.UNCOVERED;
      }
      villages[v] = status;
    }
    return summed(points, villages, heads, people.known);
  };

  // Sums of villages for the whole and for each township.
  function summed(points, villages, heads, known) {
    const all = blank();
    const townships = SM.data.townships.ids.map(blank);
    for (let v = 0; v < villages.length; v += 1) {
      const own = SM.data.villages.township[v];
      (own < 0 ? [all] : [all, townships[own]]).forEach(function (sum) {
        sum.villages[villages[v]] += 1;
        for (let s = 0; s < 3; s += 1) sum.people[s] += heads[s][v];
        if (known[v]) sum.hasPeople = true;
      });
    }
    return { points: points, villages: villages, heads: heads, known: known, all: all, townships: townships };
  }

  // The figures of the coverage table, where there are more places than a page carries.
  function told(index) {
    const table = SM.model.table(SM.data.views[index].told);
    const size = table.length / 4;
    const villages = new Uint8Array(size);
    const known = new Uint8Array(size);
    const heads = [new Float64Array(size), new Float64Array(size), new Float64Array(size)];
    for (let v = 0; v < size; v += 1) {
      villages[v] = table[4 * v];
      known[v] = table[4 * v + 1] < 0 ? 0 : 1;
      for (let s = 0; s < 3; s += 1) heads[s][v] = known[v] ? table[4 * v + 1 + s] : 0;
    }
    return summed(new Uint8Array(0), villages, heads, known);
  }

  // The page's own count against the printed figures: what differs, or null.
  SM.disagreement = function (index) {
    const view = SM.data.views[index];
    if (!view.printed || view.ruled) return null;
    const mine = SM.recount(index, view.minutes).all;
    const people = view.printed.people;
    const same =
      mine.villages.every(function (n, i) { return n === view.printed.villages[i]; }) &&
      (people === null) === !mine.hasPeople &&
      (people === null ||
        (mine.people[0] + mine.people[1] + mine.people[2] === people[0] &&
          mine.people[0] === people[1] && mine.people[2] === people[2]));
    return same ? null : { printed: view.printed, counted: mine };
  };
})((window.SM = window.SM || {}));
