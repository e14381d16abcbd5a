// Numbers as people read them.
const grouped = (number) => String(Math.round(number)).replace(/\B(?=(\d{3})+$)/g, ",");

function percent(part, whole) {
  if (!whole) return "0 %";
  const share = (100 * part) / whole;
  return `${share >= 99.95 || share === 0 ? share.toFixed(0) : share.toFixed(share < 0.1 ? 3 : share < 10 ? 2 : 1)} %`;
}

const UNITS = [[1e9, "s"], [1e6, "ms"], [1e3, "us"], [1, "ns"]];

// Nanoseconds in the largest unit that leaves at least 1.
function duration(ns) {
  const [size, unit] = UNITS.find(([size]) => ns >= size) || UNITS[3];
  const number = ns / size;
  return `${Number(number.toPrecision(number >= 100 ? 4 : 3))} ${unit}`;
}

// A value of a stack view.
function valued(value, unit) {
  if (unit === "us") return duration(value * 1e3);
  if (unit === "ns") return duration(value);
  return `${grouped(value)} ${value === 1 ? unit.replace(/s$/, "") : unit}`;
}

// An instant since the start of the recording, as fine as the step needs.
function instant(ns, step) {
  const digits = Math.min(9, Math.max(0, Math.ceil(9 - Math.log10(step || 1e6))));
  return `${(ns / 1e9).toFixed(digits)} s`;
}

// A time as a command takes it, exactly.
function exact(ns) {
  const [size, unit] = UNITS.find(([size]) => ns % size === 0);
  return `${ns / size}${unit}`;
}
