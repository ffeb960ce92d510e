const UNDER = "0px 0px -90px 0px"; // on a phone the lowest pixels lie under the answer's button

// The pictures and texts of a card: one, a few, two sides, or a page in groups; what is not right can be marked.
class Items {
  constructor(stage, onMark, onSeen) {
    this.stage = stage;
    this.onMark = onMark;
    this.seen = new Set();
    this.watch = new IntersectionObserver((entries) => {
      for (const entry of entries) if (entry.isIntersecting) this.seen.add(entry.target);
      onSeen();
    }, { threshold: 0.6, rootMargin: matchMedia("(max-width: 760px)").matches ? UNDER : "0px" });
    stage.addEventListener("click", (event) => {
      const made = event.target.closest?.(".item");
      if (made && this.markable) this.onMark(Number(made.dataset.place));
    });
  }

  show(card) {
    this.card = card;
    this.marks = new Map();
    this.active = 0;
    this.shown = false;
    this.markable = card.kind === "name" || card.kind === "accept";
    this.nodes = [];
    this.labels = [];
    this.seen.clear();
    this.watch.disconnect();
    this.stage.replaceChildren();
    const size = [[1, "one"], [12, "few"], [24, "some"]].find(([most]) => card.tiles.length <= most);
    this.stage.dataset.count = size ? size[1] : "many";
    let place = 0;
    for (const group of card.groups) {
      const part = node("div", "group", this.stage);
      if (group.title) {
        const head = node("h3", "", part);
        node("span", "title", head).textContent = group.title;
        node("span", "quiet", head).textContent = ` ${group.count}`;
      }
      const grid = node("div", "grid", part, this.markable ? { role: "listbox", "aria-multiselectable": "true", tabindex: "0" } : { role: "list" });
      grid.setAttribute("aria-label", [group.title || card.question, this.markable ? "mark what does not belong" : ""].filter(Boolean).join(", "));
      for (let made = 0; made < group.count; made += 1, place += 1) {
        this.nodes.push(this.item(card.tiles[place], place, grid));
        this.labels.push(group.title);
      }
    }
    if (card.kind === "accept") this.nodes.forEach((made) => this.watch.observe(made));
    this.paint();
  }

  // How many have not been on the screen yet: what is accepted counts as seen.
  get unseen() {
    return this.card.kind === "accept" ? this.nodes.length - this.seen.size : 0;
  }

  showMore() {
    this.nodes.find((made) => !this.seen.has(made))?.scrollIntoView({ block: "start" });
  }

  item(tile, place, grid) {
    const made = node("div", "item", grid, { role: this.markable ? "option" : "listitem", id: `item-${place}`, "data-place": place });
    if (tile.title) made.title = tile.title;
    if (tile.picture) {
      const picture = node("img", "", node("div", "frame", made), { alt: "", draggable: "false", decoding: "async" });
      picture.addEventListener("error", () => {
        if (picture.src.endsWith(tile.picture)) node("p", "text quiet", picture.parentNode).textContent = "This picture cannot be shown.", picture.remove();
      });
      picture.src = tile.picture;
      if (tile.big) this.sharpen(picture, tile.big);
    }
    if (tile.text) node("p", tile.picture ? "caption" : "text", made).textContent = tile.text;
    if (!tile.picture && !tile.text) node("p", "text", made).textContent = tile.title;
    node("span", "mark", made, { "aria-hidden": "true" });
    return made;
  }

  // The small picture is there at once; the big one takes its place when it has come.
  sharpen(picture, address) {
    const big = new Image();
    big.src = address;
    big.decode().then(() => {
      picture.src = address;
      picture.style.maxWidth = `${Math.max(420, big.naturalWidth)}px`;
    }).catch(() => {});
  }

  toggle(place) {
    this.active = place;
    this.shown = true;
    if (!this.marks.delete(place)) this.marks.set(place, null);
    this.paint();
  }

  clear() {
    this.marks.clear();
    this.paint();
  }

  // The label that it was shown with is no mistake.
  relabel(text) {
    if (text === this.labels[this.active]) this.marks.delete(this.active);
    else this.marks.set(this.active, text);
    this.paint();
  }

  paint() {
    this.nodes.forEach((made, place) => {
      const wrong = this.marks.has(place);
      const label = this.marks.get(place);
      if (this.markable) made.setAttribute("aria-selected", String(wrong));
      made.classList.toggle("active", this.shown && place === this.active);
      made.querySelector(".mark").textContent = wrong ? (label ? `→ ${label}` : "✕") : "";
      const tile = this.card.tiles[place];
      const said = wrong ? (label ? `marked, is ${label}` : "marked as not right") : "";
      made.setAttribute("aria-label", [tile.title || tile.text, said].filter(Boolean).join(", "));
      if (this.shown && place === this.active) made.parentNode.setAttribute("aria-activedescendant", made.id);
    });
  }

  // Whether the key moved or marked something.
  key(event) {
    const steps = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };
    if (this.read(event.key)) return true;
    if (!this.markable) return false;
    if (event.key === " ") {
      this.toggle(this.active);
      return true;
    }
    const upright = event.key === "ArrowUp" || event.key === "ArrowDown";
    if (!upright && !(event.key in steps)) return false;
    const next = upright ? this.beyond(event.key === "ArrowDown") : this.active + steps[event.key];
    if (this.shown || Math.abs(steps[event.key]) > 1) this.active = Math.min(this.nodes.length - 1, Math.max(0, next));
    this.shown = true;
    this.paint();
    this.nodes[this.active].scrollIntoView({ block: "nearest" });
    return true;
  }

  // A long text, or a long page, is read on by keys too.
  read(key) {
    const pages = { PageDown: 0.9, PageUp: -0.9, ...(this.markable ? {} : { ArrowDown: 0.15, ArrowUp: -0.15 }) };
    if (!(key in pages)) return false;
    const texts = this.nodes.length === 1 ? this.stage.querySelectorAll(".text") : [];
    const long = [...texts, this.stage].find((one) => one.scrollHeight > one.clientHeight + 1);
    long?.scrollBy({ top: pages[key] * long.clientHeight });
    return Boolean(long);
  }

  // The item that stands nearest in the next row below or above, in whichever group.
  beyond(down) {
    const boxes = this.nodes.map((made) => made.getBoundingClientRect());
    const here = boxes[this.active];
    const ahead = (box) => (down ? box.top - here.bottom : here.top - box.bottom);
    const away = (place) => [Math.max(0, Math.round(ahead(boxes[place]))), Math.abs(boxes[place].left - here.left)];
    const places = [...boxes.keys()].filter((place) => ahead(boxes[place]) > -2);
    const nearer = (one, other) => away(one)[0] - away(other)[0] || away(one)[1] - away(other)[1];
    return places.sort(nearer)[0] ?? this.active;
  }
}
