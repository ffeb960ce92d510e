// One tile: a picture in its own shape, or a card of text; all words are text.

// The words that were searched for, marked.
function written(place, text, words) {
  place.replaceChildren();
  const folded = text.toLowerCase();
  let from = 0;
  while (from < text.length) {
    let at = -1;
    let length = 0;
    for (const word of words) {
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

class Tile {
  constructor(place) {
    this.node = node("div", "tile waits", null, {
      role: "option", id: `tile-${place}`, "data-place": place, "aria-posinset": place + 1, "aria-selected": "false",
    });
    this.frame = node("div", "frame", this.node);
    this.node.setAttribute("aria-label", `Item ${place + 1}`);
  }

  // What is there already stays: a picture that is the same is not fetched again.
  fill(tile, words) {
    if (tile === this.tile && words === this.words) return;
    const same = this.tile?.row === tile.row && this.tile?.picture === tile.picture;
    [this.tile, this.words] = [tile, words];
    const made = this.node;
    made.className = "tile";
    made.setAttribute("aria-label", [tile.title || tile.text, tile.cluster, tile.mark].filter(Boolean).join(", ") || `Item ${tile.row + 1}`);
    if (tile.title) made.title = tile.title;
    if (!this.foot) this.finish();
    if (!tile.picture) this.text(this.frame, tile.text || tile.title);
    else if (!same) this.picture(tile.picture);
    if (tile.picture && tile.text) {
      this.caption ??= node("div", "caption", null);
      this.frame.after(this.caption);
      written(this.caption, tile.text, words);
    } else this.caption?.remove();
    [this.name.textContent, this.mark.textContent] = [tile.cluster, tile.mark];
  }

  finish() {
    this.foot = node("div", "foot", this.node);
    this.name = node("span", "name", this.foot);
    this.mark = node("span", "mark quiet", this.foot);
    node("span", "tick", this.node, { "aria-hidden": "true" }).textContent = "✓";
    node("button", "zoom", this.node, { tabindex: "-1", title: "Open (Enter)", "aria-label": "Open" }).textContent = "⤢";
  }

  picture(address) {
    this.frame.className = "frame";
    const picture = node("img", "", null, { loading: "lazy", decoding: "async", draggable: "false", alt: "" });
    picture.addEventListener("error", () => this.text(this.frame, "This picture cannot be shown.", "words quiet"));
    picture.src = address;
    this.frame.replaceChildren(picture);
  }

  text(frame, text, kind = "words") {
    frame.className = "frame card";
    frame.replaceChildren();
    written(node("div", kind, frame), text, this.words);
  }

  paint(colours, selected, active, n) {
    this.node.setAttribute("aria-setsize", n);
    if (this.tile) this.node.style.setProperty("--colour", colourOf(colours, this.tile.colour));
    this.node.setAttribute("aria-selected", String(selected));
    this.node.classList.toggle("active", active);
  }
}
