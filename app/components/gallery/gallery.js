// The gallery: takes what Python tells it, draws the tiles near the window, and says what was picked, as places of the
// order that is shown. What Python has not heard of yet is shown as picked already.

class Gallery {
  constructor(root) {
    this.frame = node("div", "gallery", root);
    this.box = node("div", "box", this.frame);
    this.grid = node("div", "tiles", node("div", "space", this.box), { role: "listbox", "aria-multiselectable": "true", tabindex: "0", "aria-label": "Items" });
    this.none = node("div", "none quiet", this.frame);
    this.legend = node("div", "keys quiet", this.frame);
    [this.tiles, this.picked] = [new Map(), new Uint8Array()];
    [this.active, this.anchor, this.losses] = [0, 0, 0];
    this.roll = new Roll(this.box, this.grid, () => this.draw());
    this.net = new Net(this.box, this.roll, (block, how, done) => this.caught(block, how, done));
    this.marks = new Column();
    this.grid.addEventListener("click", (event) => this.click(event));
    this.grid.addEventListener("dblclick", (event) => this.openAt(this.placeOf(event)));
    this.grid.addEventListener("keydown", (event) => this.key(event));
    this.grid.addEventListener("focus", () => this.legend.classList.add("on"));
    this.grid.addEventListener("blur", () => this.legend.classList.remove("on"));
    node("i", "theme", this.frame).addEventListener("transitionend", () => this.paint());
  }

  update(data) {
    this.latestData = data;
    this.refresh();
  }

  // The old order stays, with what it means to pick in it, until the new one and what is seen of it are here.
  async refresh() {
    const data = this.latestData;
    clearTimeout(this.retry);
    const same = this.windows && data.order === this.data.order && data.revision === this.data.revision && data.tiles === this.data.tiles;
    const windows = same ? this.windows : new Windows(data);
    try {
      const stays = this.data && data.view === this.data.view;
      const [first, end] = stays ? this.roll.seen() : [0, WINDOW];
      await Promise.all([this.marks.want(data.picked), windows.want(Math.min(first, Math.max(0, data.n - 1)), Math.max(end, WINDOW))]);
    } catch (error) {
      if (data === this.latestData) this.lostSome(error);
      return;
    }
    this.losses = 0;
    if (data === this.latestData) this.take(data, windows);
  }

  lostSome(error) {
    this.losses += 1;
    // What is not kept any more is put there again by a run; a connection that is lost comes back by itself.
    if (error instanceof Gone && this.losses < 3) tell(this, { kind: "lost" });
    else this.retry = setTimeout(() => this.refresh(), LATER);
  }

  take(data, windows) {
    const begins = !this.data || data.view !== this.data.view;
    [this.data, this.windows] = [data, windows];
    if (data.words.join("\n") !== this.words?.join("\n")) this.words = data.words;
    this.picked = new Uint8Array(Math.ceil(data.n / 8));
    if (this.marks.bytes) this.picked.set(this.marks.bytes.subarray(0, this.picked.length));
    for (const event of this.outbox) if (event.kind === "pick" && event.order === data.order) this.apply(event);
    this.frame.style.height = data.height;
    this.frame.classList.toggle("fills", Boolean(data.height));
    this.none.textContent = data.n ? "" : data.empty;
    this.grid.hidden = !data.n;
    if (begins) [this.active, this.anchor] = [0, 0];
    this.active = Math.min(this.active, Math.max(0, data.n - 1));
    this.anchor = Math.min(this.anchor, Math.max(0, data.n - 1));
    this.sayKeys(data.keys);
    const alone = data.n === 1 && !data.height;
    const [bare, captions] = [alone && !data.tiles?.[0].cluster, data.captions];
    this.frame.classList.toggle("bare", Boolean(bare));
    this.frame.classList.toggle("alone", alone);
    this.roll.set({ n: data.n, size: data.size, cards: data.cards, grows: !data.height, alone, bare, captions }, begins);
    this.draw();
  }

  sayKeys(keys) {
    this.letters = new Map(keys.map(([letter, cluster]) => [letter, cluster]));
    this.legend.replaceChildren(...keys.map(([letter, , name]) => {
      const entry = node("span", "", null);
      node("kbd", "", entry).textContent = letter.toUpperCase();
      entry.append(name);
      return entry;
    }));
  }

  // Makes the tiles that are seen now, drops the others, and asks for what is missing.
  draw() {
    if (!this.windows) return;
    const [first, end] = this.roll.seen();
    for (const [place, tile] of this.tiles) {
      if (place >= first && place < end) continue;
      tile.node.remove();
      this.tiles.delete(place);
    }
    let missing = false;
    let before = null;
    for (let place = first; place < end; place += 1) {
      let tile = this.tiles.get(place);
      if (!tile) {
        tile = new Tile(place);
        this.tiles.set(place, tile);
      }
      if (before ? before.nextSibling !== tile.node : this.grid.firstChild !== tile.node) {
        if (before) before.after(tile.node);
        else this.grid.prepend(tile.node);
      }
      before = tile.node;
      const told = this.windows.at(place);
      if (told) tile.fill(told, this.words);
      else missing = true;
    }
    this.roll.place();
    this.paint();
    if (missing) this.fetch(first, end);
  }

  // While the roll runs only its latest place is worth asking for.
  fetch(first, end) {
    clearTimeout(this.wanting);
    this.wanting = setTimeout(() => {
      const { windows } = this;
      windows.want(first, end).then(() => { if (windows === this.windows) this.draw(); }, (error) => {
        if (windows !== this.windows) return;
        if (error instanceof Gone) this.lostSome(error);
        else this.fetch(first, end);
      });
    }, 40);
  }

  paint() {
    if (!this.windows) return;
    const colours = this.windows.palette ? coloursOf(this.windows.palette, themeOf(this.frame)) : ["transparent"];
    for (const [place, tile] of this.tiles) tile.paint(colours, marked(this.picked, place), place === this.active, this.data.n);
    if (this.data.n) this.grid.setAttribute("aria-activedescendant", `tile-${this.active}`);
    this.grid.setAttribute("aria-label", `${this.data.n.toLocaleString("en")} items`);
  }

  placeOf(event) {
    const made = event.target.closest?.(".tile");
    return made ? Number(made.dataset.place) : -1;
  }

  click(event) {
    const place = this.placeOf(event);
    if (place < 0) return;
    if (event.target.closest(".zoom")) {
      this.active = place;
      this.openAt(place);
      return;
    }
    if (event.detail > 1) return;
    const touch = event.pointerType === "touch";
    const more = event.ctrlKey || event.metaKey;
    if (event.shiftKey) this.range(place, more);
    else {
      this.active = this.anchor = place;
      this.act(more || touch ? "toggle" : "set", [[place, 1, 1, 1]]);
    }
  }

  range(place, add) {
    const [from, to] = [Math.min(this.anchor, place), Math.max(this.anchor, place)];
    this.active = place;
    this.act(add ? "add" : "set", [[from, to - from + 1, 1, 1]]);
  }

  caught(block, how, done) {
    this.grid.querySelectorAll(".caught").forEach((made) => made.classList.remove("caught"));
    if (done && (block || how === "set")) {
      if (block) this.active = this.anchor = block[0];
      this.act(how, block ? [block] : []);
    } else if (block) each([block], this.data.n, (place) => this.tiles.get(place)?.node.classList.add("caught"), this.tiles.keys());
  }

  act(how, blocks) {
    if (this.data.looks) {
      this.paint();
      return;
    }
    this.apply({ how, blocks });
    this.paint();
    this.say({ kind: "pick", how, blocks });
  }

  say(event) {
    tell(this, { ...event, order: this.data.order });
  }

  apply({ how, blocks }) {
    if (how === "set") this.picked.fill(0);
    each(blocks, this.data.n, (place) => {
      const bit = 1 << (place & 7);
      if (how === "toggle") this.picked[place >> 3] ^= bit;
      else if (how === "remove") this.picked[place >> 3] &= ~bit;
      else this.picked[place >> 3] |= bit;
    });
  }

  openAt(place) {
    if (place >= 0 && this.windows.at(place)) this.say({ kind: "open", place });
  }

  key(event) {
    const { n } = this.data;
    const { columns } = this.roll;
    const page = Math.max(1, Math.floor(this.roll.high / this.roll.pitch)) * columns;
    const steps = {
      ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns, PageUp: -page, PageDown: page, Home: -Infinity, End: Infinity,
    };
    const more = event.ctrlKey || event.metaKey;
    const letter = event.key.toLowerCase();
    if (!n) return;
    if (event.key in steps && n > 1) {
      const place = Math.min(n - 1, Math.max(0, this.active + steps[event.key]));
      if (event.shiftKey) this.range(place, false);
      else this.active = place;
      if (!this.roll.show(place)) this.tiles.get(place)?.node.scrollIntoView({ block: "nearest" });
      this.paint();
    } else if (event.key === " ") {
      this.anchor = this.active;
      this.act("toggle", [[this.active, 1, 1, 1]]);
    } else if (event.key === "Enter") this.openAt(this.active);
    else if (event.key === "Escape") {
      if (this.net.on) this.net.drop();
      else this.act("set", []);
    } else if (letter === "a" && more) this.act("set", [[0, n, 1, 1]]);
    else if (!more && !event.altKey && this.letters.has(letter)) this.say({ kind: "name", cluster: this.letters.get(letter), place: this.active });
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  dispose() {
    this.roll.dispose();
    clearTimeout(this.retry);
    clearTimeout(this.wanting);
  }
}

// Every place in some blocks; of a few `among` when only those matter.
function each(blocks, n, act, among = null) {
  for (const [first, wide, high, columns] of blocks) {
    if (among) {
      for (const place of among) {
        const away = place - first;
        if (away >= 0 && away % columns < wide && Math.floor(away / columns) < high) act(place);
      }
    } else {
      for (let row = 0; row < high; row += 1) {
        const begin = first + row * columns;
        for (let place = begin; place < Math.min(n, begin + wide); place += 1) act(place);
      }
    }
  }
}

export default (component) => keep(component, Gallery);
