const SORTS = {
  size: ["biggest", (one, other) => other.size - one.size],
  name: ["name", (one, other) => one.title.localeCompare(other.title, undefined, { numeric: true })],
  settled: ["least settled", (one, other) => one.settled - other.settled || other.size - one.size],
};

class ClusterList {
  constructor(root) {
    this.box = node("div", "list", root);
    const head = node("div", "head", this.box);
    this.search = node("input", "", head, { type: "search", placeholder: "Find a cluster", "aria-label": "Find a cluster" });
    this.sort = node("select", "", head, { "aria-label": "Sort clusters", title: "Sort by" });
    for (const [name, [words]] of Object.entries(SORTS)) node("option", "", this.sort, { value: name }).textContent = words;
    this.rows = node("div", "rows", this.box, { role: "list", "aria-label": "Clusters" });
    this.foot = node("div", "foot quiet", this.box, { role: "status" });
    this.nodes = new Map();
    this.ticked = new Set();
    this.search.addEventListener("input", () => this.filter());
    this.sort.addEventListener("change", () => this.order());
    this.rows.addEventListener("click", (event) => this.click(event));
    this.rows.addEventListener("keydown", (event) => this.key(event));
    this.search.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "ArrowDown") this.step(null, 1);
      if (event.key === "Escape") this.search.value = "", this.filter();
    });
  }

  update(data) {
    this.data = data;
    this.box.style.height = data.height;
    if (settled(this, data)) {
      this.ticked = new Set(data.ticked);
      this.focus = data.focus;
    }
    const here = new Set(data.rows.map((row) => row.id));
    for (const [id, made] of this.nodes) if (!here.has(id)) made.remove(), this.nodes.delete(id);
    const colours = coloursOf(data.palette, themeOf(this.box));
    for (const row of data.rows) this.fill(row, colours);
    this.order();
    this.paint();
  }

  fill(row, colours) {
    let made = this.nodes.get(row.id);
    if (!made) {
      made = node("div", "row", null, { role: "listitem", tabindex: "-1", "data-id": row.id });
      made.tick = node("input", "", made, { type: "checkbox", tabindex: "-1" });
      node("span", "dot", made);
      made.name = node("span", "name", made);
      made.chosen = node("span", "chosen", made);
      made.bar = node("i", "", node("span", "bar", made));
      made.size = node("span", "size", made);
      this.nodes.set(row.id, made);
    }
    made.row = row;
    made.style.setProperty("--colour", colourOf(colours, row.colour));
    made.classList.toggle("named", row.named);
    made.name.textContent = row.title;
    made.title = row.title;
    made.chosen.textContent = row.selected ? row.selected.toLocaleString("en") : "";
    made.chosen.style.display = row.selected ? "" : "none";
    made.chosen.title = `${row.selected} selected`;
    made.size.textContent = row.size.toLocaleString("en");
    made.bar.style.width = `${Math.round(100 * row.settled)}%`;
    made.bar.parentNode.title = `${Math.round(100 * row.settled)} % settled`;
    made.tick.style.display = this.data.ticks ? "" : "none";
    made.tick.style.visibility = row.id === 0 ? "hidden" : "";
    made.tick.setAttribute("aria-label", `Tick ${row.title}`);
    made.setAttribute("aria-label", `${row.title}, ${row.size} items, ${Math.round(100 * row.settled)} percent settled`);
  }

  // The undecided are a place of their own: always last.
  order() {
    const by = SORTS[this.sort.value][1];
    const sorted = [...this.data.rows].sort((one, other) => (one.id === 0) - (other.id === 0) || by(one, other));
    const wanted = sorted.map((row) => this.nodes.get(row.id));
    if (wanted.some((made, at) => this.rows.children[at] !== made)) this.rows.replaceChildren(...wanted);
    this.filter();
  }

  filter() {
    const words = this.search.value.trim().toLocaleLowerCase();
    let shown = 0;
    for (const made of this.nodes.values()) {
      made.hidden = Boolean(words) && !made.row.title.toLocaleLowerCase().includes(words);
      shown += !made.hidden && made.row.id !== 0;
    }
    this.rows.querySelector(".nothing")?.remove();
    if (!this.nodes.size || (words && !shown)) {
      node("div", "nothing quiet", this.rows).textContent = this.nodes.size ? "No cluster has this in its name." : this.data.empty;
    }
    this.shown = shown;
    this.count();
    this.reach();
  }

  count() {
    const total = this.data.rows.filter((row) => row.id !== 0).length;
    const ticked = this.ticked.size ? ` · ${this.ticked.size} ticked` : "";
    const words = this.shown === total ? `${total.toLocaleString("en")} ${total === 1 ? "cluster" : "clusters"}` : `${this.shown} of ${total} clusters`;
    this.foot.textContent = words + ticked;
  }

  // One row takes part in the Tab order; the arrows reach the others.
  reach() {
    const visible = [...this.rows.children].filter((made) => made.row && !made.hidden);
    const first = visible.find((made) => made.row.id === this.focus) ?? visible[0];
    for (const made of this.nodes.values()) made.tabIndex = made === first ? 0 : -1;
  }

  paint() {
    for (const [id, made] of this.nodes) {
      made.setAttribute("aria-current", String(id === this.focus));
      made.tick.checked = this.ticked.has(id);
    }
    this.count();
  }

  click(event) {
    const made = event.target.closest(".row");
    if (!made) return;
    if (this.data.ticks && made.row.id !== 0 && (event.target === made.tick || event.ctrlKey || event.metaKey)) this.tick(made.row.id);
    else this.aim(made.row.id);
  }

  aim(id) {
    this.focus = this.focus === id ? null : id;
    this.paint();
    tell(this, this.focus === null ? { kind: "focus" } : { kind: "focus", id });
  }

  tick(id) {
    if (!this.ticked.delete(id)) this.ticked.add(id);
    this.paint();
    tell(this, { kind: "tick", ids: [...this.ticked] });
  }

  step(from, by) {
    const visible = [...this.rows.children].filter((made) => made.row && !made.hidden);
    const at = from ? visible.indexOf(from) + by : 0;
    visible[Math.min(visible.length - 1, Math.max(0, at))]?.focus();
  }

  key(event) {
    const made = event.target.closest(".row");
    if (!made) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.step(made, event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter") this.aim(made.row.id);
    else if (event.key === " " && this.data.ticks && made.row.id !== 0) this.tick(made.row.id);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  dispose() {}
}

export default (component) => keep(component, ClusterList);
