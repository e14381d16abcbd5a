// Bars of thread states.
const STATES = ["running", "runnable", "preempted", "blocked", "unknown", "lost"];

function states({ bars, rest, all, cpus }) {
  const [threads, sums] = all;
  const wall = page.to - page.from;
  const row = (who, sums) => {
    const whole = sums.reduce((sum, ns) => sum + ns, 0);
    const words = STATES.map((state, place) => sums[place] > 0 && `${state} ${duration(sums[place])} (${percent(sums[place], whole)})`).filter(Boolean);
    const track = el("div", { class: "track", role: "img", "aria-label": words.join(", ") });
    for (const [place, state] of STATES.entries()) {
      if (sums[place] <= 0) continue;
      const part = el("div", { class: `state ${state}` });
      part.style.width = `${(100 * sums[place]) / whole}%`;
      track.append(part);
    }
    const text = `${words.join("\n")}\nspan ${duration(whole)}`;
    track.addEventListener("mousemove", (event) => showTip(event, text));
    track.addEventListener("mouseleave", hideTip);
    return el("tr", {},
      el("td", { class: "who" }, who),
      el("td", {}, track),
      el("td", { class: "sum" }, el("b", {}, duration(sums[0])), ` running of ${duration(whole)}`));
  };
  const legend = el("ul", { class: "legend" }, STATES.map((state) => el("li", {}, el("span", { class: `key ${state}` }), state)));
  const busy = cpus > 0 ? ` ${cpus} CPUs were ${percent(sums[0], wall * cpus)} busy with them.` : "";
  return [
    el("p", {}, `${grouped(threads)} threads: ${STATES.map((state, place) => `${duration(sums[place])} ${state}`).join(", ")} (thread-seconds).${busy}`),
    legend,
    el("table", { class: "threads", "aria-label": "Thread states" }, el("tbody", {},
      bars.map(([name, tid, pid, sums]) => row([page.names[name], " ", el("span", { class: "dim" }, tid === pid ? String(tid) : `${tid} of ${pid}`)], sums)),
      rest[0] > 0 && row(el("span", { class: "dim" }, `${grouped(rest[0])} more threads`), rest[1]))),
  ];
}
