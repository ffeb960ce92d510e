// A box drawn over the tiles with the mouse: what it touches is caught. At the edges the roll moves on.

const FAR = 6; // pixels that a click may slip
const PULL = 28; // pixels from an edge where the roll begins to move

class Net {
  // `caught(block, how)` hears of every change while it is drawn, and of the end with `done`.
  constructor(box, roll, caught) {
    [this.box, this.roll, this.caught] = [box, roll, caught];
    this.drawn = node("div", "net", box.parentElement, { "aria-hidden": "true" });
    box.addEventListener("pointerdown", (event) => this.down(event));
    box.addEventListener("pointermove", (event) => this.move(event));
    box.addEventListener("pointerup", (event) => this.end(event));
    box.addEventListener("pointercancel", () => this.drop());
    // The click that ends a box is none.
    box.addEventListener("click", (event) => {
      if (!this.swallow) return;
      this.swallow = false;
      event.stopPropagation();
    }, true);
  }

  down(event) {
    this.swallow = false;
    // A finger scrolls; the scroll bar is the browser's.
    if (event.button || event.pointerType === "touch" || event.offsetX > this.box.clientWidth && event.target === this.box) return;
    this.from = this.roll.at(event.clientX, event.clientY);
    this.press = [event.clientX, event.clientY];
  }

  move(event) {
    if (!this.from) return;
    this.last = event;
    if (!this.on) {
      if (Math.hypot(event.clientX - this.press[0], event.clientY - this.press[1]) < FAR) return;
      this.on = true;
      this.box.setPointerCapture(event.pointerId);
      this.step();
    }
    this.draw();
  }

  // One move of the roll a frame, as long as the pointer is at an edge.
  step() {
    if (!this.on) return;
    const box = this.box.getBoundingClientRect();
    const over = Math.min(0, this.last.clientY - box.top - PULL) + Math.max(0, this.last.clientY - box.bottom + PULL);
    if (over && !this.roll.grows) {
      this.roll.go(this.roll.top + Math.max(-40, Math.min(40, over / 2)));
      this.roll.changed();
      this.draw();
    }
    requestAnimationFrame(() => this.step());
  }

  draw() {
    const to = this.roll.at(this.last.clientX, this.last.clientY);
    this.block = this.roll.block(this.from, to);
    const [left, right] = [Math.min(this.from[0], to[0]), Math.max(this.from[0], to[0])];
    const [upper, lower] = [Math.min(this.from[1], to[1]), Math.max(this.from[1], to[1])];
    const shift = EDGE - (this.roll.grows ? 0 : this.roll.top);
    Object.assign(this.drawn.style, {
      display: "block", left: `${left + EDGE}px`, top: `${upper + shift}px`, width: `${right - left}px`, height: `${lower - upper}px`,
    });
    this.caught(this.block, netHow(this.last), false);
  }

  end(event) {
    const { on, block } = this;
    if (on) this.swallow = true;
    this.drop();
    if (on) this.caught(block, netHow(event), true);
  }

  drop() {
    this.from = null;
    this.on = false;
    this.drawn.style.display = "none";
  }
}

function netHow(event) {
  if (event.altKey) return "remove";
  return event.shiftKey || event.ctrlKey || event.metaKey ? "add" : "set";
}
