// Hands and keys on the map: drawing around points, moving, zooming, pointing, and the same without a mouse.

const AIM = 60; // pixels: a step of the arrow keys, so that no point can be stepped over

class Gestures {
  constructor(map) {
    this.map = map;
    this.pointers = new Map();
    this.outline = null; // in units of the map, so that it stays where it was drawn
    const { top } = map;
    top.addEventListener("pointerdown", (event) => this.down(event));
    top.addEventListener("pointermove", (event) => this.move(event));
    top.addEventListener("pointerup", (event) => this.up(event));
    top.addEventListener("pointercancel", (event) => { this.pointers.delete(event.pointerId); this.drop(); });
    top.addEventListener("pointerleave", () => { map.hush(); clearTimeout(this.waiting); });
    top.addEventListener("wheel", (event) => {
      event.preventDefault();
      map.camera.zoomAt(event.offsetX, event.offsetY, Math.exp(-event.deltaY * (event.deltaMode ? 0.05 : 0.0016)));
      map.moved();
    }, { passive: false });
    top.addEventListener("dblclick", (event) => {
      const index = map.nearest(event.offsetX, event.offsetY);
      if (index >= 0) tell(map, { kind: "open", row: map.row(index) });
    });
    top.addEventListener("keydown", (event) => this.key(event));
    top.addEventListener("keyup", (event) => { if (event.key === " ") this.space = false; });
    top.addEventListener("blur", () => { this.middle = this.space = false; map.ask(true); });
  }

  drop() {
    this.outline = null;
    this.map.ask(true);
  }

  down(event) {
    const { map } = this;
    map.top.setPointerCapture(event.pointerId);
    map.top.focus({ preventScroll: true });
    this.pointers.set(event.pointerId, [event.offsetX, event.offsetY]);
    this.start = [event.offsetX, event.offsetY];
    this.line = [this.start];
    this.how = howOf(event);
    this.middle = false;
    this.panning = map.mode === "hand" || this.space || event.button !== 0 || this.pointers.size > 1;
    this.outline = this.panning ? null : [map.camera.toMap(...this.start)];
    map.top.classList.add("down");
    map.hush();
  }

  move(event) {
    const { camera } = this.map;
    const [px, py] = [event.offsetX, event.offsetY];
    const before = this.pointers.get(event.pointerId);
    if (!before) {
      clearTimeout(this.waiting);
      this.waiting = setTimeout(() => this.rest(px, py), 70);
      return;
    }
    const others = [...this.pointers].filter(([id]) => id !== event.pointerId).map(([, place]) => place);
    this.pointers.set(event.pointerId, [px, py]);
    if (this.panning) {
      const share = others.length ? 0.5 : 1;
      camera.pan((px - before[0]) * share, (py - before[1]) * share);
      if (others.length) {
        const apart = (place) => Math.hypot(place[0] - others[0][0], place[1] - others[0][1]);
        camera.zoomAt((px + others[0][0]) / 2, (py + others[0][1]) / 2, apart([px, py]) / Math.max(apart(before), 1));
      }
      this.map.moved();
    } else if (this.outline) {
      const corners = [this.start, [px, this.start[1]], [px, py], [this.start[0], py]];
      this.line = this.map.mode === "box" ? corners : [...this.line, [px, py]];
      this.outline = this.line.map(([x, y]) => camera.toMap(x, y));
      this.how = howOf(event);
      this.map.ask(true);
    }
  }

  up(event) {
    const { map } = this;
    this.pointers.delete(event.pointerId);
    map.top.classList.remove("down");
    const how = howOf(event);
    const dragged = Math.hypot(event.offsetX - this.start[0], event.offsetY - this.start[1]) > 4 || this.outline?.length > 8;
    if (this.pointers.size || (this.panning && (dragged || event.button !== 0))) return;
    const kept = dragged && this.outline ? simplified(this.line) : [];
    if (kept.length > 2) {
      this.outline = kept.map(([x, y]) => map.camera.toMap(x, y));
      map.outlined(this.outline, how);
    } else {
      this.outline = null;
      this.click(event, how);
    }
    map.ask(true);
  }

  click(event, how) {
    const { map } = this;
    const name = map.labels.at(event.offsetX, event.offsetY);
    if (name) {
      tell(map, { kind: "cluster", cluster: name.cluster, how, revision: map.data.revision });
      return;
    }
    const index = map.nearest(event.offsetX, event.offsetY);
    const toggled = event.ctrlKey || event.metaKey || how === "add";
    if (index >= 0) map.select(index, toggled ? (marked(map.picked, index) ? "remove" : "add") : how);
    else if (how === "set" && map.data.chosen) tell(map, { kind: "nothing" });
  }

  rest(px, py) {
    const { map } = this;
    if (!map.codes) return;
    const name = map.labels.at(px, py);
    const index = name ? -1 : map.nearest(px, py);
    map.top.classList.toggle("point", index >= 0 || Boolean(name));
    map.top.title = name ? `Select the ${name.size.toLocaleString("en")} items of ${name.text}` : "";
    map.explain(px, py, index);
  }

  key(event) {
    const { map } = this;
    const { camera } = map;
    const moves = { ArrowLeft: [60, 0], ArrowRight: [-60, 0], ArrowUp: [0, 60], ArrowDown: [0, -60] };
    const zooms = { "+": 1.3, "=": 1.3, "-": 1 / 1.3 };
    if (event.ctrlKey || event.metaKey) return;
    const pressed = event.key.toLowerCase();
    if (event.key in moves) camera.pan(...moves[event.key]);
    if (event.key in zooms) camera.zoomAt(camera.width / 2, camera.height / 2, zooms[event.key]);
    if (event.key in moves || event.key in zooms) {
      map.moved();
      this.point();
    } else if (event.key === "Enter") this.pick(howOf(event));
    else if (event.key === "Escape") this.escape();
    else if (event.key === " ") this.space = true;
    else if (pressed in KEYS) map.use(KEYS[pressed]);
    else if (map.tools.keys?.has(pressed)) map.tools.act(map.tools.keys.get(pressed));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  escape() {
    if (this.outline) this.drop();
    else tell(this.map, { kind: "nothing" });
  }

  // Without a mouse the middle of the map is the pointer.
  point() {
    const { map } = this;
    this.middle = true;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => {
      const [px, py] = [map.camera.width / 2, map.camera.height / 2];
      map.explain(px, py, map.nearest(px, py, AIM));
    }, 150);
  }

  pick(how) {
    const { map } = this;
    const index = map.nearest(map.camera.width / 2, map.camera.height / 2, AIM);
    if (index >= 0) map.select(index, how);
    else this.point();
  }

  draw(pen, camera, theme) {
    const accent = theme.accent.join(" ");
    if (this.middle) {
      const [x, y] = [camera.width / 2, camera.height / 2];
      pen.beginPath();
      for (const [dx, dy] of [[1, 0], [-1, 0], [0, 1], [0, -1]]) {
        pen.moveTo(x + 4 * dx, y + 4 * dy);
        pen.lineTo(x + 12 * dx, y + 12 * dy);
      }
      pen.strokeStyle = `rgb(${accent})`;
      pen.lineWidth = 2;
      pen.stroke();
    }
    if (!this.outline || this.outline.length < 2) return;
    pen.beginPath();
    this.outline.forEach(([x, y], at) => pen[at ? "lineTo" : "moveTo"](...camera.toScreen(x, y)));
    pen.closePath();
    pen.fillStyle = `rgb(${accent} / 0.12)`;
    pen.fill("evenodd");
    pen.strokeStyle = `rgb(${accent})`;
    pen.lineWidth = 1.5;
    pen.stroke();
    if (WHILE[this.how] && this.pointers.size) {
      pen.font = `600 12px ${theme.font}`;
      pen.fillStyle = `rgb(${accent})`;
      pen.fillText(WHILE[this.how], this.line.at(-1)[0] + 14, this.line.at(-1)[1] - 10);
    }
  }
}
