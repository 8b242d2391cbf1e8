// A canvas over the whole view that follows the map and is drawn by one function.
(function (SM) {
  "use strict";

  SM.Sheet = L.Layer.extend({
    options: { padding: 0.25 },

    initialize: function (draw, options) {
      L.setOptions(this, options);
      this._draw = draw;
    },

    onAdd: function () {
      this._canvas = L.DomUtil.create("canvas", "leaflet-zoom-animated sm-sheet");
      this._canvas.setAttribute("aria-hidden", "true");
      this.getPane().appendChild(this._canvas);
      this.redraw();
    },

    onRemove: function () {
      L.DomUtil.remove(this._canvas);
    },

    getEvents: function () {
      return {
        viewreset: this.redraw,
        moveend: this.redraw,
        resize: this.redraw,
        zoom: this._follow,
        zoomanim: this._animate,
      };
    },

    // Draw again before the next frame, once however often it is asked for.
    later: function () {
      if (this._frame) return;
      this._frame = L.Util.requestAnimFrame(function () {
        this._frame = 0;
        this.redraw();
      }, this);
    },

    redraw: function () {
      const map = this._map;
      if (!map) return;
      const padding = this.options.padding;
      const size = map.getSize();
      const corner = map.containerPointToLayerPoint(size.multiplyBy(-padding)).round();
      const width = Math.round(size.x * (1 + 2 * padding));
      const height = Math.round(size.y * (1 + 2 * padding));
      const ratio = Math.min(window.devicePixelRatio || 1, 2.5);
      const canvas = this._canvas;
      // setting the size empties the canvas
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = width + "px";
      canvas.style.height = height + "px";
      L.DomUtil.setPosition(canvas, corner);
      this._corner = map.layerPointToLatLng(corner);
      this._zoom = map.getZoom();
      const origin = map.getPixelOrigin();
      const context = canvas.getContext("2d");
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      this._draw(context, {
        scale: Math.pow(2, this._zoom),
        left: origin.x + corner.x,
        top: origin.y + corner.y,
        width: width,
        height: height,
        zoom: this._zoom,
        ratio: ratio,
        // of the visible part, in pixels of the sheet
        inner: [size.x * padding, size.y * padding, size.x * (1 + padding), size.y * (1 + padding)],
      });
    },

    _follow: function () {
      this._place(this._map.getCenter(), this._map.getZoom());
    },

    _animate: function (event) {
      this._place(event.center, event.zoom);
    },

    _place: function (centre, zoom) {
      const scale = this._map.getZoomScale(zoom, this._zoom);
      const offset = this._map._latLngToNewLayerPoint(this._corner, zoom, centre);
      L.DomUtil.setTransform(this._canvas, offset, scale);
    },
  });
})((window.SM = window.SM || {}));
