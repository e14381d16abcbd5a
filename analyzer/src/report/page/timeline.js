// Lanes of CPUs and of threads over time, to be zoomed and panned.
const LANE = 20;
const GAP = 5;

class Timeline {
  constructor({ slot, slots, cpus, threads, who }, command) {
    Object.assign(this, { slot, slots, who, command });
    const named = ([name, tid]) => `${page.names[name]} ${tid}`;
    this.named = named;
    this.lanes = [
      ...cpus.map((cells, cpu) => ({ label: `CPU ${cpu}`, cells: readCpu(cells, slots), isCpu: true })),
      ...threads.map(({ who, cells }) => ({ label: named(who), cells: readThread(cells, slots) })),
    ];
    this.cpus = cpus.length;
    this.view = [0, slots];
    this.chosen = 0;
    this.svg = svg("svg", { tabindex: 0, role: "application", "aria-label": "Timeline. Up and down choose a lane, left and right move in time, plus and minus zoom, Shift with left and right pans, Home shows all." });
    this.box = el("div", { class: "lanes" }, this.svg);
    this.said = el("p", { class: "said", role: "status", "aria-live": "polite" });
    const button = (text, label, action) => el("button", { type: "button", "aria-label": label, onclick: action }, text);
    this.span = el("span", {});
    this.element = el("div", {},
      el("div", { class: "tools" },
        button("+", "Zoom in", () => this.zoom(0.5)), button("−", "Zoom out", () => this.zoom(2)),
        button("◀", "Earlier", () => this.pan(-0.3)), button("▶", "Later", () => this.pan(0.3)),
        button("All", "Show all", () => this.show(0, slots)), el("span", { class: "gap" }), this.span),
      el("ul", { class: "legend" },
        el("li", {}, el("span", { class: "key running" }), "running (lower part)"),
        el("li", {}, el("span", { class: "key runnable" }), "waiting for a CPU (striped, above it)"),
        el("li", {}, el("span", { class: "key blocked" }), "blocked (upper part)"),
        el("li", {}, "A CPU is as high as it was busy; its colour and name are of the thread that ran longest.")),
      this.box, this.said);
    this.svg.addEventListener("keydown", (event) => this.pressed(event));
    this.svg.addEventListener("mousedown", (event) => this.hold(event));
    this.svg.addEventListener("mousemove", (event) => this.moved(event));
    this.svg.addEventListener("mouseleave", hideTip);
    this.svg.addEventListener("dblclick", (event) => this.zoom(0.4, this.slotAt(event)));
    this.svg.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;
      event.preventDefault();
      this.zoom(event.deltaY > 0 ? 1.3 : 0.77, this.slotAt(event));
    }, { passive: false });
    addEventListener("mousemove", (event) => this.drag(event));
    addEventListener("mouseup", () => {
      this.held = null;
      this.svg.classList.remove("held");
    });
    whenSized(this.box, (width) => this.draw(width));
  }

  top(lane) {
    return 4 + lane * (LANE + GAP) + (lane >= this.cpus && this.cpus > 0 ? 14 : 0);
  }

  draw(width) {
    this.whole = width || this.whole;
    if (!this.whole) return;
    this.left = this.whole > 560 ? 168 : 96;
    this.width = Math.max(60, this.whole - this.left - 6);
    const [from, to] = this.view;
    const height = this.top(this.lanes.length) + 4;
    const parts = [patterns()];
    for (const [number, lane] of this.lanes.entries()) {
      const top = this.top(number);
      const letters = Math.floor(this.left / 6.4) - 2;
      const label = lane.label.length > letters ? `${lane.label.slice(0, letters - 1)}…` : lane.label;
      parts.push(svg("text", { class: "lane", x: this.left - 8, y: top + 14, "text-anchor": "end" }, label, svg("title", {}, lane.label)));
      parts.push(svg("rect", { class: `lane-ground${number === this.chosen ? " chosen" : ""}`, x: this.left, y: top, width: this.width, height: LANE }));
      parts.push(...(lane.isCpu ? this.cpuLane(lane, top) : this.threadLane(lane, top)));
    }
    this.line = svg("line", { class: "cursor-line", y1: 0, y2: height - 4, visibility: "hidden" });
    parts.push(timeAxis(this.time(from), this.time(to), this.left, this.width, height), this.line);
    this.svg.setAttribute("width", this.whole);
    this.svg.setAttribute("height", height + 24);
    this.svg.replaceChildren(...parts);
    if (this.cursor !== undefined) this.mark();
    const window = [this.time(from), Math.min(page.to, this.time(to))];
    this.span.textContent = `${instant(window[0], this.slot)} to ${instant(window[1], this.slot)}, a slot is ${duration(this.slot)}`;
    // No finer than the slots are.
    const unit = 10 ** Math.max(0, Math.floor(Math.log10(this.slot)) - 1);
    this.command?.show(to - from < this.slots ? window.map((ns) => Math.round(ns / unit) * unit) : null);
  }

  time(slot) {
    return page.from + slot * this.slot;
  }

  // The columns of the picture and the slots that each shows.
  *columns() {
    const [from, to] = this.view;
    const count = Math.min(Math.round(this.width), Math.ceil(to) - Math.floor(from));
    const x = (slot) => this.left + ((slot - from) / (to - from)) * this.width;
    const step = (Math.ceil(to) - Math.floor(from)) / count;
    for (let column = 0; column < count; column++) {
      const begin = Math.floor(Math.floor(from) + column * step);
      const end = Math.min(this.slots, Math.max(begin + 1, Math.floor(Math.floor(from) + (column + 1) * step)));
      const left = Math.max(this.left, x(begin));
      const right = Math.min(this.left + this.width, x(end));
      if (begin < this.slots && right > left) yield [begin, end, left, right];
    }
  }

  cpuLane({ cells }, top) {
    const paths = new Map();
    const runs = [];
    for (const [begin, end, left, right] of this.columns()) {
      const { told, busy } = cpuBetween(cells, begin, end);
      const first = told.length > 0 ? told[0][0] : null;
      const run = runs[runs.length - 1];
      if (run && run.first === first) run.right = right;
      else runs.push({ first, left, right });
      if (busy <= 0) continue;
      const height = Math.max(0.75, busy * LANE);
      if (!paths.has(first)) paths.set(first, []);
      paths.get(first).push(`M${left.toFixed(1)} ${(top + LANE - height).toFixed(1)}H${right.toFixed(1)}V${top + LANE}H${left.toFixed(1)}z`);
    }
    const name = (first) => (first === null ? "others" : page.names[this.who[first][0]]);
    const fills = [...paths].map(([first, path]) => svg("path", { class: "busy", fill: first === null ? "#999" : hue(this.named(this.who[first])), d: path.join("") }));
    const texts = runs.filter(({ first, left, right }) => first !== null && right - left > 44).map(({ first, left, right }) => {
      const letters = Math.floor((right - left - 6) / 5.8);
      const text = name(first);
      return svg("text", { class: "inside", x: left + 3, y: top + 14 }, text.length > letters ? `${text.slice(0, letters - 1)}…` : text);
    });
    return [...fills, ...texts];
  }

  threadLane({ cells }, top) {
    const paths = [[], [], []];
    for (const [begin, end, left, right] of this.columns()) {
      let bottom = top + LANE;
      for (const [state, share] of threadBetween(cells, begin, end).entries()) {
        if (share <= 0) continue;
        const y = Math.max(top, bottom - Math.max(state < 2 ? 0.75 : 0, share * LANE));
        paths[state].push(`M${left.toFixed(1)} ${y.toFixed(1)}H${right.toFixed(1)}V${bottom.toFixed(1)}H${left.toFixed(1)}z`);
        bottom = y;
      }
    }
    const [running, runnable, blocked] = paths.map((path) => path.join(""));
    return [svg("path", { class: "shade", d: blocked }), svg("path", { fill: "url(#stripes)", d: runnable }), svg("path", { class: "running", d: running })];
  }

  show(from, to) {
    const length = Math.min(this.slots, Math.max(4, to - from));
    const begin = Math.min(Math.max(0, from), this.slots - length);
    this.view = [begin, begin + length];
    this.draw();
  }

  zoom(factor, centre) {
    const [from, to] = this.view;
    const middle = centre ?? (this.cursor >= from && this.cursor < to ? this.cursor : (from + to) / 2);
    this.show(middle - (middle - from) * factor, middle - (middle - from) * factor + (to - from) * factor);
  }

  pan(share) {
    const [from, to] = this.view;
    this.show(from + share * (to - from), to + share * (to - from));
  }

  slotAt(event) {
    const [from, to] = this.view;
    const x = event.clientX - this.svg.getBoundingClientRect().left - this.left;
    return Math.min(this.slots - 1e-6, Math.max(0, from + (x / this.width) * (to - from)));
  }

  describe(number, slot) {
    const { label, cells, isCpu } = this.lanes[number];
    const width = Math.max(1, Math.round((this.view[1] - this.view[0]) / this.width));
    const begin = Math.min(this.slots - 1, Math.floor(slot / width) * width);
    const end = Math.min(this.slots, begin + width);
    const time = `${label}, ${instant(this.time(begin), this.slot)} to ${instant(Math.min(page.to, this.time(end)), this.slot)}`;
    if (isCpu) {
      const { told, others, busy } = cpuBetween(cells, begin, end);
      const lines = told.slice(0, 6).map(([who, share]) => `${this.named(this.who[who])} ${percent(share, 1)}`);
      if (others > 0) lines.push(`others ${percent(others, 1)}`);
      return [`${time}: ${busy > 0 ? `${percent(busy, 1)} busy` : "idle"}`, ...lines].join("\n");
    }
    const shares = threadBetween(cells, begin, end);
    const words = ["running", "waiting for a CPU", "blocked"].map((state, place) => shares[place] > 0 && `${state} ${percent(shares[place], 1)}`);
    return [time, ...(shares.some((share) => share > 0) ? words.filter(Boolean) : ["not seen"])].join("\n");
  }

  moved(event) {
    const y = event.clientY - this.svg.getBoundingClientRect().top;
    const number = this.lanes.findIndex((_, lane) => y >= this.top(lane) && y < this.top(lane) + LANE);
    if (number < 0 || this.held) return hideTip();
    showTip(event, this.describe(number, this.slotAt(event)));
  }

  hold(event) {
    if (event.button !== 0) return;
    this.held = { x: event.clientX, view: this.view };
    this.svg.classList.add("held");
  }

  drag(event) {
    if (!this.held) return;
    const [from, to] = this.held.view;
    const moved = ((this.held.x - event.clientX) / this.width) * (to - from);
    this.show(from + moved, to + moved);
  }

  mark() {
    const [from, to] = this.view;
    const x = this.left + ((this.cursor + 0.5 - from) / (to - from)) * this.width;
    const isSeen = this.cursor >= from && this.cursor < to;
    this.line.setAttribute("visibility", isSeen ? "visible" : "hidden");
    this.line.setAttribute("x1", x);
    this.line.setAttribute("x2", x);
    this.said.textContent = this.describe(this.chosen, this.cursor).replaceAll("\n", " · ");
  }

  pressed(event) {
    const [from, to] = this.view;
    const step = Math.max(1, Math.round((to - from) / this.width));
    const along = (by) => {
      this.cursor = Math.min(this.slots - 1, Math.max(0, (this.cursor ?? Math.floor((from + to) / 2)) + by));
      if (this.cursor < from || this.cursor >= to) this.show(this.cursor - (to - from) / 2, this.cursor + (to - from) / 2);
    };
    const across = (by) => {
      this.chosen = Math.min(this.lanes.length - 1, Math.max(0, this.chosen + by));
      this.draw();
    };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const actions = {
      ArrowUp: () => across(-1), ArrowDown: () => across(1),
      ArrowLeft: () => (event.shiftKey ? this.pan(-0.25) : along(-step)),
      ArrowRight: () => (event.shiftKey ? this.pan(0.25) : along(step)),
      "+": () => this.zoom(0.5), "=": () => this.zoom(0.5), "-": () => this.zoom(2),
      Home: () => this.show(0, this.slots), Escape: () => this.show(0, this.slots),
    };
    if (!actions[event.key]) return;
    event.preventDefault();
    actions[event.key]();
    if (this.cursor === undefined) along(0);
    this.mark();
  }
}

// Stripes, so that colour is not all that tells states apart.
function patterns() {
  return svg("defs", {}, svg("pattern", { id: "stripes", width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
    svg("rect", { class: "paper", width: 6, height: 6 }), svg("line", { class: "ink", x1: 0, x2: 0, y1: 0, y2: 6 })));
}

function timeline(data, figure, command) {
  if (data.cpus.length + data.threads.length === 0) return el("p", { class: "note" }, "Nothing in this window.");
  return new Timeline(data, command).element;
}
