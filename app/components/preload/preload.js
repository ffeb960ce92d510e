// Asks for pictures before they are shown. The decoded ones are held until others are asked for, so the next card has
// them at once; a connection that should be saved is left alone.
class Preload {
  constructor(root) {
    // An element without height would still leave the page's gap above it.
    const place = root.getRootNode().host ?? root;
    place.closest?.('[data-testid="stElementContainer"]')?.style.setProperty("display", "none");
    this.held = [];
  }

  update(data) {
    if (navigator.connection?.saveData) return;
    this.held = data.addresses.map((address) => {
      const picture = new Image();
      picture.fetchPriority = "low";
      picture.src = address;
      picture.decode().catch(() => {}); // what cannot be fetched now is asked for again by the card
      return picture;
    });
  }

  dispose() {
    this.held = [];
  }
}

export default (component) => keep(component, Preload);
