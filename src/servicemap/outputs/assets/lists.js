// Three lists under the figures: townships, what is left out, about this map.
(function (SM) {
  "use strict";

  const make = SM.make;
  const LONGEST = 300; // rows: a longer list is said to be cut
  let parts = {};
  let order = "code";

  // Show one township alone; -1 shows all again.
  SM.filter = function (township) {
    SM.change({ township: township });
    SM.home();
  };

  function tab(name, text, panel) {
    return make("button", {
      type: "button", role: "tab", id: "sm-tab-" + name, "aria-controls": "sm-list-" + name,
      "aria-selected": "false", text: text,
      on: {
        click: function () { open(name); },
        keydown: function (event) {
          const names = Object.keys(parts.panels);
          const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
          if (!step) return;
          const next = names[(names.indexOf(name) + step + names.length) % names.length];
          open(next);
          parts.tabs[next].focus();
        },
      },
    });
  }

  function open(name) {
    Object.keys(parts.panels).forEach(function (one) {
      const isOn = one === name;
      parts.panels[one].hidden = !isOn;
      parts.tabs[one].setAttribute("aria-selected", String(isOn));
      parts.tabs[one].setAttribute("tabindex", isOn ? "0" : "-1");
    });
  }

  function panel(name, children) {
    return make("div", {
      role: "tabpanel", id: "sm-list-" + name, "aria-labelledby": "sm-tab-" + name,
      class: "sm-list", hidden: true, tabindex: "0",
    }, children);
  }

  function share(sum) {
    const counted = sum.hasPeople ? sum.people : sum.villages;
    const whole = counted[0] + counted[1];
    return whole ? counted[0] / whole : -1;
  }

  function sorter(name, text) {
    return make("th", { scope: "col", class: name === "code" ? "" : "sm-right" }, [
      make("button", {
        type: "button", class: "sm-sort", text: text, "data-order": name,
        on: { click: function () { order = name; townships(); } },
      }),
    ]);
  }

  function townships() {
    const sums = SM.counted.townships;
    const names = SM.data.townships.names;
    const rows = names.map(function (_, t) { return t; });
    if (order === "share") rows.sort(function (a, b) { return share(sums[b]) - share(sums[a]) || a - b; });
    if (order === "villages") {
      rows.sort(function (a, b) { return sums[b].villages[1] - sums[a].villages[1] || a - b; });
    }
    SM.empty(parts.rows);
    parts.sorters.forEach(function (button) {
      button.setAttribute("aria-pressed", String(button.getAttribute("data-order") === order));
    });
    rows.forEach(function (t) {
      const sum = sums[t];
      const counted = sum.hasPeople ? sum.people : sum.villages;
      const whole = counted[0] + counted[1];
      const gauge = make("i", { class: "sm-gauge", "aria-hidden": "true" }, [make("b")]);
      gauge.firstChild.style.width = (whole ? (100 * counted[0]) / whole : 0).toFixed(1) + "%";
      const isOn = SM.state.township === t;
      const isOwn = t === ofSelected();
      const line = make("tr", { class: (isOn ? "sm-on" : "") + (isOwn ? " sm-own" : "") }, [
        make("th", { scope: "row" }, [
          make("button", {
            type: "button", class: "sm-link", "aria-pressed": String(isOn), text: names[t],
            on: { click: function () { SM.filter(isOn ? -1 : t); } },
          }),
        ]),
        make("td", { class: "sm-right" }, [
          gauge, make("span", { text: whole ? SM.percent(counted[0], whole) + "%" : "–" }),
        ]),
        make("td", { class: "sm-right", text: sum.villages[0] + "/" + (sum.villages[0] + sum.villages[1]) }),
      ]);
      parts.rows.appendChild(line);
    });
  }

  // The township of what is selected on the map: its row is marked.
  function ofSelected() {
    const selected = SM.state.selected;
    return selected ? SM.data[selected.table].township[selected.index] : -1;
  }

  function leftOut() {
    const counted = SM.counted;
    const villages = SM.data.villages;
    const times = SM.model.villageTimes(SM.state.view);
    const found = [];
    for (let v = 0; v < counted.villages.length; v += 1) {
      if (counted.villages[v] === SM.COVERED || SM.isOutside(villages.township[v])) continue;
      const status = counted.villages[v];
      found.push({
        v: v, status: status, people: counted.known[v] ? counted.heads[status][v] : -1,
        time: times[v] < 0 ? 1e9 : times[v],
      });
    }
    // where nobody was counted, those without a way first, then the farthest
    found.sort(function (a, b) {
      return a.status - b.status || b.people - a.people || (a.people < 0 ? b.time - a.time : 0) || a.v - b.v;
    });
    SM.empty(parts.gaps);
    if (!found.length) parts.gaps.appendChild(make("p", { class: "sm-quiet", text: SM.say("map.nobody") }));
    const list = make("ol", { class: "sm-gaps" });
    found.slice(0, LONGEST).forEach(function (one) {
      const answer = SM.villageAnswer(one.v);
      const sign = SM.picture(18, 18, function (pen, ratio) {
        SM.drawVillage(pen, one.status, answer.time, 9, 9, 6, ratio);
      });
      const people = one.people < 0 ? "" : SM.say("map.people", { people: SM.number(one.people) });
      const detail = [people, answer.text].filter(Boolean).join(" · ");
      list.appendChild(make("li", {}, [
        make("button", { type: "button", on: { click: function () { SM.showFromList("villages", one.v); } } }, [
          sign, make("strong", { text: villages.names[one.v] }), make("span", { text: detail }),
        ]),
      ]));
    });
    parts.gaps.appendChild(list);
    if (found.length > LONGEST) {
      parts.gaps.appendChild(make("p", { class: "sm-quiet", text: SM.say("map.list_cut", { shown: LONGEST, all: found.length }) }));
    }
    const gaps = found.filter(function (one) { return one.status === SM.UNCOVERED; }).length;
    parts.tabs.gaps.textContent = SM.say("map.left_out", { count: gaps });
  }

  function about() {
    const facts = SM.data.about;
    const lines = [SM.say("map.about.method"), SM.say("map.about.snap", { metres: Math.round(facts.snapLimit) })];
    if (facts.roadChanges) lines.push(facts.roadChanges);
    lines.push(SM.say(facts.hasSlopes ? "map.about.slopes" : "map.about.flat"));
    lines.push(SM.say("map.about.covered", { percent: Math.round(SM.data.share * 1e6) / 1e4 }));
    lines.push(SM.say("map.about.undetermined"));
    const date = facts.date ? SM.say("map.about.date", { date: facts.date }) : "";
    const roads = Object.keys(facts.network).map(function (mode) {
      return SM.term("mode", mode) + " " + SM.say("map.kilometres", { kilometres: SM.number(facts.network[mode]) });
    });
    const findings = SM.say("map.about.findings", {
      errors: facts.findings.error, warnings: facts.findings.warning, notes: facts.findings.note,
    });
    return [
      make("h2", { text: SM.say("map.about.how") }),
      make("p", { text: lines.join(SM.data.language === "zh" ? "" : " ") }),
      make("h2", { text: SM.say("map.about.from") }),
      make("p", { text: SM.say("map.source") + (date ? SM.say("map.comma") + date : "") }),
      make("p", { text: SM.say("map.about.files", { files: facts.inputs.join(SM.say("map.comma")) }) }),
      roads.length ? make("p", { text: SM.say("map.about.roads", { roads: roads.join(SM.say("map.comma")) }) }) : null,
      make("p", { text: findings }),
      make("h2", { text: SM.say("map.about.use") }),
      make("p", { text: SM.say("map.about.keys") }),
      make("p", { class: "sm-quiet", text: SM.say("map.about.made") }),
    ];
  }

  SM.lists = function () {
    const hasTownships = SM.data.townships.names.length > 0;
    const hasPeople = SM.counted.all.hasPeople;
    parts = { panels: {}, tabs: {}, rows: make("tbody"), gaps: make("div") };
    const head = make("tr", {}, [
      sorter("code", SM.say("map.township")),
      sorter("share", SM.say(hasPeople ? "map.people_share" : "map.villages_share")),
      sorter("villages", SM.say("map.villages")),
    ]);
    parts.sorters = Array.prototype.slice.call(head.querySelectorAll("button"));
    if (hasTownships) {
      parts.tabs.townships = tab("townships", SM.say("map.townships"));
      parts.panels.townships = panel("townships", [
        make("table", { class: "sm-table" }, [make("thead", {}, [head]), parts.rows]),
      ]);
    }
    parts.tabs.gaps = tab("gaps", SM.say("map.left_out", { count: 0 }));
    parts.panels.gaps = panel("gaps", [parts.gaps]);
    parts.tabs.about = tab("about", SM.say("map.about.title"));
    parts.panels.about = panel("about", about());
    const names = Object.keys(parts.panels);
    const root = make("section", { class: "sm-lists" }, [
      make("div", { class: "sm-tabs", role: "tablist", "aria-label": SM.say("map.lists") },
        names.map(function (name) { return parts.tabs[name]; })),
    ].concat(names.map(function (name) { return parts.panels[name]; })));
    open(names[0]);
    townships();
    leftOut();
    SM.listen(function (state, before) {
      const isNew = state.view !== before.view || state.minutes !== before.minutes;
      const isMoved = isNew || state.township !== before.township;
      if (isMoved || state.selected !== before.selected) townships();
      if (isMoved) leftOut();
    });
    return root;
  };
})((window.SM = window.SM || {}));
