// The map itself: fetches its columns, draws them, and tells Python what was drawn around, clicked or asked for.

const NEAR = 10; // pixels: how far from a point the pointer may be
const MOST = 200000; // points drawn at once; more say less in as many pixels, and cost a second of software WebGL
const MOVING = 50000; // while the map moves on a machine that is slow at it
const FEW = 4000; // selected points that may have a broad ring
const SLOW = 24; // milliseconds
const AGAIN = 2000; // milliseconds until what could not be fetched is asked for again

class Scatter {
  constructor(root) {
    this.box = node("div", "map", root);
    this.ground = node("canvas", "", this.box, { "aria-hidden": "true" });
    this.canvas = node("canvas", "points", this.box, { "aria-hidden": "true" });
    this.top = node("canvas", "top", this.box, { tabindex: "0", role: "application", "aria-roledescription": "map", "aria-details": "clusters" });
    this.pen = this.top.getContext("2d");
    this.list();
    this.tools = new Tools(this.box, (name) => this.use(name), (name) => tell(this, { kind: "verb", name }));
    this.tip = node("div", "tip", this.box, { role: "tooltip" });
    this.none = node("div", "none quiet", this.box);
    this.columns = {
      places: new Column({ stays: true }), rows: new Column({ stays: true }), codes: new Column({ differs: true }),
      picked: new Column(), strong: new Column(), labels: new Column(),
    };
    [this.camera, this.labels, this.gestures] = [new Camera(), new Labels(), new Gestures(this)];
    this.painter = Painter.on(this.canvas);
    this.losses = 0;
    this.use("lasso");
    this.resized = new ResizeObserver(() => this.resize());
    this.resized.observe(this.box);
    node("i", "theme", this.box).addEventListener("transitionend", () => this.recolour());
  }

  // What the map shows, for those who do not see it.
  list() {
    const table = node("table", "aside", this.box, { id: "clusters" });
    node("caption", "", table).textContent = "Clusters on the map";
    const head = node("tr", "", node("thead", "", table));
    for (const word of ["Cluster", "Size"]) node("th", "", head, { scope: "col" }).textContent = word;
    this.names = node("tbody", "", table);
  }

  use(mode) {
    if (mode === "whole") {
      this.camera.home();
      this.moved();
      return;
    }
    this.mode = mode;
    this.tools.press(mode);
    this.top.classList.toggle("hand", mode === "hand");
  }

  update(data) {
    this.data = data;
    this.box.style.height = data.height;
    const words = `Map of ${data.n} items, ${data.chosen} selected.`;
    this.top.setAttribute("aria-label", `${words} Arrows move, plus and minus zoom, Enter picks what is in the middle. The list and the gallery hold the same items.`);
    this.tools.say(data.chosen, data.of, data.verbs);
    this.tools.rate(data.badge);
    this.say(data.n ? "" : "The map appears here once it has been computed.");
    if (!this.painter && !this.refused) {
      this.refused = true;
      tell(this, { kind: "plain" });
    }
    this.remember(data);
    this.refresh();
  }

  say(words) {
    this.none.textContent = words;
    this.none.style.display = words ? "flex" : "none";
  }

  // The selection stays with the tab: a page that was loaded again asks for it by its key.
  remember(data) {
    const place = `taxon-selection-${data.project}`;
    try {
      if (data.selection) sessionStorage.setItem(place, data.selection);
      else if (!data.fresh) sessionStorage.removeItem(place);
      else if (sessionStorage.getItem(place) && !this.asked) {
        this.asked = true;
        tell(this, { kind: "restore", selection: sessionStorage.getItem(place) });
      }
    } catch { /* storage is switched off: a reload begins with nothing selected */ }
  }

  // Nothing is drawn until all columns fit together; what came meanwhile is drawn by the latest call.
  async refresh() {
    const { data } = this;
    clearTimeout(this.retry);
    try {
      await Promise.all(Object.entries(this.columns).map(([name, column]) => column.want(data[name])));
    } catch (error) {
      if (data !== this.data) return;
      this.losses += 1;
      // What is not kept any more is put there again by a run; a connection that is lost comes back by itself.
      if (error instanceof Gone && this.losses < 3) tell(this, { kind: "lost" });
      else this.retry = setTimeout(() => this.refresh(), AGAIN);
      return;
    }
    this.losses = 0;
    if (data === this.data && this.box.isConnected) this.take(data);
  }

  take(data) {
    const { places, rows, codes, picked, strong, labels } = this.columns;
    const sheet = { low: data.low, span: (data.side * STEPS) / (STEPS - 1) };
    const before = { xy: this.xy, sheet: this.sheet, fit: this.crowd && this.camera.scale() / this.camera.zoom };
    const same = this.shown === data.project && this.heldRows === rows.bytes && before.xy.length === places.bytes.length / 2;
    if (places.bytes !== this.held) this.lay(places.bytes, rows.bytes);
    // The same items on another layout glide to it, and what was looked at stays in view.
    if (same && this.camera.view !== data.view) {
      this.glide = Glide.between(before, { xy: this.xy, sheet });
      this.camera.carry(data.view, before, sheet);
    }
    this.sheet = sheet;
    [this.codes, this.picked, this.strong] = [codes.bytes, picked.bytes, strong.bytes];
    if (labels.bytes !== this.words) {
      this.words = labels.bytes;
      this.labels.read(labels.bytes);
      this.labels.table(this.names);
    }
    // An answer that comes while she draws again leaves the new line alone.
    if (settled(this, data) && !this.gestures.pointers.size) this.gestures.outline = null;
    this.tops = { picked: marks(this.picked, data.n, MOST), strong: this.strong ? marks(this.strong, data.n, MOST) : null };
    this.whole = null;
    if (this.camera.view !== data.view || !this.begun) this.camera.begin(data.view);
    this.begun = true;
    this.shown = data.project;
    this.recolour();
    this.resize();
  }

  lay(places, rows) {
    [this.held, this.heldRows, this.glide] = [places, rows, null];
    this.xy = new Uint16Array(places.buffer, 0, places.length / 2);
    this.rows = rows && new Uint32Array(rows.buffer, 0, rows.length / 4);
    for (let at = 1; this.rows && at < this.rows.length; at += 1) this.rows[at] += this.rows[at - 1];
    const crowd = new Crowd(this.xy);
    this.crowd = crowd;
    const extent = [0, 0];
    for (let at = 0; at < crowd.n; at += 1) {
      if (crowd.absent(at)) continue;
      for (const axis of [0, 1]) if (this.xy[2 * at + axis] > extent[axis]) extent[axis] = this.xy[2 * at + axis];
    }
    this.camera.extent = extent.map((end) => end / STEPS);
    crowd.build(() => this.crowd === crowd && this.box.isConnected).then(() => {
      if (this.crowd !== crowd || !crowd.ready) return;
      this.picture = null;
      this.ask();
    });
  }

  recolour() {
    if (!this.codes) return;
    this.theme = themeOf(this.box);
    this.hex = coloursOf(this.data.palette, this.theme);
    this.rgb = this.hex.map(channels);
    this.picture = null;
    this.painter?.load(this.xy, this.codes);
    this.ask();
  }

  // One step of points that glide; the next frame takes the next.
  step(now) {
    if (!this.glide) return;
    const places = this.glide.at(now);
    if (!places) this.glide = null;
    this.painter.load(places ?? this.xy, this.codes);
    this.stale = true;
    if (places) setTimeout(() => this.ask());
  }

  resize() {
    const { clientWidth: width, clientHeight: height } = this.box;
    this.ratio = Math.min(window.devicePixelRatio || 1, 2);
    [this.camera.width, this.camera.height] = [width, height];
    for (const canvas of [this.ground, this.canvas, this.top]) {
      const [wide, high] = [Math.round(width * this.ratio), Math.round(height * this.ratio)];
      if (canvas.width !== wide || canvas.height !== high) [canvas.width, canvas.height] = [wide, high];
    }
    this.ask();
  }

  // While it moves a slow machine draws fewer points; when it rests all that fit are there.
  moved() {
    this.hush();
    this.camera.keep();
    this.moving = this.cost > SLOW;
    clearTimeout(this.resting);
    if (this.moving) this.resting = setTimeout(() => { this.moving = false; this.ask(); }, 160);
    this.ask();
  }

  // `only` the line and the names; else the points as well.
  ask(only = false) {
    this.stale ||= !only;
    this.frame ??= requestAnimationFrame((now) => {
      this.frame = null;
      if (!this.camera.width || !this.codes || !this.painter) return;
      this.step(now);
      if (this.stale) this.paint(now);
      this.stale = false;
      this.write();
    });
  }

  size() {
    const even = 0.3 * Math.sqrt((this.camera.width * this.camera.height) / Math.max(Math.min(this.crowd.n, MOST), 1));
    return Math.min(16, Math.max(2.4, Math.min(even, 8) * this.camera.zoom ** 0.4));
  }

  paint(now) {
    const { ids, of } = this.drawn();
    const view = { camera: this.camera, size: this.size(), ratio: this.ratio, colours: this.rgb, theme: this.theme };
    const [faded, plain] = ids;
    const { picked } = this.tops;
    // With something selected all else goes grey; the ring is thin where rings would hide the points.
    const [pale, ring] = [picked.length ? 0.82 : 0, picked.length > FEW ? 0.9 : Math.max(2, view.size / 4)];
    this.painter.paint(view, [
      { ids: faded, strength: 0.16 }, { ids: plain, strength: picked.length ? 0.6 : 0.9, pale }, { ids: picked, strength: 1, ring },
    ]);
    const shown = faded.length + plain.length;
    if (!this.moving) this.tools.showing(Math.min(shown, of), of);
    this.shade(shown < of);
    // What is on the screen now, for whoever waits for it.
    [this.canvas.dataset.drawn, this.canvas.dataset.codes] = [shown, this.columns.codes.held.slice(-12)];
    if (!this.moving) requestAnimationFrame((later) => { this.cost = later - now; });
  }

  // Positions to draw, [those that fade, the others], and how many there are in view.
  drawn() {
    const { n } = this.crowd;
    if (n <= MOST) {
      this.whole ??= this.split(Uint32Array.from({ length: n }, (_, at) => at));
      return { ids: this.whole, of: n };
    }
    const { ids, of } = this.crowd.some(this.camera.seen(), this.moving ? MOVING : MOST);
    return { ids: this.split(ids), of };
  }

  split(ids) {
    if (!this.strong) return [new Uint32Array(), ids];
    return [ids.filter((at) => !marked(this.strong, at)), this.tops.strong];
  }

  // Under the points, where not all are drawn: how many there are, as a picture.
  shade(needed) {
    const pen = this.ground.getContext("2d");
    pen.clearRect(0, 0, this.ground.width, this.ground.height);
    if (!needed || !this.crowd.ready || this.strong || this.tops.picked.length) return;
    if (!this.picture) {
      const picture = this.crowd.picture(this.codes, this.rgb, this.rgb.length - 1);
      this.picture = new OffscreenCanvas(picture.width, picture.height);
      this.picture.getContext("2d").putImageData(picture, 0, 0);
    }
    const [left, upper] = this.camera.toScreen(0, 1);
    const side = this.camera.scale() * this.ratio;
    pen.drawImage(this.picture, left * this.ratio, upper * this.ratio, side, side);
  }

  write() {
    const { pen, camera } = this;
    pen.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    pen.clearRect(0, 0, camera.width, camera.height);
    this.labels.draw(pen, camera, this.sheet, this.hex, this.theme, this.tools.taken());
    this.gestures.draw(pen, camera, this.theme);
  }

  nearest(px, py, reach = NEAR) {
    const [x, y] = this.camera.toMap(px, py);
    return this.crowd ? this.crowd.nearest(x, y, reach / this.camera.scale()) : -1;
  }

  row(index) {
    return this.rows ? this.rows[index] : index;
  }

  select(index, how) {
    tell(this, { kind: "item", row: this.row(index), how });
  }

  // In the map's own coordinates, with as many digits as a pixel needs at the strongest zoom.
  outlined(line, how) {
    const digits = (value) => Number(value.toPrecision(9));
    const polygon = line.map(([x, y]) => [digits(this.sheet.low[0] + x * this.sheet.span), digits(this.sheet.low[1] + y * this.sheet.span)]);
    tell(this, { kind: "outline", polygon, how, view: this.data.view });
  }

  hush() {
    this.tipped = null;
    this.tip.style.display = "none";
  }

  async explain(px, py, index) {
    if (index < 0 || !this.data.tips) {
      this.hush();
      return;
    }
    this.tipped = index;
    let told;
    try {
      told = await (await fetch(`${this.data.tips}/${this.row(index)}`)).json();
    } catch {
      return;
    }
    if (this.tipped !== index || this.gestures.pointers.size) return;
    this.tip.replaceChildren();
    if (told.picture) node("img", "", this.tip, { alt: "" }).src = told.picture;
    node("div", "cluster", this.tip).textContent = told.cluster;
    node("div", "words quiet", this.tip).textContent = told.text || told.title;
    this.tip.style.display = "block";
    const { offsetWidth: wide, offsetHeight: high } = this.tip;
    this.tip.style.left = `${px + 16 + wide > this.camera.width ? Math.max(4, px - wide - 12) : px + 16}px`;
    this.tip.style.top = `${Math.max(4, Math.min(py - 20, this.camera.height - high - 6))}px`;
  }

  dispose() {
    this.resized.disconnect();
    clearTimeout(this.retry);
    this.painter?.dispose();
  }
}

export default (component) => keep(component, Scatter);
