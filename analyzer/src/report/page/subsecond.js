// A column per second, a row per part of it; a range of it chooses what the flame graph below shows.
function subsecond({ unit, palette, slot, rows, columns, tree: packed, cells: packedCells }, figure, command) {
  if (packed.total <= 0) return el("p", { class: "note" }, "Nothing in this window.");
  const tree = unpackTree(packed.frames);
  const slots = readSlots(packedCells);
  const cells = new Map();
  for (const [number, stacks] of slots) {
    let sum = 0;
    for (let place = 1; place < stacks.length; place += 2) sum += stacks[place];
    cells.set(number, sum);
  }
  const last = Math.max(0, Math.min(columns * rows, Math.ceil((page.to - page.from) / slot)) - 1);
  const begin = (cell) => page.from + cell * slot;
  const end = (cell) => Math.min(begin(cell) + slot, page.to);
  const flame = new Flame(tree, { unit, palette, label: figure.title, least: packed.least });
  const caption = el("p", { class: "range", role: "status", "aria-live": "polite" });
  const whole = el("button", { type: "button", onclick: () => select(null) }, "Whole window");
  let range = null;
  let anchor = null;

  const selects = {
    unit,
    redraw: outline,
    moved(before, extends_) {
      if (extends_ && before !== null) {
        anchor = anchor ?? before;
        select([anchor, grid.cursor]);
      } else if (anchor !== null) {
        select([anchor, grid.cursor], true);
      }
    },
    pressed(key) {
      if (key === "Escape") {
        anchor = null;
        select(null);
      } else if (key === "Enter" || key === " ") {
        if (grid.cursor === null) return false;
        if (anchor === null) select([(anchor = grid.cursor), grid.cursor], true);
        else {
          select([anchor, grid.cursor]);
          anchor = null;
        }
      } else {
        return false;
      }
      return true;
    },
  };
  const grid = new Grid({
    columns, rows, cells, selects,
    from: page.from, to: page.from + columns * rows * slot,
    cellHeight: 5,
    rowMarks: [0, 10, 20, 30, 40, 50].map((row) => [row, row === 0 ? "0" : duration(row * slot)]),
    label: "Subsecond map. Arrow keys move, Enter begins and ends a range, Shift with arrows extends it, Escape clears it.",
    describe: (cell, value) => `${instant(begin(cell), slot)} to ${instant(end(cell), slot)}\n${valued(value, unit)}`,
  });

  // A range of time, from the first to the last of two slots.
  function select(ends, isPreview) {
    range = ends && [Math.min(...ends, last), Math.min(last, Math.max(...ends))];
    outline();
    if (isPreview) return;
    const own = new Float64Array(tree.name.length);
    for (const [number, stacks] of slots) {
      if (range && (number < range[0] || number > range[1])) continue;
      for (let place = 0; place < stacks.length; place += 2) own[stacks[place]] += stacks[place + 1];
    }
    flame.values(own);
    const window = range ? [begin(range[0]), end(range[1])] : null;
    command?.show(window);
    const [from, to] = window || [page.from, page.to];
    const sum = valued(flame.total[0], unit);
    caption.textContent = `${range ? "Selected" : "All"}: ${instant(from, slot)} to ${instant(to, slot)}, ${sum}.`;
    caption.dataset.value = flame.total[0];
    whole.disabled = !range;
  }

  // Around the slots of the range: part of a column, whole columns, part of a column.
  function outline() {
    if (!grid.rangeMark) return;
    const shape = range ? stairs(range) : "";
    grid.rangeMark.setAttribute("d", shape);
    grid.rangeWash.setAttribute("d", shape);
  }

  function stairs([first, last]) {
    const x = (column) => grid.left + column * grid.cellWidth;
    const y = (row) => 4 + (rows - row) * grid.cellHeight;
    const [c0, r0, c1, r1] = [Math.floor(first / rows), first % rows, Math.floor(last / rows), (last % rows) + 1];
    const box = (left, right, low, high) => `M${x(left)} ${y(low)}H${x(right)}V${y(high)}H${x(left)}z`;
    if (c0 === c1) return box(c0, c0 + 1, r0, r1);
    if (c1 === c0 + 1 && r1 <= r0) return box(c0, c1, r0, rows) + box(c1, c1 + 1, 0, r1);
    return `M${x(c0)} ${y(r0)}H${x(c0 + 1)}V${y(0)}H${x(c1 + 1)}V${y(r1)}H${x(c1)}V${y(rows)}H${x(c0)}z`;
  }

  let held = null;
  grid.svg.addEventListener("mousedown", (event) => {
    const cell = grid.at(event);
    if (cell === null || event.button !== 0) return;
    held = cell;
    select([held, held], true);
  });
  addEventListener("mousemove", (event) => {
    if (held === null) return;
    const cell = grid.at(event);
    if (cell !== null) select([held, cell], true);
  });
  addEventListener("mouseup", () => {
    if (held === null) return;
    held = null;
    select(range);
  });
  select(null);
  return [
    el("p", { class: "note" }, `A column is ${duration(rows * slot)}, a cell ${duration(slot)}, time runs upwards in a column. Drag over the map to select a range of time, or use the keyboard.`),
    el("div", { class: "tools" }, caption, el("span", { class: "gap" }), whole),
    grid.element, flame.element,
  ];
}

// Slot by slot, frames and values by turns.
function readSlots(text) {
  const reader = unpack(text);
  const slots = [];
  let number = 0;
  while (reader.more) {
    number += reader.next();
    const stacks = [];
    let frame = 0;
    for (let left = reader.next(); left > 0; left--) {
      frame += reader.next();
      stacks.push(frame, reader.next());
    }
    slots.push([number, stacks]);
  }
  return slots;
}
