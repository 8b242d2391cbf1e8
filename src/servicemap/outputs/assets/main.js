// Puts the map together once everything is read.
(function (SM) {
  "use strict";

  // Pixels of the map that panels lie over.
  SM.covered = function () {
    const isPhone = SM.isNarrow();
    const sheet = document.getElementById("sm-panel");
    if (isPhone) return { left: 14, top: 56, right: 14, bottom: sheet.offsetHeight };
    const legend = document.getElementById("sm-legend");
    const isOpen = legend.classList.contains("sm-open-legend");
    return { left: 56, top: 8, right: isOpen ? legend.offsetWidth + 12 : 8, bottom: 30 };
  };

  // What is seen of the map beside its panels.
  function free(map) {
    const pad = SM.covered();
    const size = map.getSize();
    return L.latLngBounds(
      map.containerPointToLatLng([pad.left, pad.top]),
      map.containerPointToLatLng([size.x - pad.right, size.y - pad.bottom])
    );
  }

  function bounds() {
    const township = SM.state.township >= 0 ? SM.model.townships[SM.state.township] : null;
    if (township && township.units.length) {
      const box = SM.boxOf([township]);
      const low = SM.lonlat(box[0], box[3]);
      const high = SM.lonlat(box[2], box[1]);
      return L.latLngBounds([low[1], low[0]], [high[1], high[0]]);
    }
    const frame = SM.data.frame;
    return L.latLngBounds([frame[1], frame[0]], [frame[3], frame[2]]);
  }

  SM.home = function () {
    const pad = SM.covered();
    SM.map.fitBounds(bounds(), {
      paddingTopLeft: [pad.left, pad.top],
      paddingBottomRight: [pad.right, pad.bottom],
      animate: false,
      maxZoom: 16,
    });
  };

  // A choice from a list or the search: show the place and its card.
  SM.showFromList = function (table, index) {
    const panel = document.getElementById("sm-panel");
    panel.classList.remove("sm-tall");
    const asked = document.activeElement;
    SM.select(table, index);
    SM.focusCard(asked);
  };

  function handle(panel) {
    const grip = SM.make("button", {
      type: "button", class: "sm-grip", "aria-label": SM.say("map.more"), "aria-expanded": "false",
      on: {
        click: function () {
          const isTall = panel.classList.toggle("sm-tall");
          grip.setAttribute("aria-expanded", String(isTall));
        },
      },
    }, [SM.make("i")]);
    panel.appendChild(grip);
  }

  // On paper the map has a size of its own: it is drawn anew for it, and back afterwards.
  // Chromium prints a canvas as its strokes, the emptying first, which would wipe out a
  // canvas below: so all is drawn on one, and the paper gets lines, not pixels.
  SM.isPrinting = function () {
    return document.documentElement.classList.contains("sm-printing");
  };

  function printing(map) {
    let seen = null;
    window.addEventListener("beforeprint", function () {
      seen = seen || { bounds: free(map), centre: map.getCenter(), zoom: map.getZoom() };
      map.closePopup();
      document.documentElement.classList.add("sm-printing");
      map.setMinZoom(0);
      map.invalidateSize({ animate: false, pan: false });
      // the whole fills the sheet, whatever the shape of the window
      const isWhole = seen.bounds.contains(bounds());
      map.options.zoomSnap = 0.05;
      map.fitBounds(isWhole ? bounds() : seen.bounds, { animate: false });
      map.options.zoomSnap = 0.25;
    });
    window.addEventListener("afterprint", function () {
      document.documentElement.classList.remove("sm-printing");
      map.invalidateSize({ animate: false, pan: false });
      if (seen) map.setView(seen.centre, seen.zoom, { animate: false });
      seen = null;
    });
  }

  SM.start = function (map) {
    SM.map = map;
    SM.load(JSON.parse(document.getElementById("sm-data").textContent));
    document.documentElement.lang = SM.data.language === "zh" ? "zh-CN" : "en";
    SM.FONT = window.getComputedStyle(document.body).fontFamily;
    const given = SM.fromLink(window.location.hash);
    const view = given.view || 0;
    SM.state = Object.assign({}, SM.state, { view: view, minutes: SM.data.views[view].minutes });
    ["minutes", "hidden", "township", "tiles"].forEach(function (key) {
      if (key in given) SM.state[key] = given[key];
    });
    SM.counted = SM.recount(SM.state.view, SM.state.minutes);
    const panel = document.getElementById("sm-panel");
    handle(panel);
    SM.panel(panel);
    SM.legend(document.getElementById("sm-legend"));
    SM.tools(map, document.getElementById("sm-tools"));
    map.createPane("sm-tiles").style.zIndex = 190;
    map.createPane("sm-base").style.zIndex = 200;
    map.createPane("sm-symbols").style.zIndex = 420;
    map.getPane("sm-base").style.pointerEvents = "none";
    map.getPane("sm-symbols").style.pointerEvents = "none";
    map.invalidateSize({ animate: false });
    const container = map.getContainer();
    container.setAttribute("role", "region");
    container.setAttribute("aria-label", SM.say("map.map"));
    if (given.place) map.setView([given.place[1], given.place[2]], given.place[0], { animate: false });
    else SM.home();
    const frame = L.latLngBounds([SM.data.frame[1], SM.data.frame[0]], [SM.data.frame[3], SM.data.frame[2]]);
    map.setMaxBounds(frame.pad(1));
    map.setMinZoom(Math.max(map.getBoundsZoom(frame) - 2, 2));
    SM.baseSheet = new SM.Sheet(function (context, view) {
      SM.drawBasemap(context, view);
      if (SM.isPrinting()) SM.drawSymbols(context, view);
    }, { pane: "sm-base" }).addTo(map);
    SM.symbolSheet = new SM.Sheet(SM.drawSymbols, { pane: "sm-symbols" }).addTo(map);
    SM.watchPointer(map);
    SM.showTiles(map);
    printing(map);
    SM.listen(function (state, before) {
      SM.symbolSheet.later();
      const isAsked = state.view !== before.view || state.minutes !== before.minutes;
      if (state.tiles !== before.tiles) SM.showTiles(map);
      if (isAsked || state.hidden !== before.hidden || state.tiles !== before.tiles) SM.baseSheet.later();
    });
    map.on("moveend", SM.remember);
    window.addEventListener("resize", function () { map.invalidateSize({ animate: false }); });
    if (given.selected) SM.select(given.selected.table, given.selected.index);
    document.documentElement.classList.add("sm-ready");
  };
})((window.SM = window.SM || {}));
