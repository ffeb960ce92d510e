// One of many: two buttons with the place between them, and the arrow keys. It counts itself, so that quick presses add
// up while Python still draws the first.

const FIELDS = "input, textarea, select, [contenteditable], [role=slider], [role=textbox]";

class Pager {
  constructor(root) {
    this.box = node("nav", "pager", root, { "aria-label": "Items of the gallery" });
    this.before = this.button("‹", "Previous item (Left arrow)", -1);
    this.words = node("span", "quiet", this.box, { role: "status" });
    this.after = this.button("›", "Next item (Right arrow)", 1);
    this.hear = (event) => this.key(event);
    this.place = this.n = 0;
    this.dialog = (root.getRootNode().host ?? root).closest?.("[role=dialog]");
    this.dialog?.addEventListener("keydown", this.hear);
  }

  button(sign, title, by) {
    const made = node("button", "", this.box, { type: "button", title, "aria-label": title });
    made.textContent = sign;
    made.addEventListener("click", () => this.turn(by));
    return made;
  }

  update(data) {
    this.n = data.n;
    if (settled(this, data)) this.place = data.place;
    this.say();
    this.held = data.ahead.map((address) => {
      const picture = new Image();
      picture.fetchPriority = "low";
      picture.src = address;
      return picture;
    });
  }

  say() {
    this.words.textContent = `${(this.place + 1).toLocaleString("en")} of ${this.n.toLocaleString("en")}`;
    // Not `disabled`: that would take the focus away from whoever presses the key at the last item.
    this.before.setAttribute("aria-disabled", String(this.place === 0));
    this.after.setAttribute("aria-disabled", String(this.place === this.n - 1));
  }

  turn(by) {
    const place = this.place + by;
    if (place < 0 || place >= this.n) return;
    this.place = place;
    this.say();
    tell(this, { kind: "turn", place });
  }

  key(event) {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (event.composedPath().some((one) => one.matches?.(FIELDS))) return;
    event.preventDefault();
    this.turn(by);
  }

  dispose() {
    this.dialog?.removeEventListener("keydown", this.hear);
  }
}

export default (component) => keep(component, Pager);
