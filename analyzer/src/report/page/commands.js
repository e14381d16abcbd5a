// The command that repeats a figure.
function commandText([head, tail], range) {
  if (tail === "-") return head;
  const window = range || (page.whole ? null : [page.from, page.to]);
  return head + (window ? ` --from ${exact(window[0])} --to ${exact(window[1])}` : "") + tail;
}

function commandLine(command) {
  const code = el("code", { tabindex: 0, "aria-label": "Command" });
  const button = el("button", { type: "button", "aria-label": "Copy the command", onclick: copy }, "Copy");
  const line = {
    element: el("div", { class: "command" }, code, button),
    show(range) {
      code.textContent = commandText(command, range);
    },
  };
  line.show();

  async function copy() {
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      document.execCommand("copy");
    }
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 1500);
  }
  return line;
}
