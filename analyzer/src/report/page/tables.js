// Tables and text.
function plainTable(heads, rows, last) {
  const isNumber = heads.map(([, number]) => number);
  return el("table", {},
    el("thead", {}, el("tr", {}, heads.map(([head, number, title]) =>
      el("th", { scope: "col", class: number ? "number" : undefined, title: title || undefined }, head)))),
    el("tbody", {}, rows.map((row) => el("tr", {}, row.map((cell, column) =>
      el("td", { class: isNumber[column] ? "number" : last && column === row.length - 1 ? last : undefined }, cell))))));
}

function table({ columns, rows, hidden }) {
  if (rows.length === 0) return el("p", { class: "note" }, "Nothing in this window.");
  const heads = columns.map(([head, meaning, number]) => [head, number, meaning]);
  return [
    el("div", { class: "scroll tall", tabindex: 0, role: "region", "aria-label": "Table" }, plainTable(heads, rows)),
    hidden > 0 && el("p", { class: "note" }, `And ${grouped(hidden)} more rows; the command shows all of them.`),
  ];
}

function text({ parts }) {
  return parts.map(([heading, body]) =>
    el("details", { class: "part", open: true }, el("summary", {}, heading), el("pre", { tabindex: 0 }, body.trimEnd())));
}
