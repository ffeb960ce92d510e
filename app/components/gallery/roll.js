// A grid of equal tiles of which only those near the window exist. A browser's page ends at some ten million pixels; a
// longer roll moves under a shorter scroll bar: small moves of the bar are taken as they are, large ones as shares.

const GAP = 10;
const EDGE = 4; // pixels around the tiles, so that outlines are not cut
const FOOT = 26;
const CAPTION = 22;
const CARD = 200; // least pixels that a card of text is wide
const LONGEST = 6_000_000; // pixels
const AROUND = 2; // rows that exist above and below what is seen

class Roll {
  // `changed` is called when other places are seen.
  constructor(box, grid, changed) {
    [this.box, this.grid, this.changed] = [box, grid, changed];
    this.space = grid.parentElement;
    [this.n, this.columns, this.top, this.bar] = [0, 1, 0, 0];
    box.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.resized = new ResizeObserver(() => this.measure());
    this.resized.observe(box);
  }

  // `look`: n, size, cards, captions, grows = as tall as all tiles. `begins`: at the first place, else where it was.
  set(look, begins) {
    // The bar may have been moved since the browser last told of it.
    this.follow();
    if (begins) this.top = 0;
    const [first, { box }] = [this.first(), this];
    const same = Object.entries(look).every(([name, value]) => this[name] === value);
    Object.assign(this, look);
    // The same tiles stay where they are, in the middle of a row, too.
    if (!same || begins || box.clientWidth !== this.width || box.clientHeight !== this.high) this.lay(first);
  }

  first() {
    return this.pitch ? Math.round(Math.max(0, this.top) / this.pitch) * this.columns : 0;
  }

  measure() {
    if (this.box.clientWidth === this.width && this.box.clientHeight === this.high) return;
    this.lay(this.first());
    this.changed();
  }

  // Lays the grid out so that place `first` stays where it was.
  lay(first) {
    [this.width, this.high] = [this.box.clientWidth, this.box.clientHeight];
    if (!this.width) return;
    const room = this.width - 2 * EDGE;
    const least = Math.min(this.cards ? Math.max(this.size, CARD) : this.size, room * 0.46);
    this.columns = this.alone ? 1 : Math.max(1, Math.floor((room + GAP) / (least + GAP)));
    this.tall = this.size + (this.bare ? 0 : FOOT) + (this.captions ? CAPTION : 0);
    this.pitch = this.tall + GAP;
    this.total = Math.ceil(this.n / this.columns) * this.pitch - GAP + 2 * EDGE;
    const { style } = this.grid;
    style.setProperty("--columns", this.columns);
    style.setProperty("--tall", `${this.tall}px`);
    style.setProperty("--size", `${this.size}px`);
    if (this.grows) {
      this.space.style.height = `${Math.max(this.total, 0)}px`;
      [this.high, this.top] = [this.total, 0];
    } else {
      this.length = Math.min(Math.max(this.total, 0), LONGEST);
      this.space.style.height = `${this.length}px`;
      this.go(Math.floor(first / this.columns) * this.pitch);
    }
    this.place();
  }

  // Shows the roll from `top` on; the bar stands where that share of the roll is.
  go(top) {
    this.top = Math.min(Math.max(0, top), Math.max(0, this.total - this.high));
    const share = this.total > this.high ? this.top / (this.total - this.high) : 0;
    this.bar = this.total > this.length ? Math.round(share * (this.length - this.high)) : this.top;
    this.box.scrollTop = this.bar;
    this.bar = this.box.scrollTop; // as the browser rounded it
    this.place();
  }

  scrolled() {
    if (!this.follow()) return;
    this.place();
    this.changed();
  }

  // Takes over where the bar is; whether it moved.
  follow() {
    const bar = this.box.scrollTop;
    const moved = bar - this.bar;
    if (!moved || this.grows) return false;
    this.bar = bar;
    if (this.total <= this.length) this.top = bar;
    else {
      const near = Math.abs(moved) < 3 * this.high;
      const share = bar / Math.max(1, this.length - this.high);
      this.top = near ? this.top + moved : share * (this.total - this.high);
      this.top = Math.min(Math.max(0, this.top), this.total - this.high);
      // When it rests the bar goes to where it belongs, so that no end is met too early.
      clearTimeout(this.resting);
      this.resting = setTimeout(() => this.go(this.top), 200);
    }
    return true;
  }

  place() {
    const [begin] = this.seen();
    const row = begin / this.columns;
    this.grid.style.transform = `translateY(${(this.grows ? 0 : this.bar - this.top) + row * this.pitch}px)`;
  }

  // First place that exists, and the one behind the last.
  seen() {
    if (!this.pitch) return [0, 0];
    const from = Math.max(0, Math.floor(this.top / this.pitch) - AROUND);
    const to = Math.ceil((this.top + this.high) / this.pitch) + AROUND;
    return [Math.min(from * this.columns, Math.max(0, this.n - 1)), Math.min(this.n, to * this.columns)].map((place, end) => (end ? place : place - (place % this.columns)));
  }

  // Brings a place into the window, and no farther than needed.
  show(place) {
    const row = Math.floor(place / this.columns);
    if (this.grows) return false;
    const [upper, lower] = [row * this.pitch, row * this.pitch + this.tall + 2 * EDGE];
    if (upper < this.top) this.go(upper);
    else if (lower > this.top + this.high) this.go(lower - this.high);
    else return true;
    this.changed();
    return true;
  }

  // Where a point of the window is on the roll.
  at(x, y) {
    const box = this.box.getBoundingClientRect();
    return [x - box.left - EDGE, y - box.top - EDGE + (this.grows ? 0 : this.top)];
  }

  // [first place, columns, rows, columns of the roll] of the tiles that a rectangle of the roll touches; null = none.
  block([x1, y1], [x2, y2]) {
    const wide = (this.width - 2 * EDGE + GAP) / this.columns;
    const [left, right] = [Math.min(x1, x2), Math.max(x1, x2)].map((x, end) => Math.floor((x + (end ? 0 : GAP)) / wide));
    const [upper, lower] = [Math.min(y1, y2), Math.max(y1, y2)].map((y, end) => Math.floor((y + (end ? 0 : GAP)) / this.pitch));
    const [first, last] = [Math.max(0, left), Math.min(this.columns - 1, right)];
    const [begin, end] = [Math.max(0, upper), Math.min(Math.ceil(this.n / this.columns) - 1, lower)];
    return last < first || end < begin ? null : [begin * this.columns + first, last - first + 1, end - begin + 1, this.columns];
  }

  dispose() {
    this.resized.disconnect();
    clearTimeout(this.resting);
  }
}
