// Maps of others under ours: layers of tiles that the study names, none of them unasked.
// A tile is an image laid on the place of its ground, so that tiles in degrees (_c) and
// shifted ones (GCJ-02) lie as true as those in Mercator's plane.
(function (SM) {
  "use strict";

  const MOST = 160; // images of one layer in one view; a coarser level beyond
  const A = 6378245; // Krasovsky 1940, as the published formula has it
  const EE = 0.006693421622965943;

  // The published formula from WGS-84 to GCJ-02; outside of its box nothing moves.
  SM.gcj02 = function (lon, lat) {
    if (lon < 72.004 || lon > 137.8347 || lat < 0.8293 || lat > 55.8271) return [lon, lat];
    const sin = function (value) { return Math.sin(value * Math.PI); };
    const x = lon - 105;
    const y = lat - 35;
    const root = Math.sqrt(Math.abs(x));
    const waves = ((20 * sin(6 * x) + 20 * sin(2 * x)) * 2) / 3;
    const north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + waves +
      ((20 * sin(y) + 40 * sin(y / 3)) * 2) / 3 + ((160 * sin(y / 12) + 320 * sin(y / 30)) * 2) / 3;
    const east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + waves +
      ((20 * sin(x) + 40 * sin(x / 3)) * 2) / 3 + ((150 * sin(x / 12) + 300 * sin(x / 30)) * 2) / 3;
    const radians = (lat * Math.PI) / 180;
    const flat = 1 - EE * Math.pow(Math.sin(radians), 2);
    return [
      lon + (east / ((A / Math.sqrt(flat)) * Math.cos(radians))) * (180 / Math.PI),
      lat + (north / ((A * (1 - EE)) / (flat * Math.sqrt(flat)))) * (180 / Math.PI),
    ];
  };

  // Back from GCJ-02: the forward formula until it gives the place again.
  SM.fromGcj02 = function (lon, lat) {
    let at = [lon, lat];
    for (let i = 0; i < 12; i += 1) {
      const there = SM.gcj02(at[0], at[1]);
      at = [at[0] + lon - there[0], at[1] + lat - there[1]];
    }
    return at;
  };

  // Edges of tiles in degrees of the layer's own grid, and back to column and row.
  const GRIDS = {
    w: {
      rows: function (z) { return Math.pow(2, z); },
      lat: function (z, row) { return SM.lonlat(0, (row * 256) / Math.pow(2, z))[1]; },
      row: function (z, lat) { return (SM.plane(0, lat)[1] / 256) * Math.pow(2, z); },
    },
    c: {
      rows: function (z) { return Math.pow(2, z - 1); },
      lat: function (z, row) { return 90 - (row * 360) / Math.pow(2, z); },
      row: function (z, lat) { return ((90 - lat) * Math.pow(2, z)) / 360; },
    },
  };

  function range(low, high, end) {
    return [Math.max(Math.floor(low), 0), Math.min(Math.ceil(high), end) - 1];
  }

  SM.Tiles = L.Layer.extend({
    options: { pane: "sm-tiles" },

    initialize: function (layer) {
      this._layer = layer;
      this._images = {};
    },

    onAdd: function () {
      this._box = L.DomUtil.create("div", "leaflet-zoom-animated sm-tile-box");
      this.getPane().appendChild(this._box);
      this.redraw();
    },

    onRemove: function () {
      L.DomUtil.remove(this._box);
      this._images = {};
    },

    getEvents: function () {
      return {
        viewreset: this.redraw, moveend: this.redraw, resize: this.redraw,
        zoom: function () { this._place(this._map.getCenter(), this._map.getZoom()); },
        zoomanim: function (event) { this._place(event.center, event.zoom); },
      };
    },

    // Degrees of the layer to ours. The shift differs by less than a pixel across a view
    // whose tiles are of its own scale, so columns take it at the view's middle latitude
    // and rows at its middle longitude: neighbours then meet without a seam.
    _true: function (lon, lat) {
      return this._layer.datum === "gcj02" ? SM.fromGcj02(lon, lat) : [lon, lat];
    },

    _own: function (lon, lat) {
      return this._layer.datum === "gcj02" ? SM.gcj02(lon, lat) : [lon, lat];
    },

    _level: function () {
      const wanted = Math.round(this._map.getZoom() + Math.log2(Math.min(window.devicePixelRatio || 1, 2)) * 0.75);
      return Math.min(Math.max(wanted, this._layer.zooms[0]), this._layer.zooms[1]);
    },

    redraw: function () {
      const map = this._map;
      // on paper those that are there must do: others would come too late
      if (!map || SM.isPrinting()) return;
      const bounds = map.getBounds().pad(0.2);
      const grid = GRIDS[this._layer.grid];
      const middle = bounds.getCenter();
      const ownMiddle = this._own(middle.lng, middle.lat);
      const low = this._own(bounds.getWest(), bounds.getSouth());
      const high = this._own(bounds.getEast(), bounds.getNorth());
      let z = this._level();
      let columns;
      let rows;
      for (; z >= this._layer.zooms[0]; z -= 1) {
        const wide = Math.pow(2, z);
        columns = range((low[0] / 360 + 0.5) * wide, (high[0] / 360 + 0.5) * wide, wide);
        rows = range(grid.row(z, high[1]), grid.row(z, low[1]), grid.rows(z));
        if ((columns[1] - columns[0] + 1) * (rows[1] - rows[0] + 1) <= MOST) break;
      }
      if (z < this._layer.zooms[0]) {
        z = this._layer.zooms[0];
        columns = [0, -1]; // seen from too far: nothing, not thousands of images
      }
      const origin = map.getPixelOrigin();
      const scale = Math.pow(2, map.getZoom());
      const self = this;
      const left = function (column) {
        const lon = (column / Math.pow(2, z) - 0.5) * 360;
        return SM.plane(self._true(lon, ownMiddle[1])[0], 0)[0] * scale - origin.x;
      };
      const top = function (row) {
        return SM.plane(0, self._true(ownMiddle[0], grid.lat(z, row))[1])[1] * scale - origin.y;
      };
      this._corner = map.layerPointToLatLng([0, 0]);
      this._zoom = map.getZoom();
      L.DomUtil.setTransform(this._box, L.point(0, 0), 1);
      const seen = {};
      this._layer.urls.forEach(function (_, which) {
        for (let column = columns[0]; column <= columns[1]; column += 1) {
          for (let row = rows[0]; row <= rows[1]; row += 1) {
            const name = [which, z, column, row].join("/");
            seen[name] = true;
            const image = self._images[name] || self._image(which, z, column, row);
            self._images[name] = image;
            image.ground = [left(column), top(row), left(column + 1), top(row + 1)].map(function (at, i) {
              return (at + (i % 2 ? origin.y : origin.x)) / scale;
            });
            image.style.left = left(column) + "px";
            image.style.top = top(row) + "px";
            image.style.width = left(column + 1) - left(column) + "px";
            image.style.height = top(row + 1) - top(row) + "px";
          }
        }
      });
      Object.keys(this._images).forEach(function (name) {
        if (seen[name]) return;
        L.DomUtil.remove(self._images[name]);
        delete self._images[name];
      });
    },

    // The images that have come, on a canvas: for paper, where nothing shines through one.
    draw: function (context, view) {
      const all = Array.prototype.filter.call(this._box.children, function (image) {
        return image.complete && image.naturalWidth;
      });
      all.sort(function (a, b) { return a.style.zIndex - b.style.zIndex; }).forEach(function (image) {
        const at = image.ground.map(function (value, i) {
          return value * view.scale - (i % 2 ? view.top : view.left);
        });
        context.drawImage(image, at[0], at[1], at[2] - at[0], at[3] - at[1]);
      });
    },

    _image: function (which, z, column, row) {
      const names = this._layer.subdomains;
      const told = { x: column, y: row, z: z, s: names.charAt((column + row) % Math.max(names.length, 1)) };
      const image = SM.make("img", { alt: "", class: "sm-tile" });
      image.style.zIndex = which;
      image.addEventListener("error", function () {
        image.style.visibility = "hidden";
        SM.tilesFailed();
      });
      image.referrerPolicy = "no-referrer";
      image.src = this._layer.urls[which].replace(/\{([xyzs])\}/g, function (_, name) { return told[name]; });
      this._box.appendChild(image);
      return image;
    },

    _place: function (centre, zoom) {
      const scale = this._map.getZoomScale(zoom, this._zoom);
      L.DomUtil.setTransform(this._box, this._map._latLngToNewLayerPoint(this._corner, zoom, centre), scale);
    },
  });

  // The one that is chosen, or none.
  SM.tilesShown = function () {
    return SM.data.tiles[SM.state.tiles] || null;
  };

  let shown = null;
  let hasFailed = false;
  SM.tilesFailed = function () {
    if (hasFailed) return;
    hasFailed = true;
    SM.toast(SM.say("map.tiles_failed"));
  };

  SM.drawTiles = function (context, view) {
    if (shown) shown.draw(context, view);
  };

  SM.showTiles = function (map) {
    if (shown) map.removeLayer(shown);
    const layer = SM.tilesShown();
    hasFailed = false;
    shown = layer ? new SM.Tiles(layer).addTo(map) : null;
    SM.refreshSource();
  };
})((window.SM = window.SM || {}));
