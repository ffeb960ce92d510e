// What the map fetches: every column once, and of a column that changed only what differs.

class Gone extends Error {}

class Column {
  // `differs`: of a newer one only what differs is fetched. `stays`: worth a place in the browser's cache, which what
  // changes with every act would fill.
  constructor({ differs = false, stays = false } = {}) {
    [this.differs, this.stays] = [differs, stays];
    this.wanted = this.held = this.bytes = null;
  }

  // Resolves when the column that was asked for last is here; what was asked for meanwhile is followed, not queued.
  async want(address) {
    this.wanted = address ?? null;
    while (this.held !== this.wanted) {
      this.busy ??= this.take(this.wanted);
      await this.busy;
    }
  }

  async take(address) {
    try {
      const bytes = await (address === null ? null : this.fetch(address));
      [this.held, this.bytes] = [address, bytes];
    } finally {
      this.busy = null;
    }
  }

  async fetch(address) {
    const from = this.differs && this.held ? `?from=${this.held.split("/").pop()}` : "";
    const answer = await fetch(address + from, { cache: this.stays ? "default" : "no-store" });
    if (!answer.ok) throw new Gone(`${answer.status}`);
    const sent = new Uint8Array(await answer.arrayBuffer());
    if (answer.headers.get("Taxon-Difference")) {
      const older = this.bytes;
      for (let at = 0; at < sent.length; at += 1) sent[at] ^= older[at];
    }
    return sent;
  }
}

// Bits of marked points, lowest first; no bytes = none is marked.
function marked(bytes, at) {
  return bytes !== null && (bytes[at >> 3] >> (at & 7) & 1) === 1;
}

// Positions of all marked points, at most `most` of them, evenly over the collection.
function marks(bytes, n, most = Infinity) {
  let count = 0;
  for (let at = 0; bytes && at < bytes.length; at += 1) for (let byte = bytes[at]; byte; byte &= byte - 1) count += 1;
  const every = Math.max(1, Math.ceil(count / most));
  const found = new Uint32Array(Math.ceil(count / every));
  for (let at = 0, seen = 0; seen < count && at < n; at += 1) {
    if (!bytes[at >> 3]) at |= 7;
    else if (marked(bytes, at)) {
      if (seen % every === 0) found[seen / every] = at;
      seen += 1;
    }
  }
  return found;
}
