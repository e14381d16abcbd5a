// A flame graph: width is the value, from the root at the bottom to the leaves.
const ROW = 18;
const LETTER = 6.65;

class Flame {
  constructor(tree, { unit, palette, label, least }) {
    Object.assign(this, tree, { unit, palette, zoomed: 0, cursor: 0, pattern: null });
    this.text = this.name.map((name) => page.names[name]);
    this.behind = [];
    for (const [node, parent] of this.parent.entries()) {
      this.behind.push(this.text[node] === "--" || (parent >= 0 && this.behind[parent]));
    }
    this.colours = this.text.map((text, node) => frameColour(text, palette, this.behind[node]));
    this.id = `flame-${Flame.count++}`;
    this.svg = svg("svg", { tabindex: 0, role: "tree", "aria-label": `${label}. Arrow keys move, Enter zooms, Escape resets, / searches.` });
    this.box = el("div", { class: "flame" }, this.svg);
    this.search = el("input", { type: "search", placeholder: "Search (regular expression)", "aria-label": "Search frames by a regular expression", oninput: () => this.find(this.search.value) });
    this.matched = el("span", { role: "status", "aria-live": "polite" });
    this.reset = el("button", { type: "button", disabled: true, onclick: () => this.zoom(0) }, "Reset zoom");
    this.said = el("p", { class: "said", role: "status", "aria-live": "polite" });
    this.sum = el("span", { class: "sum" });
    this.element = el("div", {},
      el("div", { class: "tools" }, this.search, this.matched, el("span", { class: "gap" }), this.sum, this.reset),
      this.box, this.said);
    this.least = least;
    this.svg.addEventListener("click", (event) => this.clicked(event));
    this.svg.addEventListener("mousemove", (event) => this.hovered(event));
    this.svg.addEventListener("mouseleave", hideTip);
    this.svg.addEventListener("keydown", (event) => this.pressed(event));
    this.svg.addEventListener("focus", () => this.move(this.cursor));
    this.values(this.own);
    whenSized(this.box, (width) => this.draw(width - 14));
  }

  // Shows other values of the same frames.
  values(own) {
    this.total = Float64Array.from(own);
    for (let node = own.length - 1; node > 0; node--) this.total[this.parent[node]] += this.total[node];
    this.now = own;
    this.zoomed = 0;
    this.cursor = 0;
    this.find(this.search.value);
  }

  // Where every frame begins, in values.
  layout() {
    const begin = new Float64Array(this.total.length);
    const next = new Float64Array(this.total.length);
    for (let node = 1; node < begin.length; node++) {
      const parent = this.parent[node];
      begin[node] = begin[parent] + next[parent];
      next[parent] += this.total[node];
    }
    return begin;
  }

  draw(width) {
    this.width = width || this.width;
    if (!this.width) return;
    const begin = this.layout();
    const zoomed = this.zoomed;
    const scale = this.width / (this.total[zoomed] || 1);
    const above = new Set();
    for (let node = this.parent[zoomed]; node >= 0; node = this.parent[node]) above.add(node);
    const drawn = [];
    let deepest = 0;
    for (let node = 0; node < begin.length; node++) {
      const isAbove = above.has(node);
      const x = isAbove ? 0 : (begin[node] - begin[zoomed]) * scale;
      const wide = isAbove ? this.width : this.total[node] * scale;
      if (this.total[node] <= 0 || wide < 0.4 || x < -0.01 || x + wide > this.width + 0.5) continue;
      if (!isAbove && (begin[node] < begin[zoomed] || this.depth[node] < this.depth[zoomed])) continue;
      drawn.push([node, x, wide, isAbove]);
      deepest = Math.max(deepest, this.depth[node]);
    }
    const height = (deepest + 1) * ROW;
    this.svg.setAttribute("width", this.width);
    this.svg.setAttribute("height", height);
    this.svg.replaceChildren(...drawn.map(([node, x, wide, isAbove]) => this.frame(node, x, height - (this.depth[node] + 1) * ROW, wide, isAbove)));
    this.shown = new Set(drawn.map(([node]) => node));
    this.reset.disabled = zoomed === 0;
    this.sum.textContent = valued(this.total[0], this.unit);
    this.box.scrollTop = this.box.scrollHeight;
    if (this.total[0] <= 0) this.said.textContent = "Nothing in this range.";
  }

  frame(node, x, y, wide, isAbove) {
    const colour = this.found?.has(node) ? [230, 90, 230] : this.colours[node];
    const classes = ["frame", isAbove && "above", this.found?.has(node) && "found", node === this.cursor && "cursor"];
    const letters = Math.floor((wide - 6) / LETTER);
    const text = this.text[node];
    return svg("g", {
      class: classes.filter(Boolean).join(" "), id: `${this.id}-${node}`, "data-node": node, role: "treeitem",
      "aria-level": this.depth[node] + 1, "aria-label": this.describe(node).replaceAll("\n", ", "),
    },
    svg("rect", { x: x.toFixed(2), y, width: wide.toFixed(2), height: ROW - 1, rx: wide > 4 ? 1.5 : 0, class: wide > 4 ? undefined : "thin", fill: `rgb(${colour})` }),
    letters > 2 && svg("text", { class: textColour(colour), x: (x + 3).toFixed(2), y: y + 12.5 },
      text.length > letters ? `${text.slice(0, letters - 1)}…` : text));
  }

  describe(node) {
    const value = this.total[node];
    const own = this.now[node];
    const lines = [this.text[node], `${valued(value, this.unit)}, ${percent(value, this.total[0])} of all`];
    if (this.zoomed > 0) lines[1] += `, ${percent(value, this.total[this.zoomed])} of what is zoomed`;
    if (own > 0 && own !== value) lines.push(`${valued(own, this.unit)} in the frame itself`);
    if (this.text[node] === "[smaller]") lines.push(`stacks of less than ${valued(this.least, this.unit)} each, together`);
    return lines.join("\n");
  }

  zoom(node) {
    this.zoomed = node;
    this.cursor = node;
    this.draw();
    this.say(node);
    // Behind a click on the reset button, which is disabled now, the keyboard goes on here.
    if (document.activeElement === this.reset) this.svg.focus({ preventScroll: true });
  }

  find(text) {
    let pattern = null;
    this.search.removeAttribute("aria-invalid");
    try {
      pattern = text ? new RegExp(text, "i") : null;
    } catch {
      this.search.setAttribute("aria-invalid", "true");
      this.found = null;
      this.matched.textContent = "not a regular expression";
      return this.draw();
    }
    this.found = pattern && new Set();
    let sum = 0;
    const within = [];
    for (let node = 0; pattern && node < this.text.length; node++) {
      const isInside = this.parent[node] >= 0 && within[this.parent[node]];
      const matches = node > 0 && this.total[node] > 0 && pattern.test(this.text[node]);
      // A frame inside of one that matches counts once.
      if (matches) this.found.add(node);
      if (matches && !isInside) sum += this.total[node];
      within[node] = isInside || matches;
    }
    this.matched.textContent = pattern ? `${percent(sum, this.total[0])} matched, ${grouped(this.found.size)} ${this.found.size === 1 ? "frame" : "frames"}` : "";
    this.draw();
  }

  nodeOf(event) {
    const frame = event.target.closest?.("g.frame");
    return frame ? Number(frame.getAttribute("data-node")) : null;
  }

  clicked(event) {
    const node = this.nodeOf(event);
    if (node !== null) this.zoom(node);
  }

  hovered(event) {
    const node = this.nodeOf(event);
    if (node === null) return hideTip();
    showTip(event, this.describe(node));
  }

  say(node) {
    this.said.textContent = this.describe(node).replaceAll("\n", " · ");
  }

  move(node) {
    this.svg.querySelector("g.cursor")?.classList.remove("cursor");
    this.cursor = node;
    const frame = document.getElementById(`${this.id}-${node}`);
    frame?.classList.add("cursor");
    if (frame) this.reveal(Number(frame.firstChild.getAttribute("y")));
    this.svg.setAttribute("aria-activedescendant", `${this.id}-${node}`);
    this.say(node);
  }

  // Scrolls the graph, never the page.
  reveal(y) {
    const { box } = this;
    if (y < box.scrollTop) box.scrollTop = y;
    else if (y + 2 * ROW > box.scrollTop + box.clientHeight) box.scrollTop = y + 2 * ROW - box.clientHeight;
  }

  children(node) {
    const all = [];
    for (let next = node + 1; next < this.parent.length && this.depth[next] > this.depth[node]; next++) {
      if (this.parent[next] === node && this.shown.has(next)) all.push(next);
    }
    return all;
  }

  pressed(event) {
    const node = this.cursor;
    const beside = (step) => {
      const all = this.parent[node] < 0 ? [node] : this.children(this.parent[node]);
      return all[all.indexOf(node) + step];
    };
    const widest = () => this.children(node).reduce((most, child) => (most === undefined || this.total[child] > this.total[most] ? child : most), undefined);
    const moves = { ArrowUp: widest, ArrowDown: () => this.parent[node], ArrowLeft: () => beside(-1), ArrowRight: () => beside(1), Home: () => 0 };
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (moves[event.key]) {
      const next = moves[event.key]();
      if (next !== undefined && next >= 0) this.move(next);
    } else if (event.key === "Enter" || event.key === " ") {
      this.zoom(node);
      this.move(node);
    } else if (event.key === "Escape") {
      this.zoom(0);
    } else if (event.key === "/") {
      this.search.focus();
    } else {
      return;
    }
    event.preventDefault();
  }
}
Flame.count = 0;

function flame({ unit, palette, tree }, figure) {
  if (tree.total <= 0) return el("p", { class: "note" }, "Nothing in this window.");
  return new Flame(unpackTree(tree.frames), { unit, palette, label: figure.title, least: tree.least }).element;
}
