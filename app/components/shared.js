// What our components share: one object per place on the page that survives reruns, numbered events, colours of the theme.

// Milliseconds until what was not heard is sent again; then twice as long, and so on, but never longer than this.
const [PATIENCE, MOST_PATIENCE] = [3000, 30000];
const held = new WeakMap();

// Gives every mount one object of class `Kind` and tells it each new `data`; its nodes are made once and reused.
function keep(component, Kind) {
  const root = component.parentElement;
  let view = held.get(root);
  if (!view) {
    node("style", "", root).textContent = STYLE;
    view = Object.assign(new Kind(root), { seq: 0, outbox: [] });
    held.set(root, view);
  }
  view.link = component;
  heard(view, component.data);
  deliver(view, component.data);
  return () => setTimeout(() => {
    if (!root.isConnected && held.get(root) === view) {
      held.delete(root);
      clearTimeout(view.resend);
      view.dispose();
    }
  });
}

// What is too big for a message lies beside it at an address. Only the latest message is shown, once all of it is here.
async function deliver(view, data) {
  view.latest = data;
  if (!data.beside) {
    view.update(data);
    return;
  }
  let { fetched } = view;
  if (fetched?.from !== data.beside) {
    try {
      const answer = await fetch(data.beside, { cache: "no-store" });
      if (answer.status === 404 && view.lost !== data.beside) {
        view.lost = data.beside;
        tell(view, { kind: "lost" }); // it is not kept any more: the next run puts it there again
        return;
      }
      if (!answer.ok) throw new Error(`${answer.status}`);
      fetched = { from: data.beside, told: await answer.json() };
    } catch {
      // A lost connection comes back.
      if (view.latest === data) setTimeout(() => { if (view.latest === data) deliver(view, data); }, 2000);
      return;
    }
  }
  if (view.latest !== data) return;
  view.fetched = fetched;
  view.update({ ...data, ...fetched.told });
}

// Tells Python what the person did. An event is kept until its number comes back in `data.seq`, so that none is lost in
// between and an older answer never overwrites what she has done since.
function tell(view, event) {
  view.seq += 1;
  view.outbox.push({ ...event, seq: view.seq });
  view.patience = PATIENCE;
  send(view);
}

function send(view) {
  clearTimeout(view.resend);
  view.link.setTriggerValue("event", { events: view.outbox });
  if (!view.outbox.length) return;
  view.resend = setTimeout(() => send(view), view.patience);
  view.patience = Math.min(2 * view.patience, MOST_PATIENCE);
}

// What another session was told is not this one's to do.
function heard(view, data) {
  if (view.session !== data.session) [view.session, view.seq, view.outbox] = [data.session, data.seq, []];
  view.outbox = view.outbox.filter(({ seq }) => seq > data.seq);
  if (!view.outbox.length) clearTimeout(view.resend);
}

function settled(view, data) {
  return data.seq >= view.seq;
}

function node(tag, className, parent, attributes = {}) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent?.append(made);
  return made;
}

function themeOf(element) {
  const style = getComputedStyle(element);
  const read = (name) => style.getPropertyValue(name).trim();
  const probe = node("span", "", element.shadowRoot ?? element);
  const rgb = (value) => {
    probe.style.color = value;
    return (getComputedStyle(probe).color.match(/[\d.]+/g) ?? [0, 0, 0]).slice(0, 3).map(Number);
  };
  const background = rgb(read("--st-background-color") || "#fff");
  const theme = {
    dark: background[0] * 0.3 + background[1] * 0.59 + background[2] * 0.11 < 128,
    background,
    ink: rgb(read("--st-text-color") || "#111"),
    accent: rgb(read("--st-primary-color") || "#44c"),
    font: read("--st-font") || "sans-serif",
  };
  probe.remove();
  element.style.colorScheme = theme.dark ? "dark" : "light"; // the browser's own boxes and scroll bars
  return theme;
}

function coloursOf(palette, theme) {
  return theme.dark ? palette.dark : palette.light;
}

function colourOf(colours, code) {
  return code < 0 ? colours[colours.length - 1] : colours[code % (colours.length - 1)];
}
