// Histograms: a row per bucket, with its range, its count and its bar.
function histogram({ sections, hidden, linear }) {
  if (sections.length === 0) return el("p", { class: "note" }, "Nothing in this window.");
  return [
    el("div", { class: "panels" }, sections.map((section) => bars(section, linear))),
    hidden > 0 && el("p", { class: "note" }, `And ${grouped(hidden)} more histograms; the command shows all of them.`),
  ];
}

function bars({ heading, unit, slots }, linear) {
  const most = Math.max(...slots.map(([, , , count]) => count), 1);
  const sum = slots.reduce((sum, [, , , count]) => sum + count, 0);
  const rows = [];
  let next = slots[0][0];
  for (const [slot, low, high, count] of slots) {
    // Empty buckets in between keep the shape; many of them in a row do not.
    if (slot - next > 8) rows.push(el("tr", {}, el("td", { class: "range" }, "⋮"), el("td"), el("td")));
    else for (let empty = next; empty < slot; empty++) {
      const range = linear ? String(empty) : `${grouped(2 ** empty)} – ${grouped(2 ** (empty + 1) - 1)}`;
      rows.push(el("tr", {}, el("td", { class: "range" }, range), el("td", { class: "count" }, "0"), el("td", {}, el("div", { class: "none" }))));
    }
    const range = low === high ? low : `${grouped(low)} – ${grouped(high)}`;
    const bar = el("div", { class: "bar" });
    bar.style.width = `${(100 * count) / most}%`;
    rows.push(el("tr", { title: `${range} ${unit}: ${grouped(count)} (${percent(count, sum)})` },
      el("td", { class: "range" }, range), el("td", { class: "count" }, grouped(count)), el("td", {}, bar)));
    next = slot + 1;
  }
  const isLong = rows.length > 40;
  return el("div", isLong ? { class: "scroll tall", tabindex: 0, role: "region", "aria-label": heading || unit } : {},
    heading && el("h4", {}, heading),
    el("table", { class: "bars" },
      el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "number" }, unit), el("th", { scope: "col", class: "number" }, "count"), el("th", { scope: "col" }, `of ${grouped(sum)}`))),
      el("tbody", {}, rows)));
}
