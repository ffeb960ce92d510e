const STEPS = 65535;
const GREY = 255;
const [SELECTED, FADED, ABSENT] = [1, 2, 4];
const NEAR = 10; // pixels: how far from a point the pointer may be
const ROOM = 15000; // square pixels of map for each label, so that the points stay the picture

function bytes(text) {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

class Scatter {
  constructor(root) {
    this.box = node("div", "map", root);
    this.canvas = node("canvas", "", this.box, { "aria-hidden": "true" });
    this.top = node("canvas", "top", this.box, { tabindex: "0", role: "application", "aria-roledescription": "map" });
    this.context = this.top.getContext("2d");
    this.tools = node("div", "tools", this.box, { role: "toolbar", "aria-label": "Map" });
    for (const [name, path] of Object.entries(ICONS)) this.tool(name, path);
    this.tip = node("div", "tip", this.box, { role: "tooltip" });
    node("div", "help quiet", this.box).textContent = HELP;
    this.none = node("div", "none quiet", this.box);
    this.none.textContent = "The map appears here once it has been computed.";
    this.draw = painter(this.canvas);
    this.use("lasso");
    this.pointers = new Map();
    this.listen();
    this.resized = new ResizeObserver(() => this.resize());
    this.resized.observe(this.box);
  }

  tool(name, path) {
    const button = node("button", "", this.tools, { title: NAMES[name], "aria-label": NAMES[name], "data-tool": name });
    const icon = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    icon.setAttribute("viewBox", "0 0 24 24");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    line.setAttribute("d", path);
    icon.append(line);
    button.append(icon);
    button.addEventListener("click", () => (name === "whole" ? this.whole() : this.use(name)));
  }

  use(mode) {
    this.mode = mode;
    for (const button of this.tools.children) button.setAttribute("aria-pressed", String(button.dataset.tool === mode));
    this.top.classList.toggle("hand", mode === "hand");
  }

  update(data) {
    this.data = data;
    this.box.style.height = data.height;
    const moved = data.xy !== this.packed;
    if (moved) {
      this.packed = data.xy;
      this.xy = new Uint16Array(bytes(data.xy).buffer);
      this.rows = data.rows ? new Uint32Array(bytes(data.rows).buffer) : null;
      this.extent = [0, 0];
      for (let at = 0; at < this.xy.length; at += 1) this.extent[at & 1] = Math.max(this.extent[at & 1], this.xy[at] / STEPS);
    }
    this.codes = bytes(data.codes);
    if (settled(this, data)) {
      this.flags = bytes(data.flags);
      if (!this.pointers.size) this.outline = null; // an answer that comes while she draws again leaves the new line alone
    } else if (this.flags?.length !== data.n) this.flags = bytes(data.flags);
    const selected = this.flags.reduce((count, flag) => count + (flag & SELECTED), 0);
    this.top.setAttribute("aria-label", `Map of ${data.n} items, ${selected} selected. The list and the gallery hold the same items.`);
    this.none.style.display = data.n ? "none" : "flex";
    this.theme = themeOf(this.box);
    this.draw.load(this.xy, this.codes, this.flags, moved);
    if (this.view !== data.view || !this.camera) this.begin(data.view);
    this.resize();
  }

  begin(view) {
    this.view = view;
    this.camera = null;
    try {
      const kept = JSON.parse(sessionStorage.getItem(`taxon-map-${view}`));
      if (view && [kept?.x, kept?.y, kept?.zoom].every(Number.isFinite)) this.camera = kept;
    } catch { /* storage is switched off: begin with everything in view */ }
    this.camera ??= this.home();
  }

  home() {
    return { x: this.extent[0] / 2, y: this.extent[1] / 2, zoom: 1 };
  }

  whole() {
    this.camera = this.home();
    this.moved();
  }

  moved() {
    this.tip.style.display = "none";
    this.ask();
    clearTimeout(this.saving);
    this.saving = setTimeout(() => {
      try {
        if (this.view) sessionStorage.setItem(`taxon-map-${this.view}`, JSON.stringify(this.camera));
      } catch { /* as above */ }
    }, 300);
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.box;
    const ratio = Math.min(window.devicePixelRatio || 1, 2);
    [this.width, this.height, this.ratio] = [width, height, ratio];
    for (const canvas of [this.canvas, this.top]) {
      const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
      if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
    }
    this.ask();
  }

  // Pixels per unit of the map.
  scale() {
    const margin = this.width < 500 ? 0.9 : 0.88;
    const fit = Math.min(this.width / Math.max(this.extent[0], 0.05), this.height / Math.max(this.extent[1], 0.05));
    return fit * margin * this.camera.zoom;
  }

  toScreen(x, y) {
    const scale = this.scale();
    return [this.width / 2 + (x - this.camera.x) * scale, this.height / 2 - (y - this.camera.y) * scale];
  }

  toMap(px, py) {
    const scale = this.scale();
    return [this.camera.x + (px - this.width / 2) / scale, this.camera.y - (py - this.height / 2) / scale];
  }

  ask() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      if (this.width && this.data) this.paint();
    });
  }

  size() {
    const even = 0.30 * Math.sqrt((this.width * this.height) / Math.max(this.data.n, 1));
    return Math.min(16, Math.max(2.4, Math.min(even, 8) * this.camera.zoom ** 0.4));
  }

  paint() {
    const hex = coloursOf(this.data.palette, this.theme);
    this.draw.paint({
      scale: this.scale(), camera: this.camera, width: this.width, height: this.height, ratio: this.ratio,
      size: this.size(), colours: hex, theme: this.theme,
    });
    const pen = this.context;
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.clearRect(0, 0, this.width, this.height);
    this.label(pen, hex);
    if (this.outline?.length > 1) this.sketch(pen);
  }

  label(pen, hex) {
    const taken = [];
    const paper = `rgb(${this.theme.background} / 0.86)`.replaceAll(",", " ");
    pen.font = `600 12px ${this.theme.font}`;
    pen.textBaseline = "middle";
    pen.lineJoin = "round";
    const most = (this.width * this.height) / ROOM;
    for (const label of this.data.labels) {
      if (taken.length >= most) break;
      const [x, y] = this.toScreen((label.x - this.data.low[0]) / this.data.side, (label.y - this.data.low[1]) / this.data.side);
      const wide = pen.measureText(label.text).width;
      const room = [x - wide / 2 - 12, y - 10, x + wide / 2 + 6, y + 10];
      if (room[0] < 0 || room[2] > this.width || room[1] < 0 || room[3] > this.height) continue;
      if (taken.some((other) => room[0] < other[2] && other[0] < room[2] && room[1] < other[3] && other[1] < room[3])) continue;
      taken.push(room);
      pen.fillStyle = paper;
      pen.beginPath();
      pen.roundRect(room[0], room[1], room[2] - room[0], 20, 5);
      pen.fill();
      pen.fillStyle = colourOf(hex, label.colour);
      pen.beginPath();
      pen.arc(room[0] + 8, y, 3.5, 0, 7);
      pen.fill();
      pen.fillStyle = `rgb(${this.theme.ink.join(" ")})`;
      pen.fillText(label.text, room[0] + 15, y + 0.5);
    }
  }

  sketch(pen) {
    const accent = this.theme.accent.join(" ");
    pen.beginPath();
    this.outline.forEach(([x, y], at) => pen[at ? "lineTo" : "moveTo"](...this.toScreen(x, y)));
    pen.closePath();
    pen.fillStyle = `rgb(${accent} / 0.12)`;
    pen.fill();
    pen.strokeStyle = `rgb(${accent})`;
    pen.lineWidth = 1.5;
    pen.stroke();
  }

  nearest(px, py) {
    const [x, y] = this.toMap(px, py).map((value) => value * STEPS);
    let best = (NEAR / this.scale() * STEPS) ** 2;
    let found = -1;
    for (let at = 0; at < this.data.n; at += 1) {
      const [dx, dy] = [this.xy[2 * at] - x, this.xy[2 * at + 1] - y];
      const distance = dx * dx + dy * dy;
      if (distance <= best && !(this.flags[at] & ABSENT)) [best, found] = [distance, at];
    }
    return found;
  }

  listen() {
    const top = this.top;
    top.addEventListener("pointerdown", (event) => this.down(event));
    top.addEventListener("pointermove", (event) => this.move(event));
    top.addEventListener("pointerup", (event) => this.up(event));
    top.addEventListener("pointercancel", (event) => { this.pointers.delete(event.pointerId); this.outline = null; this.ask(); });
    top.addEventListener("pointerleave", () => { this.tip.style.display = "none"; clearTimeout(this.resting); });
    top.addEventListener("wheel", (event) => {
      event.preventDefault();
      this.zoomAt(event.offsetX, event.offsetY, Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)));
    }, { passive: false });
    top.addEventListener("dblclick", (event) => {
      const index = this.nearest(event.offsetX, event.offsetY);
      if (index >= 0) tell(this, { kind: "open", index });
    });
    top.addEventListener("keydown", (event) => this.key(event));
    top.addEventListener("keyup", (event) => { if (event.key === " ") this.space = false; });
  }

  zoomAt(px, py, factor) {
    const before = this.toMap(px, py);
    this.camera = { ...this.camera, zoom: Math.min(400, Math.max(0.5, this.camera.zoom * factor)) };
    const after = this.toMap(px, py);
    this.camera.x += before[0] - after[0];
    this.camera.y += before[1] - after[1];
    this.moved();
  }

  down(event) {
    this.top.setPointerCapture(event.pointerId);
    this.top.focus({ preventScroll: true });
    this.pointers.set(event.pointerId, [event.offsetX, event.offsetY]);
    this.start = [event.offsetX, event.offsetY];
    this.panning = this.mode === "hand" || this.space || event.button !== 0 || this.pointers.size > 1;
    this.outline = this.panning ? null : [this.toMap(...this.start)];
    this.top.classList.add("down");
    this.tip.style.display = "none";
  }

  move(event) {
    const [px, py] = [event.offsetX, event.offsetY];
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      this.hover(px, py);
      return;
    }
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    this.pointers.set(event.pointerId, [px, py]);
    if (this.panning) {
      const scale = this.scale();
      const share = others.length ? 0.5 : 1;
      this.camera.x -= (px - before[0]) * share / scale;
      this.camera.y += (py - before[1]) * share / scale;
      if (others.length) {
        const apart = (place) => Math.hypot(place[0] - others[0][0], place[1] - others[0][1]);
        this.zoomAt((px + others[0][0]) / 2, (py + others[0][1]) / 2, apart([px, py]) / Math.max(apart(before), 1));
      }
      this.moved();
    } else if (this.outline) {
      const [from, to] = [this.toMap(...this.start), this.toMap(px, py)];
      if (this.mode === "box") this.outline = [from, [to[0], from[1]], to, [from[0], to[1]]];
      else this.outline.push(to);
      this.ask();
    }
  }

  up(event) {
    this.pointers.delete(event.pointerId);
    this.top.classList.remove("down");
    const how = event.shiftKey ? "add" : event.altKey ? "remove" : "set";
    const dragged = Math.hypot(event.offsetX - this.start[0], event.offsetY - this.start[1]) > 4 || this.outline?.length > 8;
    if (this.pointers.size || (this.panning && (dragged || event.button !== 0))) return;
    if (dragged && this.outline?.length > 2) {
      const every = Math.ceil(this.outline.length / 2000);
      const polygon = this.outline.filter((_, at) => at % every === 0)
        .map(([x, y]) => [this.data.low[0] + x * this.data.side, this.data.low[1] + y * this.data.side]);
      tell(this, { kind: "outline", polygon, how });
    } else {
      this.outline = null;
      const index = this.nearest(event.offsetX, event.offsetY);
      const toggled = event.ctrlKey || event.metaKey || event.shiftKey;
      if (index >= 0) tell(this, { kind: "point", index, how: toggled ? (this.flags[index] & SELECTED ? "remove" : "add") : how });
      else if (how === "set" && this.flags.some((flag) => flag & SELECTED)) tell(this, { kind: "nothing" });
    }
    this.ask();
  }

  hover(px, py) {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.explain(px, py), 70);
  }

  async explain(px, py) {
    const index = this.data?.n ? this.nearest(px, py) : -1;
    this.top.classList.toggle("point", index >= 0);
    if (index < 0 || !this.data.tips) {
      this.tip.style.display = "none";
      return;
    }
    this.tipped = index;
    let told;
    try {
      told = await (await fetch(`${this.data.tips}/${this.rows ? this.rows[index] : index}`)).json();
    } catch {
      return;
    }
    if (this.tipped !== index || this.pointers.size) return;
    this.tip.replaceChildren();
    if (told.picture) node("img", "", this.tip, { alt: "" }).src = told.picture;
    node("div", "cluster", this.tip).textContent = told.cluster;
    node("div", "words quiet", this.tip).textContent = told.text || told.title;
    this.tip.style.display = "block";
    const { offsetWidth: wide, offsetHeight: high } = this.tip;
    this.tip.style.left = `${px + 16 + wide > this.width ? Math.max(4, px - wide - 12) : px + 16}px`;
    this.tip.style.top = `${Math.max(4, Math.min(py - 20, this.height - high - 6))}px`;
  }

  key(event) {
    const step = 60 / this.scale();
    const moves = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, step], ArrowDown: [0, -step] };
    const modes = { l: "lasso", b: "box", m: "hand" };
    if (event.ctrlKey || event.metaKey) return;
    if (event.key in moves) {
      this.camera.x += moves[event.key][0];
      this.camera.y += moves[event.key][1];
      this.moved();
    } else if (event.key === "+" || event.key === "=") this.zoomAt(this.width / 2, this.height / 2, 1.3);
    else if (event.key === "-") this.zoomAt(this.width / 2, this.height / 2, 1 / 1.3);
    else if (event.key === "0") this.whole();
    else if (event.key === "Escape") tell(this, { kind: "nothing" });
    else if (event.key === " ") this.space = true;
    else if (modes[event.key]) this.use(modes[event.key]);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  dispose() {
    this.resized.disconnect();
    this.draw.dispose();
  }
}

export default (component) => keep(component, Scatter);
