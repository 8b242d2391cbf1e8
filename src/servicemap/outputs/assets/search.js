// Search by name, pinyin or initials: townships, villages, points, places.
(function (SM) {
  "use strict";

  const make = SM.make;
  const SHOWN = 8;

  // 0 is the best: the key is the query; 1 it starts so; 2 a word starts so; 3 it holds it.
  function fit(keys, query) {
    let best = 9;
    keys.split("|").forEach(function (key) {
      const at = key.indexOf(query);
      if (at < 0) return;
      const rank = key === query ? 0 : at === 0 ? 1 : key.charAt(at - 1) === " " ? 2 : 3;
      best = Math.min(best, rank);
    });
    return best;
  }

  SM.find = function (text) {
    const query = text.trim().toLowerCase();
    if (!query) return [];
    const found = [];
    ["townships", "villages", "points"].forEach(function (table, order) {
      SM.data[table].keys.forEach(function (keys, index) {
        const rank = fit(keys, query);
        if (rank < 9) found.push({ table: table, index: index, rank: rank, order: order });
      });
    });
    found.sort(function (a, b) { return a.rank - b.rank || a.order - b.order || a.index - b.index; });
    return found.slice(0, SHOWN);
  };

  function kindOf(one) {
    if (one.table === "townships") return SM.say("map.township");
    if (one.table === "villages") return SM.term("kind", SM.data.villages.kind[one.index]);
    return SM.term("tier", SM.data.points.tier[one.index]);
  }

  SM.searchBox = function () {
    let found = [];
    let at = -1;
    const list = make("ul", { id: "sm-found", role: "listbox", "aria-label": SM.say("map.search"), hidden: true });
    const input = make("input", {
      type: "search", id: "sm-search", autocomplete: "off", spellcheck: "false", role: "combobox",
      "aria-label": SM.say("map.search"), "aria-controls": "sm-found", "aria-expanded": "false",
      "aria-autocomplete": "list", placeholder: SM.say("map.search_hint"),
    });

    function choose(one) {
      close();
      input.value = "";
      if (one.table === "townships") SM.filter(one.index);
      else SM.showFromList(one.table, one.index);
    }

    function close() {
      list.hidden = true;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function mark(next) {
      at = next;
      Array.prototype.forEach.call(list.children, function (item, i) {
        item.setAttribute("aria-selected", String(i === at));
      });
      if (at >= 0) input.setAttribute("aria-activedescendant", "sm-found-" + at);
      else input.removeAttribute("aria-activedescendant");
    }

    function show() {
      found = SM.find(input.value);
      SM.empty(list);
      found.forEach(function (one, i) {
        list.appendChild(make("li", {
          role: "option", id: "sm-found-" + i, "aria-selected": "false",
          on: {
            mousedown: function (event) {
              event.preventDefault();
              choose(one);
            },
          },
        }, [make("span", { text: SM.data[one.table].names[one.index] }), make("small", { text: kindOf(one) })]));
      });
      if (input.value.trim() && !found.length) {
        list.appendChild(make("li", { role: "option", "aria-disabled": "true", class: "sm-quiet", text: SM.say("map.nothing_found") }));
      }
      list.hidden = !input.value.trim();
      input.setAttribute("aria-expanded", String(!list.hidden));
      mark(found.length ? 0 : -1);
    }

    input.addEventListener("input", show);
    input.addEventListener("focus", show);
    input.addEventListener("blur", close);
    input.addEventListener("keydown", function (event) {
      if (event.key === "Escape") close();
      else if (event.key === "Enter" && found[at]) choose(found[at]);
      else if (event.key === "ArrowDown" && found.length) mark((at + 1) % found.length);
      else if (event.key === "ArrowUp" && found.length) mark((at - 1 + found.length) % found.length);
      else return;
      event.preventDefault();
    });
    return make("div", { class: "sm-search", role: "search" }, [SM.icon("search"), input, list]);
  };
})((window.SM = window.SM || {}));
