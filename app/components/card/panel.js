// How far it is: number of answers, the share that is right at least, and how that grew.
class Panel {
  constructor(parent) {
    this.box = node("div", "panel", parent);
    this.words = node("div", "figures", this.box);
    this.art = this.svg("svg", this.box, { viewBox: "0 0 100 32", preserveAspectRatio: "none", role: "img" });
    this.area = this.svg("polygon", this.art, {});
    this.line = this.svg("polyline", this.art, { "vector-effect": "non-scaling-stroke" });
    this.more = node("p", "quiet", this.box);
  }

  svg(tag, parent, attributes) {
    const made = document.createElementNS("http://www.w3.org/2000/svg", tag);
    for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
    parent.append(made);
    return made;
  }

  show(panel) {
    this.words.textContent = panel.words;
    this.more.textContent = panel.more;
    const values = panel.curve;
    this.art.style.display = values.length > 1 ? "" : "none";
    if (values.length < 2) return;
    const floor = Math.min(...values, 0.5);
    const points = values.map((value, at) => `${(100 * at) / (values.length - 1)},${30 - (28 * (value - floor)) / Math.max(1 - floor, 1e-6)}`);
    this.line.setAttribute("points", points.join(" "));
    this.area.setAttribute("points", `0,32 ${points.join(" ")} 100,32`);
    const percent = (value) => `${Math.floor(100 * value)} %`;
    this.art.setAttribute("aria-label", `Right at least, from ${percent(values[0])} to ${percent(values[values.length - 1])} over ${values.length} answers`);
  }
}
