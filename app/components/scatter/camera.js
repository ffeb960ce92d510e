// Which part of the map is seen. Units of the map: 0 … 1 along its longer side; it is kept for each layout in this tab.

const ZOOMS = [0.5, 400];

class Camera {
  constructor() {
    [this.x, this.y, this.zoom] = [0.5, 0.5, 1];
    [this.width, this.height] = [0, 0];
    this.extent = [1, 1];
  }

  // Goes to where this layout was looked at last, else shows all of it.
  begin(view) {
    this.view = view;
    this.home();
    try {
      const kept = JSON.parse(sessionStorage.getItem(`taxon-map-${view}`));
      if (view && [kept?.x, kept?.y, kept?.zoom].every(Number.isFinite)) ({ x: this.x, y: this.y, zoom: this.zoom } = kept);
    } catch { /* storage is switched off: begin with everything in view */ }
  }

  home() {
    [this.x, this.y, this.zoom] = [this.extent[0] / 2, this.extent[1] / 2, 1];
  }

  // The same place and the same size on another layout; all of it if all of it was seen. `before`: the sheet of the
  // older one, and how many pixels its unit had at zoom 1.
  carry(view, before, sheet) {
    this.view = view;
    const whole = this.zoom === 1;
    const fit = this.scale() / this.zoom;
    if (whole) {
      this.home();
      return;
    }
    [this.x, this.y] = [this.x, this.y].map((place, axis) => (place * before.sheet.span + before.sheet.low[axis] - sheet.low[axis]) / sheet.span);
    this.zoom = Math.min(ZOOMS[1], Math.max(ZOOMS[0], (this.zoom * before.fit * sheet.span) / (before.sheet.span * fit)));
    this.keep();
  }

  // A moment after the last move, because storing is slow and moves are many.
  keep() {
    clearTimeout(this.saving);
    this.saving = setTimeout(() => {
      try {
        if (this.view) sessionStorage.setItem(`taxon-map-${this.view}`, JSON.stringify({ x: this.x, y: this.y, zoom: this.zoom }));
      } catch { /* as above */ }
    }, 300);
  }

  // Pixels per unit of the map.
  scale() {
    const margin = this.width < 500 ? 0.9 : 0.88;
    const fit = Math.min(this.width / Math.max(this.extent[0], 0.05), this.height / Math.max(this.extent[1], 0.05));
    return fit * margin * this.zoom;
  }

  toScreen(x, y) {
    const scale = this.scale();
    return [this.width / 2 + (x - this.x) * scale, this.height / 2 - (y - this.y) * scale];
  }

  toMap(px, py) {
    const scale = this.scale();
    return [this.x + (px - this.width / 2) / scale, this.y - (py - this.height / 2) / scale];
  }

  // Left, lower, right and upper end of what is seen, and a little around it.
  seen() {
    const [left, upper] = this.toMap(-12, -12);
    const [right, lower] = this.toMap(this.width + 12, this.height + 12);
    return [left, lower, right, upper];
  }

  pan(dx, dy) {
    const scale = this.scale();
    this.x -= dx / scale;
    this.y += dy / scale;
  }

  zoomAt(px, py, factor) {
    const before = this.toMap(px, py);
    this.zoom = Math.min(ZOOMS[1], Math.max(ZOOMS[0], this.zoom * factor));
    const after = this.toMap(px, py);
    this.x += before[0] - after[0];
    this.y += before[1] - after[1];
  }
}
