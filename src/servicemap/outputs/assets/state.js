// What is being looked at: one object, told to everybody who listens, kept in the link.
(function (SM) {
  "use strict";

  const LAYERS = ["bands", "villages", "people", "gaps", "townships", "woods", "roads", "names"];
  const listeners = [];

  SM.state = { view: 0, minutes: 15, township: -1, hidden: {}, selected: null, tiles: -1 };

  SM.listen = function (listener) {
    listeners.push(listener);
  };

  SM.shows = function (layer) {
    return !SM.state.hidden[layer];
  };

  // Change some of the state; `what` reaches the listeners so that they redraw no more
  // than they must.
  SM.change = function (changes) {
    const before = SM.state;
    SM.state = Object.assign({}, before, changes);
    const state = SM.state;
    if (!SM.counted || before.view !== state.view || before.minutes !== state.minutes) {
      SM.counted = SM.recount(state.view, state.minutes);
    }
    listeners.forEach(function (listener) { listener(state, before); });
    remember();
  };

  SM.currentView = function () {
    return SM.data.views[SM.state.view];
  };

  let timer = 0;
  function remember() {
    window.clearTimeout(timer);
    timer = window.setTimeout(function () {
      try {
        window.history.replaceState(null, "", SM.link());
      } catch (error) {
        // some browsers refuse for local files; the link button still works
      }
    }, 250);
  }
  SM.remember = remember;

  SM.link = function () {
    const data = SM.data;
    const state = SM.state;
    const centre = SM.map.getCenter();
    const parts = [
      "map=" + [SM.map.getZoom(), centre.lat.toFixed(5), centre.lng.toFixed(5)].join("/"),
      "ask=" + state.view,
      "min=" + SM.minutesText(state.minutes),
    ];
    const hidden = Object.keys(state.hidden).filter(function (name) { return state.hidden[name]; });
    if (hidden.length) parts.push("hide=" + hidden.map(encodeURIComponent).join(","));
    if (state.township >= 0) parts.push("town=" + encodeURIComponent(data.townships.ids[state.township]));
    if (state.tiles >= 0) parts.push("tiles=" + state.tiles);
    if (state.selected) {
      const table = state.selected.table;
      parts.push("at=" + table + "." + encodeURIComponent(data[table].ids[state.selected.index]));
    }
    return "#" + parts.join("&");
  };

  // The state that a link names; whatever does not fit this map is passed over.
  SM.fromLink = function (hash) {
    const data = SM.data;
    const given = {};
    hash.replace(/^#/, "").split("&").forEach(function (part) {
      const at = part.indexOf("=");
      if (at > 0) given[part.slice(0, at)] = part.slice(at + 1);
    });
    const found = {};
    const view = Number(given.ask);
    if (given.ask && data.views[view]) found.view = view;
    const minutes = Number(given.min);
    if (given.min && !data.isLarge && minutes > 0 && minutes <= SM.longest()) found.minutes = minutes;
    if (given.hide) {
      found.hidden = {};
      given.hide.split(",").map(unescaped).forEach(function (name) {
        if (LAYERS.indexOf(name) >= 0 || /^(tier|band)\./.test(name)) found.hidden[name] = true;
      });
    }
    const tiles = Number(given.tiles);
    if (given.tiles && data.tiles[tiles]) found.tiles = tiles;
    const town = data.townships.ids.indexOf(unescaped(given.town || ""));
    if (town >= 0) found.township = town;
    const at = /^(villages|points)\.(.*)$/.exec(given.at || "");
    if (at) {
      const index = data[at[1]].ids.indexOf(unescaped(at[2]));
      if (index >= 0) found.selected = { table: at[1], index: index };
    }
    const place = (given.map || "").split("/").map(Number);
    if (place.length === 3 && place.every(isFinite) && Math.abs(place[1]) < 85) found.place = place;
    return found;
  };

  function unescaped(text) {
    try {
      return decodeURIComponent(text);
    } catch (error) {
      return "";
    }
  }

  // End of the slider: as far as pairs were computed, in whole minutes.
  SM.longest = function () {
    const asked = SM.data.views.map(function (view) { return view.minutes; });
    const wanted = Math.max.apply(null, SM.data.minutes.concat(asked, [20]));
    return Math.ceil(Math.min(Math.max(wanted * 2, 30), Math.max(SM.data.horizon, wanted)));
  };
})((window.SM = window.SM || {}));
