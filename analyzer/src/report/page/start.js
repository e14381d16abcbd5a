// Puts the page together.
const page = JSON.parse(document.getElementById("data").textContent);
const KINDS = { facts, streams, losses, costs, states, timeline, subsecond, heat, histogram, flame, table, text };

function drawFigure(figure) {
  const heading = el("h3", {}, figure.title);
  if (figure.missing) {
    const [sentence, hint] = figure.missing;
    const sentences = [sentence, hint].filter(Boolean).map((text) => (/[.!?]$/.test(text) ? text : `${text}.`));
    return el("figure", { id: figure.id, class: "missing" }, heading, el("p", {}, sentences.join(" ")));
  }
  const command = figure.command && commandLine(figure.command);
  const notes = figure.notes.map((note) => el("p", { class: "note" }, note));
  return el("figure", { id: figure.id, "aria-label": figure.title }, heading, notes,
    el("div", { class: "body" }, [KINDS[figure.kind](figure.data, figure, command)].flat(9)),
    command && command.element);
}

function drawSection({ id, title, lead, figures }) {
  return el("section", { id, "aria-labelledby": `${id}-title` },
    el("h2", { id: `${id}-title` }, title), lead && el("p", { class: "lead" }, lead), figures.map(drawFigure));
}

// Follows the system unless somebody says otherwise.
function themeButton() {
  const themes = ["auto", "light", "dark"];
  let theme = "auto";
  const button = el("button", { type: "button", class: "theme", onclick: () => apply(themes[(themes.indexOf(theme) + 1) % 3], true) });
  const apply = (next, keep) => {
    theme = next;
    document.documentElement.toggleAttribute("data-theme", theme !== "auto");
    if (theme !== "auto") document.documentElement.setAttribute("data-theme", theme);
    button.textContent = `Theme: ${theme}`;
    try {
      if (keep) localStorage.setItem("afterwake-theme", theme);
    } catch {
      // A page from a disk may not be allowed to remember.
    }
  };
  let kept = null;
  try {
    kept = localStorage.getItem("afterwake-theme");
  } catch {
    // As above.
  }
  apply(themes.includes(kept) ? kept : "auto");
  return button;
}

function drawContents() {
  const link = (id, text) => el("a", { href: `#${id}` }, text);
  const short = (title) => title.split(": ")[0];
  const list = el("ol", {}, page.sections.map(({ id, title, figures }) =>
    el("li", {}, link(id, title), el("ol", {}, figures.map((figure) => el("li", {}, link(figure.id, short(figure.title))))))));
  const details = el("details", { open: true }, el("summary", {}, "Contents"), list);
  const narrow = matchMedia("(max-width: 68rem)");
  const fold = () => (details.open = !narrow.matches);
  narrow.addEventListener("change", fold);
  fold();
  document.getElementById("contents").append(el("p", { class: "brand" }, el("b", {}, "afterwake"), "report"), details);
  const links = new Map([...list.querySelectorAll("ol ol a")].map((a) => [a.getAttribute("href").slice(1), a]));
  const seen = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      const link = links.get(target.id);
      // An empty value would mean false to those who listen.
      if (isIntersecting) link?.setAttribute("aria-current", "true");
      else link?.removeAttribute("aria-current");
    }
  }, { rootMargin: "-20% 0px -60% 0px" });
  for (const figure of document.querySelectorAll("figure")) seen.observe(figure);
}

const main = document.getElementById("page");
main.replaceChildren(
  el("header", { class: "head" },
    el("div", {}, el("h1", {}, page.name), el("p", { class: "sub" }, `${page.host}, ${page.date}, ${((page.to - page.from) / 1e9).toFixed(3)} s`)),
    themeButton()),
  ...page.sections.map(drawSection),
  el("p", { class: "foot" }, `Made by afterwake ${page.version}. Sums over threads are thread-seconds: three threads that wait for one second wait for three.`));
drawContents();
document.documentElement.dataset.ready = "yes";
