// What a recording is, what it holds, what it missed, what it cost.
const REASONS = new Map([
  ["ring", "the buffer of a CPU was full"],
  ["queue", "the recorder fell behind"],
  ["busy", "the probe was busy on that CPU"],
  ["switch", "switches that the tracepoints did not show"],
  ["stack", "rows that may name a wrong kernel stack (an estimate)"],
]);

function facts({ facts }) {
  return el("dl", { class: "facts" }, facts.map(([name, text]) => [el("dt", {}, name), el("dd", {}, text)]));
}

function streams({ streams }) {
  const recorded = streams.filter(([, on, rows, note]) => on || rows || note);
  const absent = streams.filter((stream) => !recorded.includes(stream)).map(([name]) => name);
  const rows = recorded.map(([name, on, rows, note, meaning]) => [
    el("b", {}, name), on ? "yes" : el("span", { class: "bad" }, "no"), grouped(rows), note ? `${meaning} Note: ${note}.` : meaning,
  ]);
  const heads = [["Stream"], ["Recorded"], ["Rows", true], ["What it holds"]];
  return [
    el("div", { class: "scroll tall", tabindex: 0, role: "region", "aria-label": "Streams" }, plainTable(heads, rows, "words")),
    absent.length > 0 && el("p", { class: "note" }, `Not recorded: ${absent.join(", ")}.`),
  ];
}

function losses({ losses, damage, left_out: leftOut, complete }) {
  const rows = losses.map(([stream, reason, missing, stored]) => [
    stream, REASONS.get(reason) || reason || "unknown", grouped(missing), grouped(stored), percent(missing, missing + stored),
  ]);
  const all = losses.reduce((sum, [, reason, missing]) => sum + (reason === "stack" ? 0 : missing), 0);
  const heads = [["Stream"], ["Why"], ["Rows missing", true], ["Rows stored", true], ["Missing", true]];
  return [
    !complete && el("p", { class: "alert" }, "The recording was cut short: its last seconds may be missing."),
    damage.map((file) => el("p", { class: "alert" }, `Left out, because it cannot be read: ${file}`)),
    leftOut.map((sentence) => el("p", { class: "alert" }, `Not all is here: ${sentence}.`)),
    all > 0 && el("p", { class: "alert" },
      `${grouped(all)} rows are known to be missing. Counts and sums of these streams fall short by them; times of threads show them as lost.`),
    rows.length > 0 && el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Missing rows" }, plainTable(heads, rows)),
    all === 0 && complete && damage.length + leftOut.length === 0 && el("p", { class: "note" }, "Nothing is known to be missing."),
  ];
}

function costs({ costs }) {
  if (costs.length === 0) return el("p", { class: "note" }, "The recording does not say.");
  const share = ([, [, cpu, measured]]) => (100 * cpu) / Math.max(1, measured);
  const probes = costs.filter(([what]) => what !== "recorder");
  const recorder = costs.find(([what]) => what === "recorder");
  const sum = probes.reduce((sum, cost) => sum + share(cost), 0);
  const quiet = costs.filter(([, [runs, cpu]]) => runs === 0 && cpu === 0);
  const rows = costs.filter((cost) => !quiet.includes(cost)).map((cost) => {
    const [what, [runs, cpu, measured]] = cost;
    return [what, runs ? grouped(runs) : "", runs ? duration(cpu / runs) : "", `${share(cost).toFixed(3)} %`, duration(measured)];
  });
  const heads = [["What"], ["Runs measured", true], ["Time per run", true], ["Share of one CPU", true], ["Measured for", true]];
  const memory = recorder ? `, recorder ${share(recorder).toFixed(2)} %, ${(recorder[1][3] / 1e6).toFixed(0)} MB of memory` : "";
  return [
    el("p", {}, `Probes ${sum.toFixed(2)} % of one CPU${memory}.`),
    el("div", { class: "scroll tall", tabindex: 0, role: "region", "aria-label": "Cost by probe" }, plainTable(heads, rows)),
    quiet.length > 0 && el("p", { class: "note" }, `${grouped(quiet.length)} more did not run while they were measured.`),
  ];
}
