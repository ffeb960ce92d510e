// Points on their way from the layout that was shown to the one that takes its place, so that an eye can follow them.

const GLIDE = 190; // milliseconds
const MOST_GLIDING = 200000; // points

class Glide {
  // `from` and `to`: positions in steps of their own sheet. null where nothing should move.
  static between(from, to) {
    const quiet = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (quiet || !from.xy || from.xy.length !== to.xy.length || to.xy.length / 2 > MOST_GLIDING) return null;
    return new Glide(from, to);
  }

  constructor(from, to) {
    this.to = to.xy;
    this.now = new Uint16Array(to.xy.length);
    const scale = from.sheet.span / to.sheet.span;
    const shift = [0, 1].map((axis) => ((from.sheet.low[axis] - to.sheet.low[axis]) / to.sheet.span) * STEPS);
    this.from = new Float32Array(to.xy.length);
    for (let at = 0; at < to.xy.length; at += 1) {
      const absent = from.xy[at | 1] === STEPS && from.xy[at & ~1] === STEPS;
      this.from[at] = absent ? to.xy[at] : from.xy[at] * scale + shift[at & 1];
    }
  }

  // Where all points are now; null when they have arrived.
  at(now) {
    this.begun ??= now;
    const share = (now - this.begun) / GLIDE;
    if (share >= 1) return null;
    const done = share * share * (3 - 2 * share);
    const { from, to } = this;
    for (let at = 0; at < to.length; at += 2) {
      const absent = to[at] === STEPS && to[at + 1] === STEPS;
      for (const axis of [at, at + 1]) {
        const place = from[axis] + (to[axis] - from[axis]) * done;
        this.now[axis] = absent ? STEPS : Math.min(STEPS - 1, Math.max(0, place));
      }
    }
    return this.now.subarray(0); // another object, so that the painter sees that it changed
  }
}
