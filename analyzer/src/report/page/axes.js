// Round marks between two values, about so many.
function marks(from, to, count) {
  const rough = (to - from) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((one) => one * power).find((step) => step >= rough * 0.999);
  const all = [];
  for (let mark = Math.ceil(from / step - 1e-9) * step; mark <= to + step * 1e-9; mark += step) all.push(mark);
  return { step, all };
}

// Time below a picture: from and to in nanoseconds since the start of the recording.
function timeAxis(from, to, left, width, top) {
  const { step, all } = marks(from, to, Math.min(10, width / 80));
  return svg("g", { "aria-hidden": "true" },
    svg("line", { class: "axis", x1: left, x2: left + width, y1: top, y2: top }),
    all.map((mark) => {
      const x = left + ((mark - from) / (to - from)) * width;
      return [
        svg("line", { class: "axis", x1: x, x2: x, y1: top, y2: top + 4 }),
        svg("text", { x, y: top + 16, "text-anchor": x > left + width - 14 ? "end" : "middle" }, instant(mark, step)),
      ];
    }));
}
