// The panel: what is asked, the figures, the slider.
(function (SM) {
  "use strict";

  const make = SM.make;
  let parts = {};

  function unique(values) {
    return values.filter(function (one, i) { return values.indexOf(one) === i; });
  }

  // The view nearest to the present one that has what was chosen.
  function viewLike(wanted) {
    const now = SM.currentView();
    let best = 0;
    let most = -1;
    SM.data.views.forEach(function (view, i) {
      const fits = Object.keys(wanted).every(function (key) { return view[key] === wanted[key]; });
      if (!fits) return;
      const likeness = (view.group === now.group ? 4 : 0) + (view.label === now.label ? 2 : 0) +
        (view.mode === now.mode ? 1 : 0);
      if (likeness > most) {
        most = likeness;
        best = i;
      }
    });
    return best;
  }

  SM.ask = function (index) {
    SM.change({ view: index, minutes: SM.data.views[index].minutes });
  };

  function modes() {
    const names = unique(SM.data.views.map(function (view) { return view.mode; }));
    if (names.length < 2) return null;
    parts.modes = names.map(function (mode) {
      return make("button", {
        type: "button", text: SM.term("mode", mode), "data-mode": mode,
        on: { click: function () { SM.ask(viewLike({ mode: mode })); } },
      });
    });
    return make("div", { class: "sm-modes", role: "group", "aria-label": SM.say("map.mode") }, parts.modes);
  }

  function chooser(label, onchange) {
    const select = make("select", { "aria-label": label, on: { change: function () { onchange(select.value); } } });
    return select;
  }

  function fillChooser(select, options, value) {
    SM.empty(select);
    options.forEach(function (one) {
      const option = make("option", { value: one[0], text: one[1] });
      if (one[0] === value) option.selected = true;
      select.appendChild(option);
    });
    select.style.display = options.length > 1 ? "" : "none";
  }

  function refreshChoosers() {
    const view = SM.currentView();
    (parts.modes || []).forEach(function (button) {
      const isOn = button.getAttribute("data-mode") === view.mode;
      button.setAttribute("aria-pressed", String(isOn));
    });
    const same = SM.data.views.filter(function (one) { return one.mode === view.mode; });
    const labels = unique(same.map(function (one) { return one.label; }));
    fillChooser(parts.question, labels.map(function (one) { return [one, one]; }), view.label);
    const groups = unique(same.filter(function (one) { return one.label === view.label; })
      .map(function (one) { return one.group; }));
    fillChooser(parts.group, groups.map(function (one) { return [one, SM.term("group", one)]; }), view.group);
  }

  function figure(name) {
    parts[name] = make("strong", {});
    parts[name + "Of"] = make("span", { class: "sm-of" });
    return make("div", { class: "sm-figure" }, [parts[name], parts[name + "Of"]]);
  }

  function bar() {
    parts.bar = [0, 1, 2].map(function (s) { return make("i", { class: "sm-bar-" + s }); });
    return make("div", { class: "sm-bar", "aria-hidden": "true" }, parts.bar);
  }

  function slider() {
    const all = SM.data.minutes.concat(SM.data.views.map(function (view) { return view.minutes; }));
    const step = all.every(function (one) { return one % 1 === 0; }) ? 1 : 0.5;
    parts.slider = make("input", {
      type: "range", "aria-label": SM.say("map.limit"), min: step, max: SM.longest(), step: step, id: "sm-minutes",
      on: { input: function () { SM.change({ minutes: Number(parts.slider.value) }); } },
    });
    parts.minutes = make("output", { for: "sm-minutes" });
    parts.back = make("button", {
      type: "button", class: "sm-link", on: { click: function () { SM.ask(SM.state.view); } },
    });
    parts.ticks = make("div", { class: "sm-ticks", "aria-hidden": "true" });
    unique(SM.data.minutes.concat([SM.longest()])).forEach(function (minutes) {
      if (minutes > SM.longest()) return;
      const tick = make("span", { text: SM.minutesText(minutes) });
      const share = (minutes - step) / (SM.longest() - step);
      // the thumb is 18 pixels wide: its middle runs from 9 to width - 9
      tick.style.left = "calc(9px + (100% - 18px) * " + share.toFixed(4) + ")";
      parts.ticks.appendChild(tick);
    });
    const isFixed = SM.data.isLarge;
    return make("div", { class: "sm-slider" }, [
      parts.minutes, isFixed ? null : parts.back, isFixed ? null : parts.slider, isFixed ? null : parts.ticks,
      isFixed ? make("p", { class: "sm-quiet", text: SM.say("map.too_large") }) : null,
    ]);
  }

  function rangeText(sums) {
    const all = sums[0] + sums[1] + sums[2];
    if (!sums[2]) return "";
    return SM.say("map.range", { low: SM.percent(sums[0], all), high: SM.percent(sums[0] + sums[2], all) });
  }

  function refreshFigures() {
    const state = SM.state;
    const view = SM.currentView();
    const sums = state.township >= 0 ? SM.counted.townships[state.township] : SM.counted.all;
    const people = sums.people;
    const villages = sums.villages;
    const group = SM.term("group", view.group);
    const determined = people[0] + people[1];
    parts.people.parentNode.style.display = sums.hasPeople ? "" : "none";
    parts.people.textContent = SM.percent(people[0], determined) + (determined ? "%" : "");
    parts.peopleOf.textContent = SM.say("map.people_of", {
      group: group, covered: SM.number(people[0]), people: SM.number(determined),
    });
    parts.villages.textContent = villages[0] + "/" + (villages[0] + villages[1]);
    parts.villagesOf.textContent = SM.say("map.villages_of");
    const counted = sums.hasPeople ? people : villages;
    const all = counted[0] + counted[1] + counted[2];
    parts.bar.forEach(function (part, s) {
      part.style.width = all ? ((100 * counted[s]) / all).toFixed(2) + "%" : "0";
    });
    const open = [];
    if (villages[2]) open.push(SM.say("map.open_villages", { villages: villages[2] }));
    if (sums.hasPeople && people[2]) open.push(SM.say("map.open_people", { people: SM.number(people[2]) }));
    parts.open.textContent = open.length
      ? SM.say("map.open", { what: open.join(SM.say("map.comma")), range: rangeText(counted) }) : "";
    parts.minutes.textContent = SM.say("map.within", {
      minutes: SM.minutesText(state.minutes), mode: SM.term("mode", view.mode),
    });
    parts.slider.value = state.minutes;
    parts.slider.setAttribute("aria-valuetext", parts.minutes.textContent);
    const isMoved = state.minutes !== view.minutes;
    parts.back.textContent = SM.say("map.back_to", { minutes: SM.minutesText(view.minutes) });
    parts.back.style.visibility = isMoved ? "visible" : "hidden";
    const name = state.township >= 0 ? SM.data.townships.names[state.township] : SM.data.study;
    parts.where.textContent = state.township >= 0 ? SM.say("map.only_township", { township: SM.apart(name) }) : "";
    parts.everywhere.style.display = state.township >= 0 ? "" : "none";
    parts.live.textContent = [parts.minutes.textContent, parts.people.textContent, parts.villages.textContent].join(", ");
  }

  function warning() {
    const wrong = SM.data.views.filter(function (_, i) { return SM.disagreement(i); });
    document.documentElement.setAttribute("data-agrees", String(!wrong.length));
    return wrong.length ? make("p", { class: "sm-warning", text: SM.say("map.disagrees") }) : null;
  }

  SM.panel = function (root) {
    parts = {};
    document.title = SM.say("map.title", { study: SM.data.study });
    parts.question = chooser(SM.say("map.question"), function (value) {
      SM.ask(viewLike({ mode: SM.currentView().mode, label: value }));
    });
    parts.group = chooser(SM.say("map.group"), function (value) {
      const view = SM.currentView();
      SM.ask(viewLike({ mode: view.mode, label: view.label, group: value }));
    });
    parts.open = make("p", { class: "sm-open" });
    parts.where = make("span", {});
    parts.live = make("p", { class: "sm-unseen", "aria-live": "polite" });
    parts.everywhere = make("p", { class: "sm-where" }, [
      parts.where,
      make("button", {
        type: "button", class: "sm-link", text: SM.say("map.show_all"),
        on: { click: function () { SM.filter(-1); } },
      }),
    ]);
    const head = make("header", { class: "sm-head" }, [
      make("p", { class: "sm-kicker", text: SM.say("map.kicker") }),
      make("h1", { text: SM.data.study }),
      SM.searchBox(),
      modes(),
      make("div", { class: "sm-choosers" }, [parts.question, parts.group]),
    ]);
    const answer = make("section", { class: "sm-answers", "aria-label": SM.say("map.figures") }, [
      parts.everywhere,
      make("div", { class: "sm-figures" }, [figure("people"), figure("villages")]),
      bar(), parts.open, slider(), parts.live, warning(),
    ]);
    root.appendChild(head);
    root.appendChild(answer);
    root.appendChild(SM.lists());
    SM.listen(function (state, before) {
      if (state.view !== before.view) refreshChoosers();
      if (state.view !== before.view || state.minutes !== before.minutes || state.township !== before.township) {
        refreshFigures();
      }
    });
    refreshChoosers();
    refreshFigures();
  };
})((window.SM = window.SM || {}));
