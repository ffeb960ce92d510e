// Where the points are, in a grid: what is near the pointer, and which to draw when there are more than the browser should.

const STEPS = 65535; // positions are unsigned 16-bit; the last one twice = a point without a place
const CHUNK = 150000; // points between two breaths, so that building never holds up the page

class Crowd {
  constructor(xy) {
    this.xy = xy;
    this.n = xy.length / 2;
    this.side = Math.min(512, Math.max(8, Math.round(Math.sqrt(this.n / 12))));
    this.ready = false;
  }

  cell(at) {
    return ((this.xy[2 * at + 1] * this.side) >>> 16) * this.side + ((this.xy[2 * at] * this.side) >>> 16);
  }

  absent(at) {
    return this.xy[2 * at] === STEPS && this.xy[2 * at + 1] === STEPS;
  }

  // Sorts the points by cell. Within a cell they stand in an order that has nothing to do with that of the collection, so
  // that the first few of every cell are a fair sample.
  async build(isWanted) {
    const start = new Uint32Array(this.side ** 2 + 1);
    for (let begin = 0; begin < this.n; begin += CHUNK) {
      for (let at = begin; at < Math.min(this.n, begin + CHUNK); at += 1) if (!this.absent(at)) start[this.cell(at) + 1] += 1;
      await breath();
      if (!isWanted()) return;
    }
    for (let cell = 0; cell < this.side ** 2; cell += 1) start[cell + 1] += start[cell];
    const next = start.slice();
    const order = new Uint32Array(this.n);
    const step = coprime(this.n);
    for (let begin = 0, at = 0; begin < this.n; begin += CHUNK) {
      for (let turn = begin; turn < Math.min(this.n, begin + CHUNK); turn += 1) {
        if (!this.absent(at)) order[next[this.cell(at)]++] = at;
        at += step;
        if (at >= this.n) at -= this.n;
      }
      await breath();
      if (!isWanted()) return;
    }
    [this.start, this.order, this.ready] = [start, order, true];
  }

  // Rows and columns of the grid that a part of the map touches.
  range([left, lower, right, upper]) {
    const place = (value) => Math.min(this.side - 1, Math.max(0, Math.floor(value * this.side)));
    return [place(left), place(lower), place(right), place(upper)];
  }

  // The point nearest to a place, not farther away than `reach`; −1 = none.
  nearest(x, y, reach) {
    const [px, py] = [x * STEPS, y * STEPS];
    let best = (reach * STEPS) ** 2;
    let found = -1;
    const look = (at) => {
      const [dx, dy] = [this.xy[2 * at] - px, this.xy[2 * at + 1] - py];
      const away = dx * dx + dy * dy;
      if (away <= best && !this.absent(at)) [best, found] = [away, at];
    };
    if (!this.ready) {
      for (let at = 0; at < this.n; at += 1) look(at);
      return found;
    }
    const [west, south, east, north] = this.range([x - reach, y - reach, x + reach, y + reach]);
    for (let row = south; row <= north; row += 1) {
      const end = this.start[row * this.side + east + 1];
      for (let at = this.start[row * this.side + west]; at < end; at += 1) look(this.order[at]);
    }
    return found;
  }

  // Positions of at most about `most` points of a part of the map, and how many there are. Every cell gives its share, at
  // least one, so that no lone point vanishes; with a bigger share it gives the same ones and more.
  some(part, most) {
    if (!this.ready) {
      const every = Math.max(1, Math.ceil(this.n / most));
      return { ids: Uint32Array.from({ length: Math.floor((this.n - 1) / every) + 1 }, (_, at) => at * every), of: this.n };
    }
    const [west, south, east, north] = this.range(part);
    let of = 0;
    for (let row = south; row <= north; row += 1) of += this.start[row * this.side + east + 1] - this.start[row * this.side + west];
    const share = Math.min(1, most / Math.max(of, 1));
    const ids = new Uint32Array(Math.min(of, Math.ceil(of * share) + (north - south + 1) * (east - west + 1)));
    let count = 0;
    for (let row = south; row <= north; row += 1) {
      for (let cell = row * this.side + west; cell <= row * this.side + east; cell += 1) {
        const begin = this.start[cell];
        const taken = Math.ceil((this.start[cell + 1] - begin) * share);
        for (let at = begin; at < begin + taken; at += 1) ids[count++] = this.order[at];
      }
    }
    return { ids: ids.subarray(0, count), of };
  }

  // How many points are where, as a picture of one pixel a cell: the mean of their colours, stronger where more are.
  picture(codes, colours, grey) {
    const drawn = new ImageData(this.side, this.side);
    let most = 1;
    for (let cell = 0; cell < this.side ** 2; cell += 1) most = Math.max(most, this.start[cell + 1] - this.start[cell]);
    for (let cell = 0; cell < this.side ** 2; cell += 1) {
      const [begin, end] = [this.start[cell], this.start[cell + 1]];
      if (begin === end) continue;
      const told = Math.min(end, begin + 24);
      const sum = [0, 0, 0];
      for (let at = begin; at < told; at += 1) {
        const colour = colours[codes[this.order[at]] === GREY ? grey : codes[this.order[at]]];
        for (const channel of [0, 1, 2]) sum[channel] += colour[channel];
      }
      // Pictures begin at the top, the map at the bottom.
      const pixel = 4 * ((this.side - 1 - Math.floor(cell / this.side)) * this.side + cell % this.side);
      for (const channel of [0, 1, 2]) drawn.data[pixel + channel] = (255 * sum[channel]) / (told - begin);
      drawn.data[pixel + 3] = 30 + (150 * Math.log1p(end - begin)) / Math.log1p(most);
    }
    return drawn;
  }
}

function breath() {
  return new Promise((done) => { setTimeout(done); });
}

// A step near the golden section of n that meets every number below n.
function coprime(n) {
  const shared = (one, other) => (other ? shared(other, one % other) : one);
  let step = Math.max(1, Math.round(n * 0.618034));
  while (shared(step, n) !== 1) step += 1;
  return step % Math.max(n, 1);
}
