// The map's own toolbar: ways to draw, and what can be done with the selection, each with its scope and its key.

const ICONS = {
  lasso: "M12 5c-5 0-8.5 2-8.5 5s3.5 5 8.5 5 8.5-2 8.5-5-3.500-5-8.500-5M7 14.500c-1.500 2 0 3.500 2 3M6 18.500c0 1-.5 2-1.500 2.500",
  box: "M4 8V4h4M16 4h4v4M20 16v4h-4M8 20H4v-4",
  hand: "M12 3v18M3 12h18M12 3l-2.500 2.500M12 3l2.500 2.500M12 21l-2.500-2.500M12 21l2.500-2.500M3 12l2.500-2.500M3 12l2.500 2.500M21 12l-2.500-2.500M21 12l-2.500 2.500",
  whole: "M9 4H4v5M15 4h5v5M9 20H4v-5M15 20h5v-5M9.500 12h5M12 9.500v5",
};
const NAMES = { lasso: "Draw around points (L)", box: "Drag a box (B)", hand: "Move the map (H, or hold Space)", whole: "Show everything (0)" };
const KEYS = { l: "lasso", b: "box", h: "hand", 0: "whole" };
const HELP = "Drag: select · Shift: add · Alt: take out · Shift+Alt: keep of them · wheel: zoom · Space: move";
const WHILE = { add: "adding", remove: "taking out", within: "keeping of them" };

class Tools {
  // `use` hears the name of a tool, `act` that of a verb.
  constructor(box, use, act) {
    this.act = act;
    this.row = node("div", "tools", box, { role: "toolbar", "aria-label": "Ways to draw on the map" });
    for (const [name, path] of Object.entries(ICONS)) this.tool(name, path, use);
    this.badge = node("details", "badge", box);
    [this.trust, this.why] = [node("summary", "", this.badge), node("div", "why", this.badge)];
    this.badge.addEventListener("keydown", (event) => { if (event.key === "Escape") this.badge.open = false; });
    this.badge.addEventListener("focusout", (event) => { if (!this.badge.contains(event.relatedTarget)) this.badge.open = false; });
    this.foot = node("div", "foot", box);
    this.status = node("span", "status", this.foot, { role: "status" });
    this.verbs = node("span", "verbs", this.foot, { role: "toolbar", "aria-label": "Selection" });
    this.shown = node("span", "shown quiet", this.foot);
  }

  // [left, upper, right, lower] of everything here that lies over the map.
  taken() {
    const { foot, badge } = this;
    const made = [[this.row, null], [this.trust, badge], [this.status, foot], [this.verbs, foot], [this.shown, foot]];
    return made.filter(([{ offsetWidth }]) => offsetWidth).map(([{ offsetLeft, offsetTop, offsetWidth, offsetHeight }, within]) => {
      const [left, upper] = [offsetLeft + (within?.offsetLeft ?? 0), offsetTop + (within?.offsetTop ?? 0)];
      return [left, upper, left + offsetWidth, upper + offsetHeight];
    });
  }

  tool(name, path, use) {
    const button = node("button", "", this.row, { title: NAMES[name], "aria-label": NAMES[name], "data-tool": name });
    const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    icon.setAttribute("viewBox", "0 0 24 24");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", path);
    icon.append(line);
    button.append(icon);
    button.addEventListener("click", () => use(name));
  }

  press(mode) {
    for (const button of this.row.children) button.setAttribute("aria-pressed", String(button.dataset.tool === mode));
  }

  say(chosen, of, verbs) {
    const words = `${chosen.toLocaleString("en")} of ${of.toLocaleString("en")} selected`;
    this.status.textContent = chosen ? words : HELP;
    this.status.classList.toggle("quiet", !chosen);
    if (JSON.stringify(verbs) === this.said) return;
    this.said = JSON.stringify(verbs);
    this.keys = new Map(verbs.map(([name, , key]) => [key, name]));
    // A button that stays keeps the focus; only its words change.
    verbs.forEach(([name, label, key, hint], place) => {
      const button = this.verbs.children[place] ?? node("button", "", this.verbs);
      button.replaceChildren(label, " ");
      node("kbd", "", button).textContent = key.toUpperCase();
      [button.title, button.dataset.verb] = [`${hint} (${key.toUpperCase()})`, name];
      button.onclick = () => this.act(name);
    });
    while (this.verbs.children.length > verbs.length) this.verbs.lastChild.remove();
  }

  // How far to trust the map, in words; the sentences are there for who asks.
  rate([words, ...sentences]) {
    this.badge.hidden = !words;
    if (!words || [words, ...sentences].join("\n") === this.rated) return;
    this.rated = [words, ...sentences].join("\n");
    this.trust.textContent = words;
    this.trust.title = "How far to trust this map";
    this.why.replaceChildren();
    for (const sentence of sentences) node("p", "", this.why).textContent = sentence;
  }

  showing(shown, of) {
    const words = shown < of ? `showing ${shown.toLocaleString("en")} of ${of.toLocaleString("en")}` : "";
    if (this.shown.textContent !== words) this.shown.textContent = words;
  }
}
