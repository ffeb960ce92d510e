// Where tiles come from: with the message when they are few, else in windows, of which the nearest ones are kept.

const WINDOW = 48; // tiles
const KEPT = 30; // windows
const LATER = 1500; // milliseconds until what could not be fetched is asked for again

class Windows {
  // `address` of the windows, or all `tiles`.
  constructor({ n, windows, revision, tiles, palette }) {
    [this.n, this.address, this.revision, this.palette] = [n, windows, revision, palette];
    this.given = tiles;
    this.held = new Map();
    this.asked = new Map();
  }

  at(place) {
    return this.given ? this.given[place] : this.held.get(Math.floor(place / WINDOW))?.[place % WINDOW];
  }

  // Resolves when all places from `first` to before `end` are here. Throws `Gone` for an order that is not kept any more.
  async want(first, end) {
    if (this.given || !this.n) return;
    const numbers = [];
    for (let number = Math.floor(first / WINDOW); number * WINDOW < Math.min(end, this.n); number += 1) numbers.push(number);
    await Promise.all(numbers.map((number) => this.held.has(number) || (this.asked.get(number) ?? this.ask(number))));
    const middle = (first + end) / 2 / WINDOW;
    const far = [...this.held.keys()].sort((one, other) => Math.abs(other - middle) - Math.abs(one - middle));
    for (const number of far.slice(0, Math.max(0, far.length - KEPT))) this.held.delete(number);
  }

  ask(number) {
    const asked = this.fetch(number).finally(() => this.asked.delete(number));
    this.asked.set(number, asked);
    return asked;
  }

  async fetch(number) {
    const answer = await fetch(`${this.address}/${number * WINDOW}/${WINDOW}?r=${this.revision}`, { cache: "no-store" });
    if (answer.status === 404) throw new Gone("404");
    if (!answer.ok) throw new Error(`${answer.status}`);
    const told = await answer.json();
    this.palette = told.palette;
    this.held.set(number, told.tiles);
  }
}
