// Where a name is typed: the names in use come up while typing, Enter takes the chosen one or what was typed.
class NameField {
  constructor(parent, take, leave) {
    this.take = take;
    this.leave = leave;
    this.names = [];
    this.box = node("div", "naming", parent);
    this.input = node("input", "", this.box, {
      type: "text", maxlength: "200", role: "combobox", "aria-label": "Name", "aria-autocomplete": "list", "aria-expanded": "false",
      "aria-controls": "names", autocomplete: "off", spellcheck: "false", enterkeyhint: "done",
    });
    this.list = node("div", "names", this.box, { role: "listbox", id: "names", "aria-label": "Names in use" });
    this.input.addEventListener("input", () => this.match());
    this.input.addEventListener("keydown", (event) => this.key(event));
    this.list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps its focus
    this.list.addEventListener("click", (event) => {
      const made = event.target.closest(".choice");
      if (made) this.give(made.dataset.name);
    });
    this.list.hidden = true;
  }

  get hidden() {
    return this.box.hidden;
  }

  place(wanted, words) {
    this.box.hidden = !wanted;
    this.input.placeholder = words;
  }

  open(text) {
    this.input.value = text;
    this.input.focus();
    this.match();
    return true;
  }

  close() {
    this.input.value = "";
    this.match();
  }

  match() {
    const typed = this.input.value.trim();
    const folded = typed.toLocaleLowerCase();
    const hits = folded ? this.names.filter((name) => name.toLocaleLowerCase().includes(folded)) : [];
    const starts = (name) => name.toLocaleLowerCase().startsWith(folded);
    hits.sort((one, other) => starts(other) - starts(one));
    this.exact = hits.find((name) => name.toLocaleLowerCase() === folded);
    const choices = hits.slice(0, 6).map((name) => ({ name, words: name }));
    if (typed && !this.exact) choices.unshift({ name: typed, words: `New name “${typed}”` });
    this.list.replaceChildren();
    this.choices = choices.map((choice, place) => {
      const made = node("div", "choice", this.list, { role: "option", id: `choice-${place}`, "data-name": choice.name });
      made.textContent = choice.words;
      return made;
    });
    this.aim(0);
    this.list.hidden = choices.length === 0;
    this.input.setAttribute("aria-expanded", String(choices.length > 0));
  }

  aim(place) {
    this.at = Math.min(this.choices.length - 1, Math.max(0, place));
    this.choices.forEach((made, each) => made.setAttribute("aria-selected", String(each === this.at)));
    if (this.choices[this.at]) this.input.setAttribute("aria-activedescendant", `choice-${this.at}`);
    else this.input.removeAttribute("aria-activedescendant");
  }

  key(event) {
    event.stopPropagation(); // keys in a field are about the field
    if (event.isComposing) return;
    if (event.key === "Escape") {
      this.close();
      this.leave();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") this.aim(this.at + (event.key === "ArrowDown" ? 1 : -1));
    else if (event.key === "Enter") {
      if (this.choices.length) this.give(this.exact ?? this.choices[this.at].dataset.name);
    } else return;
    event.preventDefault();
  }

  give(name) {
    this.take(name);
  }
}
