const QUIET = 150; // milliseconds in which a new card takes no answer: the key was meant for the one before
const LETTERS = 700; // milliseconds after a letter that is a key, in which another letter is one too many
const WAIT = 300; // milliseconds that the pictures of the next card may take before it is shown without them
const LATE = 15000; // milliseconds before an answer that nobody acknowledged is said to be late

class Card {
  constructor(root) {
    this.box = node("section", "card", root, { "aria-label": "Question", tabindex: "-1" });
    this.stage = node("div", "stage", this.box);
    const side = node("div", "side", this.box);
    this.asks = node("h2", "", side);
    this.why = node("p", "quiet", side);
    this.worth = node("p", "worth", side);
    this.hint = node("p", "hint", side);
    this.answers = node("div", "answers", side, { role: "group", "aria-label": "Answers" });
    this.field = new NameField(side, (text) => this.named(text), () => this.box.focus());
    this.others = node("div", "others", side);
    this.late = node("div", "late", side);
    this.done = node("div", "done", side);
    this.panel = new Panel(side);
    this.live = node("div", "hidden-text", this.box, { role: "status", "aria-live": "polite" });
    this.items = new Items(this.stage, (place) => this.marked(place), () => this.wordMain());
    this.turn = 0;
    this.readyAt = 0;
    this.letterAt = -Infinity;
    this.onKey = (event) => this.press(event);
    document.addEventListener("keydown", this.onKey, true); // before the page's own keys: R would run it again
  }

  update(data) {
    this.latest = data;
    this.box.style.setProperty("--height", data.height);
    if (!settled(this, data)) return;
    clearTimeout(this.timer);
    if (data.card.key === this.key && data.card.revision === this.card.revision) {
      this.free();
      this.tellDone(data.done);
    } else this.take(data);
    this.panel.show(data.panel);
  }

  // The card before stays, dimmed, until the pictures of this one are here: the page is never blank.
  async take(data) {
    const turn = ++this.turn;
    const first = this.key === undefined;
    const pictures = data.card.tiles.filter((tile) => tile.picture).map((tile) => {
      const image = new Image();
      image.src = tile.picture;
      return image.decode().catch(() => {});
    });
    if (!first) await Promise.race([Promise.all(pictures), new Promise((go) => setTimeout(go, WAIT))]);
    if (turn !== this.turn) return;
    this.show(data);
    this.free();
    this.readyAt = first ? 0 : performance.now() + QUIET;
  }

  show(data) {
    // Who has just chosen what to review goes on with keys: they are meant for the card, not for the box of the choice.
    const chosen = data.deck !== this.deck && document.activeElement?.matches('[role="combobox"]');
    const inside = chosen || this.box.contains(this.box.getRootNode().activeElement);
    this.deck = data.deck;
    this.card = data.card;
    this.key = data.card.key;
    this.box.dataset.kind = this.card.kind;
    this.box.dataset.card = this.key;
    this.asks.textContent = this.card.question;
    this.why.textContent = this.card.why;
    this.worth.textContent = this.card.worth;
    this.items.show(this.card);
    this.saying = "name";
    this.field.close();
    this.field.names = data.names;
    this.draw();
    this.tellDone(data.done);
    this.stage.scrollTop = 0;
    if (inside) this.box.focus({ preventScroll: true });
    this.live.textContent = [data.done.text, this.card.question, this.card.aloud].filter(Boolean).join(" ");
    if (this.tooFast && this.letter) this.warn();
    this.tooFast = false;
  }

  // The buttons as they fit what is marked now.
  draw() {
    const { kind, suggestions } = this.card;
    const relabel = kind === "accept" && this.items.marks.has(this.items.active);
    this.answers.replaceChildren();
    this.others.replaceChildren();
    this.hint.textContent = this.card.hint;
    this.main = kind === "accept" ? this.button(this.answers, "Enter", "", () => this.accept(), "main") : null;
    this.wordMain();
    if (relabel) node("p", "hint", this.answers).textContent = "What is the marked one? Leave it open if you do not know.";
    if (kind === "check" || kind === "name" || relabel) {
      suggestions.forEach((name, place) => {
        const first = kind === "name" && place === 0;
        const words = first ? this.allWords(name.text) : name.text;
        const made = this.button(this.answers, first ? "Enter" : String(place + 1), words, () => this.named(name.text), first ? "main" : "");
        if (name.fresh) node("span", "tag", made).textContent = "new";
      });
    }
    this.field.place(kind === "check" || kind === "name" || relabel, relabel ? "Another name" : "New name: just type");
    if (kind === "merge" || kind === "split") {
      this.button(this.answers, "Y", this.card.yes, () => this.say({ answer: "yes" }), "main");
      this.button(this.answers, "N", this.card.no, () => this.say({ answer: "no" }));
    }
    if (kind === "name") {
      if (this.items.marks.size) this.saying = "name";
      this.ofPart("-", "most", "Most are …"); // no letters: a name follows
      this.ofPart(".", "first", "The first is …");
      if (this.card.whole) this.button(this.others, "M", "Mixed", () => this.say({ answer: "mixed" }));
    }
    if (kind === "check" || kind === "name") this.button(this.others, "U", "Cannot be said", () => this.say({ answer: "unknown" }));
    this.button(this.others, "S", "Skip", () => this.say({ answer: "skip" }));
  }

  // Pressed, the name that follows is said of a part of what is shown; pressed again, of all.
  ofPart(key, answer, words) {
    const made = this.button(this.others, key, words, () => {
      this.saying = this.saying === answer ? "name" : answer;
      this.items.clear();
      this.draw();
    });
    made.setAttribute("aria-pressed", String(this.saying === answer));
  }

  allWords(name) {
    const { size } = this.items.marks;
    if (this.saying === "most") return `Most are “${name}”`;
    if (this.saying === "first") return `The first is “${name}”`;
    return `${size ? `The other ${this.card.tiles.length - size}` : "All"} are “${name}”`;
  }

  wordMain() {
    if (!this.main) return;
    const { unseen, marks } = this.items;
    const right = this.card.tiles.length - marks.size;
    const rest = right === 1 ? "1 item" : `${right} items`;
    const accept = marks.size ? `Accept ${rest}, ${marks.size} wrong` : `Accept ${rest}`;
    this.main.lastChild.textContent = this.main.title = unseen ? `Show ${unseen} more` : accept;
  }

  button(parent, keys, words, act, className = "") {
    const made = node("button", `answer ${className}`, parent, { type: "button", "aria-keyshortcuts": keys });
    node("kbd", "", made, { "aria-hidden": "true" }).textContent = keys === "Enter" ? "⏎" : keys;
    node("span", "words", made).textContent = words;
    made.title = words;
    made.addEventListener("click", () => this.ready() && act());
    return made;
  }

  tellDone(done) {
    this.done.replaceChildren();
    if (done.text) node("span", "quiet", this.done).textContent = done.text === done.undo ? "✓ Stored" : `✓ ${done.text}`;
    if (!done.undo) return;
    const made = this.button(this.done, "Z", `Undo: ${done.undo}`, () => this.undo());
    made.classList.add("small");
  }

  ready() {
    return !this.pending && this.card && performance.now() >= this.readyAt;
  }

  named(text) {
    if (this.card.kind === "accept") {
      this.items.relabel(text);
      this.field.close();
      this.box.focus({ preventScroll: true });
      return this.draw();
    }
    if (this.card.kind === "name" && this.items.marks.size === this.card.tiles.length) {
      this.hint.textContent = "Everything is marked. Say what most of them are, or the first.";
      return undefined;
    }
    if (this.saying !== "name") return this.say({ answer: this.saying, text }, `“${text}”`);
    return this.say({ answer: "name", text, marked: [...this.items.marks.keys()] }, `“${text}”`);
  }

  accept() {
    if (this.items.unseen) this.items.showMore();
    else this.say({ answer: "accept", wrong: [...this.items.marks] });
  }

  marked(place) {
    if (!this.ready()) return;
    this.items.toggle(place);
    this.field.close();
    this.draw();
  }

  say(answer, words = "") {
    if (this.ready()) this.send({ kind: "answer", card: this.key, ...answer }, words ? `Storing ${words} …` : "Storing …");
  }

  undo() {
    if (this.ready()) this.send({ kind: "undo" }, "Taking back …");
  }

  send(event, words) {
    this.pending = true;
    this.box.classList.add("pending");
    this.box.setAttribute("aria-busy", "true");
    this.done.replaceChildren();
    node("span", "quiet", this.done).textContent = words;
    tell(this, event);
    this.timer = setTimeout(() => this.tellLate(), LATE);
  }

  tellLate() {
    this.late.replaceChildren();
    node("p", "", this.late).textContent = "Nothing has come back yet. Is the server still there? The answer is kept until it is stored.";
    const made = node("button", "answer", this.late, { type: "button" });
    node("span", "words", made).textContent = "Send the answer again";
    made.addEventListener("click", () => {
      this.late.replaceChildren();
      send(this);
      this.timer = setTimeout(() => this.tellLate(), LATE);
    });
  }

  free() {
    this.pending = false;
    this.late.replaceChildren();
    this.box.classList.remove("pending");
    this.box.removeAttribute("aria-busy");
  }

  press(event) {
    const target = event.composedPath()[0];
    if (!this.box.isConnected || event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (document.querySelector('[data-testid="stDialog"], [data-testid="stPopoverBody"]')) return;
    if (target.closest?.("input, textarea, select, [contenteditable=true]")) return;
    if ((event.key === "Enter" || event.key === " ") && target.closest?.("button, a, [role=button], summary")) return;
    if (target !== document.body && !this.box.contains(target) && !/^.$/u.test(event.key)) return;
    if (!this.card) return;
    if (this.pending ? this.between(event) : this.act(event)) {
      event.preventDefault();
      event.stopImmediatePropagation();
    }
  }

  // Letters between two cards: the rest of a name of which the first letter was taken for an answer.
  between(event) {
    if (!/^\p{L}$/u.test(event.key)) return false;
    this.letterAt = performance.now();
    this.tooFast ||= event.key.toUpperCase() !== this.letter;
    return true;
  }

  act(event) {
    const { kind } = this.card;
    const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
    if (this.items.key(event)) {
      this.draw();
      return true;
    }
    if (!event.repeat && !this.ready() && this.goesOn(event)) {
      this.warn(); // the next card came faster than the rest of the name
      return true;
    }
    if (event.repeat || !this.ready()) return event.key === " ";
    if (kind === "name" && key === "1") return this.click("Enter");
    if (this.click(key)) return true;
    const takesName = !this.field.hidden;
    if (takesName && (key === "Enter" || key === "/")) return this.field.open("");
    if (takesName && /^[\p{L}\p{M}]$/u.test(event.key)) {
      if (performance.now() - this.letterAt < LETTERS) this.warn();
      else this.field.open(event.key);
      return true;
    }
    return false;
  }

  // Whether this letter follows one that was taken for an answer.
  goesOn(event) {
    const soon = this.letter && performance.now() - this.letterAt < LETTERS;
    return soon && /^\p{L}$/u.test(event.key) && event.key.toUpperCase() !== this.letter;
  }

  // Presses the button that says this key. Who types a name that begins with one of the letters is told so.
  click(key) {
    const made = [...this.box.querySelectorAll(".answer")].find((one) => one.getAttribute("aria-keyshortcuts") === key);
    if (!made) return false;
    if (/^\p{L}$/u.test(key)) {
      const soon = performance.now() - this.letterAt < LETTERS;
      if (soon && this.letter !== key) {
        this.warn();
        return true;
      }
      this.letterAt = performance.now();
      this.letter = key;
    } else this.letter = "";
    made.click();
    return true;
  }

  warn() {
    this.letterAt = performance.now();
    this.hint.textContent = `${this.letter} alone is an answer. For a name that begins with ${this.letter} press / first, then type; Z takes back.`;
    this.live.textContent = this.hint.textContent;
  }

  dispose() {
    document.removeEventListener("keydown", this.onKey, true);
    this.items.watch.disconnect();
    clearTimeout(this.timer);
  }
}

export default (component) => keep(component, Card);
