class Gallery {
  constructor(root) {
    this.box = node("div", "gallery", root);
    this.grid = node("div", "tiles", this.box, { role: "listbox", "aria-multiselectable": "true", tabindex: "0", "aria-label": "Items" });
    this.selected = new Set();
    this.keep = true;
    this.active = 0;
    this.anchor = 0;
    this.grid.addEventListener("click", (event) => this.click(event));
    this.grid.addEventListener("dblclick", (event) => this.openAt(this.placeOf(event)));
    this.grid.addEventListener("keydown", (event) => this.key(event));
  }

  update(data) {
    const listed = JSON.stringify([data.tiles, data.words]);
    this.data = data;
    this.box.style.setProperty("--size", `${data.size}px`);
    this.box.style.maxHeight = data.height;
    this.box.style.height = data.height;
    if (listed !== this.listed) {
      const sameRows = this.tiles?.map((tile) => tile.row).join() === data.tiles.map((tile) => tile.row).join();
      this.listed = listed;
      this.tiles = data.tiles;
      this.build(sameRows);
    }
    if (settled(this, data)) {
      this.selected = new Set(data.selected);
      this.keep = true;
    }
    this.paint();
  }

  build(sameRows) {
    if (!sameRows) {
      this.active = this.anchor = 0;
      this.box.scrollTop = 0;
    }
    this.grid.replaceChildren();
    this.grid.classList.toggle("empty", this.tiles.length === 0);
    if (this.tiles.length === 0) this.grid.textContent = this.data.empty;
    this.nodes = this.tiles.map((tile, place) => this.tile(tile, place));
  }

  tile(tile, place) {
    const made = node("div", "tile", this.grid, { role: "option", id: `tile-${place}`, "data-place": place });
    made.setAttribute("aria-label", [tile.title || tile.text, tile.cluster, tile.mark].filter(Boolean).join(", ") || `Item ${tile.row + 1}`);
    const frame = node("div", "frame", made);
    if (tile.picture) {
      const picture = node("img", "", frame, { loading: "lazy", decoding: "async", draggable: "false", alt: "" });
      picture.addEventListener("error", () => {
        picture.className = "gone";
        node("div", "words quiet", frame).textContent = "This picture cannot be shown.";
      });
      picture.src = tile.picture;
      if (tile.text) this.write(node("div", "caption", made), tile.text);
    } else {
      frame.style.alignItems = "flex-start";
      this.write(node("div", "words", frame), tile.text || tile.title);
    }
    const foot = node("div", "foot", made);
    node("span", "name", foot).textContent = tile.cluster;
    node("span", "mark quiet", foot).textContent = tile.mark;
    node("span", "tick", made, { "aria-hidden": "true" }).textContent = "✓";
    const zoom = node("button", "zoom", made, { tabindex: "-1", title: "Open (Enter)", "aria-label": "Open" });
    zoom.textContent = "⤢";
    if (tile.title) made.title = tile.title;
    return made;
  }

  // The words that were searched for, marked; everything stays text.
  write(place, text) {
    const folded = text.toLowerCase();
    let from = 0;
    while (from < text.length) {
      let at = -1;
      let length = 0;
      for (const word of this.data.words) {
        const found = folded.indexOf(word, from);
        if (found >= 0 && (at < 0 || found < at)) [at, length] = [found, word.length];
      }
      if (at < 0 || folded.length !== text.length) break;
      place.append(text.slice(from, at));
      node("mark", "", place).textContent = text.slice(at, at + length);
      from = at + length;
    }
    place.append(text.slice(from));
  }

  paint() {
    const colours = coloursOf(this.data.palette, themeOf(this.box));
    this.nodes?.forEach((made, place) => {
      made.style.setProperty("--colour", colourOf(colours, this.tiles[place].colour));
      made.setAttribute("aria-selected", String(this.selected.has(place)));
      made.classList.toggle("active", place === this.active);
    });
    if (this.nodes?.length) this.grid.setAttribute("aria-activedescendant", `tile-${this.active}`);
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
    if (event.shiftKey) this.range(place, event.ctrlKey || event.metaKey);
    else if (event.ctrlKey || event.metaKey || touch) this.toggle(place);
    else this.only(place);
  }

  only(place) {
    this.active = this.anchor = place;
    this.keep = false;
    this.choose(new Set([place]));
  }

  toggle(place) {
    this.active = this.anchor = place;
    const next = new Set(this.selected);
    if (!next.delete(place)) next.add(place);
    this.choose(next);
  }

  range(place, add) {
    const [from, to] = [Math.min(this.anchor, place), Math.max(this.anchor, place)];
    const next = add ? new Set(this.selected) : new Set();
    for (let between = from; between <= to; between += 1) next.add(between);
    if (!add) this.keep = false;
    this.active = place;
    this.choose(next);
  }

  choose(next) {
    this.selected = next;
    this.paint();
    tell(this, { kind: "select", places: [...next].sort((one, other) => one - other), keep: this.keep });
  }

  openAt(place) {
    if (place >= 0 && this.tiles[place]) tell(this, { kind: "open", row: this.tiles[place].row });
  }

  columns() {
    return Math.max(1, getComputedStyle(this.grid).gridTemplateColumns.split(" ").length);
  }

  key(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -this.columns(), ArrowDown: this.columns(), Home: -Infinity, End: Infinity };
    const last = this.tiles.length - 1;
    if (last < 0) return;
    if (event.key in steps) {
      const place = Math.min(last, Math.max(0, this.active + steps[event.key]));
      if (event.shiftKey) this.range(place, false);
      else this.active = place;
      this.paint();
      this.nodes[place].scrollIntoView({ block: "nearest" });
    } else if (event.key === " ") this.toggle(this.active);
    else if (event.key === "Enter") this.openAt(this.active);
    else if (event.key === "Escape") {
      this.keep = false;
      this.choose(new Set());
    } else if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey)) this.choose(new Set(this.tiles.keys()));
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  dispose() {}
}

export default (component) => keep(component, Gallery);
