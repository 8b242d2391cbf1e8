// Cards of villages and service points, and the short note under the pointer.
(function (SM) {
  "use strict";

  const make = SM.make;

  // A click in a card that changes it: the map, which finds its button gone from the card,
  // would take the click for one on the ground and close the next card.
  function alone(act) {
    return function (event) {
      event.stopPropagation();
      act();
    };
  }

  function row(label, value) {
    if (value === "" || value === null || value === undefined) return null;
    return make("div", { class: "sm-row" }, [
      make("dt", { text: label }),
      value instanceof Node ? make("dd", {}, [value]) : make("dd", { text: value }),
    ]);
  }

  // Time and status of a village in words.
  SM.villageAnswer = function (v) {
    const status = SM.counted.villages[v];
    const time = SM.model.villageTimes(SM.state.view)[v];
    const view = SM.currentView();
    const reason = view.why[v];
    const word = SM.term("status", ["covered", "uncovered", "undetermined"][status]);
    let text = "";
    if (time >= 0 && status !== SM.UNDETERMINED) text = SM.timeText(SM.model.table(SM.currentView().villageMs)[v] / 1000);
    else if (reason) text = SM.term("reason", SM.data.reasons[reason - 1]);
    return { status: status, word: word, text: text, time: time };
  };

  function people(v) {
    const counted = SM.counted;
    if (!counted.known[v]) return null;
    return [0, 1, 2].map(function (s) { return counted.heads[s][v]; });
  }

  function nearest(v) {
    const found = SM.model.nearest(SM.currentView().nearest)[v];
    if (!found.length || SM.counted.villages[v] === SM.UNDETERMINED) return null;
    const list = make("ol", { class: "sm-nearest" });
    found.forEach(function (one) {
      const name = make("button", {
        type: "button",
        class: "sm-link",
        text: SM.data.points.names[one[0]],
        on: { click: alone(function () { SM.showFromList("points", one[0]); }) },
      });
      const way = one[2] === null ? "" : " · " + SM.metresText(one[2]);
      list.appendChild(make("li", {}, [name, make("span", { text: SM.timeText(one[1]) + way })]));
    });
    return list;
  }

  function villageCard(v) {
    const villages = SM.data.villages;
    const answer = SM.villageAnswer(v);
    const view = SM.currentView();
    const township = villages.township[v];
    const heads = people(v);
    const located = villages.located[v];
    const isOwn = Math.abs(view.minutes - SM.state.minutes) < 1e-9;
    const gap = (SM.data.gaps[view.question] || []).filter(function (one) { return one[0] === v; })[0];
    const remedy = isOwn && gap && gap[3] ? SM.term("remedy", gap[3]) : "";
    const places = [SM.term("kind", villages.kind[v])];
    if (township >= 0) places.unshift(SM.apart(SM.data.townships.names[township]));
    let counted = "";
    if (heads) {
      const all = heads[0] + heads[1] + heads[2];
      counted = SM.say("map.card.people_of", { covered: SM.number(heads[0]), people: SM.number(all) });
    }
    const rough = ["polygon", "places", "gazetteer", "by_hand", "own_station", "none"].indexOf(located) >= 0;
    return make("article", { class: "sm-card" }, [
      make("p", { class: "sm-kicker", text: places.join(" · ") }),
      make("h2", { text: villages.names[v] }),
      make("p", { class: "sm-answer sm-is-" + answer.status }, [
        make("strong", { text: answer.word }),
        make("span", { text: answer.text }),
      ]),
      make("dl", {}, [
        row(SM.term("group", view.group), counted),
        row(SM.say("map.card.nearest"), nearest(v)),
        isOwn ? row(SM.say("map.card.within"), view.within[v] === null ? "" : SM.say("map.card.points", { count: view.within[v] })) : null,
        row(SM.say("map.card.remedy"), remedy),
        row(SM.say("map.card.located"), SM.term("located_by", located) + (rough ? SM.say("map.card.rough") : "")),
      ]),
    ]);
  }

  function services(p) {
    const found = SM.data.points.serviceLists[SM.data.points.services[p]];
    if (!found) return null;
    const list = make("ul", { class: "sm-services" });
    found.forEach(function (one) {
      const shown = one[1].slice(0, 12);
      const rest = one[1].length - shown.length;
      let text = shown.join(SM.say("map.comma"));
      if (rest) text += SM.say("map.card.more", { count: rest });
      if (one[2]) text += SM.say("map.card.limits", { limits: one[2] });
      list.appendChild(make("li", {}, [
        make("em", { text: SM.say("map.handling." + one[0]) }),
        make("span", { text: text }),
      ]));
    });
    return list;
  }

  function pointCard(p) {
    const points = SM.data.points;
    const mode = SM.currentView().mode;
    const snap = (points.snap[mode] || [])[p];
    const status = points.status[p];
    const kicker = [SM.term("tier", points.tier[p]), SM.term("form", points.form[p])];
    if (points.partner[p]) kicker.push(SM.apart(points.partner[p]));
    const hours = points.hours[p] || SM.say("map.card.unknown_hours");
    const isRough = ["polygon", "places", "gazetteer", "by_hand"].indexOf(points.located[p]) >= 0;
    return make("article", { class: "sm-card" }, [
      make("p", { class: "sm-kicker", text: kicker.join(" · ") }),
      make("h2", { text: points.names[p] }),
      status === "open" ? null : make("p", { class: "sm-answer sm-is-2" }, [
        make("strong", { text: SM.term("point_status", status) }),
        make("span", { text: SM.say("map.card.not_counted") }),
      ]),
      make("dl", {}, [
        row(SM.say("map.card.hours"), hours),
        row(SM.say("map.card.services"), services(p)),
        row(SM.say("map.card.windows"), points.windows[p] === null ? "" : String(points.windows[p])),
        row(SM.say("map.card.phone"), points.phone[p]),
        row(SM.say("map.card.address"), points.address[p]),
        row(SM.say("map.card.one_stop"), points.oneStop[p] ? SM.say("map.card.yes") : ""),
        row(SM.say("map.card.snap"), snap === null || snap === undefined ? "" : SM.metresText(snap)),
        row(SM.say("map.card.located"), SM.term("located_by", points.located[p]) + (isRough ? SM.say("map.card.rough") : "")),
      ]),
    ]);
  }

  let popup = null;
  let sheet = null;

  SM.isNarrow = function () {
    return window.innerWidth <= 760;
  };

  function card(selected) {
    const found = selected.table === "points" ? pointCard(selected.index) : villageCard(selected.index);
    found.insertBefore(make("button", {
      type: "button", class: "sm-card-close", "aria-label": SM.say("map.close"),
      on: { click: alone(SM.closeCard) },
    }, [SM.icon("close")]), found.firstChild);
    return found;
  }

  function shownCard() {
    return document.querySelector(".sm-popup .sm-card, .sm-card-sheet:not([hidden]) .sm-card");
  }

  // Whoever came by keyboard goes on in the card, and goes back from it.
  let from = null;
  SM.focusCard = function (element) {
    const close = shownCard() && shownCard().querySelector(".sm-card-close");
    if (!close) return;
    if (document.contains(element)) from = element; // else it was in the card before
    close.focus({ preventScroll: true });
  };

  SM.closeCard = function () {
    const isWithin = shownCard() && shownCard().contains(document.activeElement);
    if (popup) SM.map.closePopup(popup);
    SM.change({ selected: null });
    if (isWithin && from && document.contains(from)) from.focus({ preventScroll: true });
    else if (isWithin) SM.map.getContainer().focus({ preventScroll: true });
    from = null;
  };

  // On a phone a card is a sheet over the panel; elsewhere it stands beside its sign.
  function showSheet(selected, latlng) {
    if (!sheet) {
      sheet = make("section", { class: "sm-card-sheet", "aria-live": "polite" });
      document.body.appendChild(sheet);
    }
    SM.empty(sheet).appendChild(card(selected));
    sheet.hidden = false;
    const room = SM.map.getSize().y - sheet.offsetHeight;
    const centre = SM.map.project(latlng).add([0, SM.map.getSize().y / 2 - room / 2]);
    SM.map.panTo(SM.map.unproject(centre));
  }

  function showPopup(selected, latlng) {
    popup = popup || L.popup({ closeButton: false, maxWidth: 320, minWidth: 236, className: "sm-popup", offset: [0, -6] });
    popup.setContent(card(selected));
    const pad = SM.covered();
    popup.options.autoPanPaddingTopLeft = [pad.left + 12, pad.top + 12];
    popup.options.autoPanPaddingBottomRight = [pad.right + 12, pad.bottom + 12];
    if (!SM.map.getBounds().pad(-0.05).contains(latlng)) SM.map.setView(latlng, Math.max(SM.map.getZoom(), 13));
    popup.setLatLng(latlng).openOn(SM.map);
    popup.getElement().querySelector(".leaflet-popup-content").setAttribute("tabindex", "0");
  }

  SM.select = function (table, index) {
    if (!SM.data[table].placed[index]) return;
    const xy = table === "points" ? SM.model.pointXY : SM.model.villageXY;
    const at = SM.lonlat(xy[2 * index], xy[2 * index + 1]);
    const selected = { table: table, index: index };
    SM.change({ selected: selected });
    (SM.isNarrow() ? showSheet : showPopup)(selected, L.latLng(at[1], at[0]));
  };

  SM.listen(function (state, before) {
    if (sheet && !state.selected) sheet.hidden = true;
    if (!state.selected || (state.view === before.view && state.minutes === before.minutes)) return;
    if (popup && popup.isOpen()) popup.setContent(card(state.selected));
    if (sheet && !sheet.hidden) sheet.replaceChild(card(state.selected), sheet.lastChild);
  });

  // The note under the pointer.
  SM.note = function (hit) {
    if (hit.table === "points") {
      const points = SM.data.points;
      return [points.names[hit.index], SM.term("tier", points.tier[hit.index])];
    }
    const answer = SM.villageAnswer(hit.index);
    return [SM.data.villages.names[hit.index], answer.word + (answer.text ? " · " + answer.text : "")];
  };

  SM.watchPointer = function (map) {
    const note = make("div", { class: "sm-note", "aria-hidden": "true" });
    map.getContainer().appendChild(note);
    function hide() {
      note.style.display = "none";
      map.getContainer().classList.remove("sm-over");
    }
    map.on("mousemove", function (event) {
      if (SM.measuring) return hide();
      const hit = SM.hitAt(event.latlng, 3);
      if (!hit) return hide();
      const lines = SM.note(hit);
      SM.empty(note).appendChild(make("strong", { text: lines[0] }));
      note.appendChild(make("span", { text: lines[1] }));
      note.style.display = "block";
      const size = map.getSize();
      const x = Math.min(event.containerPoint.x + 14, size.x - note.offsetWidth - 8);
      const y = Math.min(event.containerPoint.y + 14, size.y - note.offsetHeight - 8);
      note.style.transform = "translate(" + Math.round(x) + "px," + Math.round(y) + "px)";
      map.getContainer().classList.add("sm-over");
    });
    map.on("mouseout movestart", hide);
    map.on("click", function (event) {
      if (SM.measuring) return;
      const isTouch = window.matchMedia && window.matchMedia("(pointer: coarse)").matches;
      const hit = SM.hitAt(event.latlng, isTouch ? 14 : 4);
      if (hit) SM.select(hit.table, hit.index);
      else if (SM.state.selected) SM.change({ selected: null });
    });
    map.on("popupclose", function () { SM.change({ selected: null }); });
  };
})((window.SM = window.SM || {}));
