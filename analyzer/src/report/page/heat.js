// A grid of cells, darker where there is more, with a cursor for the keyboard.
const LEVELS = 8;

// Few values have a level each. Many are told apart by their logarithm, so that a rare cell is seen beside a frequent one.
function level(value, least, most) {
  if (value <= 0) return 0;
  if (most <= LEVELS) return Math.round((value / most) * LEVELS);
  const range = Math.log(most / least);
  return range > 0 ? 1 + Math.min(LEVELS - 1, Math.floor((Math.log(value / least) / range) * LEVELS)) : LEVELS;
}

function heatScale(least, most, unit) {
  const keys = [...Array(LEVELS)].map((_, key) => svg("svg", { viewBox: "0 0 1 1", preserveAspectRatio: "none" }, svg("rect", { class: `level-${key + 1}`, width: 1, height: 1 })));
  return el("ul", { class: "legend" }, el("li", {}, valued(least, unit), el("span", { class: "scale", "aria-hidden": "true" }, keys), `${valued(most, unit)} in a cell`));
}

// cells: Map of column * rows + row to a value. Rows count from the bottom.
class Grid {
  constructor({ columns, rows, cells, label, describe, rowMarks, from, to, cellHeight, selects }) {
    Object.assign(this, { columns, rows, cells, describe, rowMarks, from, to, cellHeight, selects });
    this.least = Infinity;
    this.most = 0;
    for (const value of cells.values()) {
      if (value > 0) this.least = Math.min(this.least, value);
      this.most = Math.max(this.most, value);
    }
    this.left = 64;
    this.cursor = null;
    this.svg = svg("svg", { tabindex: 0, role: "application", "aria-label": label });
    this.map = el("div", { class: "map" }, this.svg);
    this.said = el("p", { class: "said", role: "status", "aria-live": "polite" });
    this.element = el("div", {}, heatScale(this.least, this.most, this.selects?.unit || "events"), this.map, this.said);
    this.svg.addEventListener("mousemove", (event) => this.moved(event));
    this.svg.addEventListener("mouseleave", hideTip);
    this.svg.addEventListener("keydown", (event) => this.pressed(event));
    this.svg.addEventListener("blur", () => this.mark(null));
    whenSized(this.map, (width) => this.draw(width));
  }

  draw(width) {
    const room = width - this.left - 8;
    this.width = Math.min(Math.max(room, this.columns * 3), this.columns * 44);
    this.cellWidth = this.width / this.columns;
    const height = this.rows * this.cellHeight;
    const paths = [...Array(LEVELS + 1)].map(() => []);
    const gap = this.cellWidth > 6 ? 1 : 0;
    for (const [cell, value] of this.cells) {
      const [x, y] = this.corner(cell);
      paths[level(value, this.least, this.most)].push(`M${x.toFixed(2)} ${y}h${(this.cellWidth - gap).toFixed(2)}v${this.cellHeight - (gap && this.cellHeight > 4 ? 0.6 : 0)}h${(gap - this.cellWidth).toFixed(2)}z`);
    }
    this.svg.setAttribute("width", this.left + this.width + 8);
    this.svg.setAttribute("height", height + 26);
    this.marker = svg("path", { class: "cell-mark" });
    this.rangeWash = svg("path", { class: "range-wash" });
    this.rangeMark = svg("path", { class: "range-mark" });
    this.svg.replaceChildren(
      svg("rect", { class: "ground", x: this.left, y: 4, width: this.width, height }),
      ...paths.map((path, key) => svg("path", { class: `level-${key}`, d: path.join("") })),
      ...this.rowMarks.map(([row, text]) => svg("text", { x: this.left - 8, y: 4 + height - row * this.cellHeight + 4, "text-anchor": "end" }, text)),
      timeAxis(this.from, this.to, this.left, this.width, 4 + height),
      this.rangeWash, this.rangeMark, this.marker);
    this.mark(this.cursor);
    this.selects?.redraw();
  }

  corner(cell) {
    const column = Math.floor(cell / this.rows);
    const row = cell % this.rows;
    return [this.left + column * this.cellWidth, 4 + (this.rows - 1 - row) * this.cellHeight];
  }

  // The cell below the pointer.
  at(event) {
    const box = this.svg.getBoundingClientRect();
    const column = Math.floor((event.clientX - box.left - this.left) / this.cellWidth);
    const row = this.rows - 1 - Math.floor((event.clientY - box.top - 4) / this.cellHeight);
    if (column < 0 || column >= this.columns || row < 0 || row >= this.rows) return null;
    return column * this.rows + row;
  }

  moved(event) {
    const cell = this.at(event);
    if (cell === null) return hideTip();
    showTip(event, this.describe(cell, this.cells.get(cell) || 0));
  }

  mark(cell) {
    this.cursor = cell;
    if (!this.marker) return;
    if (cell === null) return this.marker.removeAttribute("d");
    const [x, y] = this.corner(cell);
    this.marker.setAttribute("d", `M${x} ${y}h${this.cellWidth}v${this.cellHeight}h${-this.cellWidth}z`);
    this.said.textContent = this.describe(cell, this.cells.get(cell) || 0);
  }

  pressed(event) {
    const steps = { ArrowUp: 1, ArrowDown: -1, ArrowRight: this.rows, ArrowLeft: -this.rows };
    const step = steps[event.key];
    if (step !== undefined) {
      event.preventDefault();
      const last = this.columns * this.rows - 1;
      const before = this.cursor;
      const next = before === null ? 0 : before + step;
      this.mark(Math.min(last, Math.max(0, next)));
      this.selects?.moved(before, event.shiftKey);
    } else if (this.selects?.pressed(event.key)) {
      event.preventDefault();
    }
  }
}

// Latency over time.
function heat({ slot, columns, first, rows, count, summed, cells: packed }) {
  const summedNote = summed > 0 && el("p", { class: "note" },
    `${grouped(summed)} more have no rows: they are only summed, and not drawn. The figure below counts them, too.`);
  if (count === 0) return [el("p", { class: "note" }, "Nothing in this window."), summedNote];
  const reader = unpack(packed);
  const cells = new Map();
  let column = 0;
  while (reader.more) {
    column += reader.next();
    for (let left = reader.next(); left > 0; left--) {
      const row = reader.next();
      const value = reader.next();
      cells.set(column * rows + row, value);
    }
  }
  // Four rows an octave.
  const least = (row) => {
    const place = first + row;
    const octave = 2 ** Math.floor(place / 4);
    return octave + ((place % 4) * octave) / 4;
  };
  const powers = [...Array(12)].map((_, power) => 10 ** power);
  const rowOf = (ns) => Math.floor(Math.log2(ns)) * 4 + (ns / 2 ** Math.floor(Math.log2(ns)) - 1) * 4 - first;
  const rowMarks = powers.map((ns) => [rowOf(Math.max(1, ns)), duration(ns)]).filter(([row]) => row >= 0 && row <= rows);
  const describe = (cell, value) => {
    const row = cell % rows;
    const begin = page.from + Math.floor(cell / rows) * slot;
    return `${instant(begin, slot)} to ${instant(Math.min(begin + slot, page.to), slot)}\n${duration(least(row))} to ${duration(least(row + 1))}: ${grouped(value)}`;
  };
  const grid = new Grid({
    columns, rows, cells, describe, rowMarks,
    from: page.from, to: page.from + columns * slot,
    cellHeight: Math.max(3, Math.min(9, Math.floor(260 / rows))),
    label: "Heat map of latency over time. Arrow keys move from cell to cell.",
  });
  return [grid.element, summedNote];
}
