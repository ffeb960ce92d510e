// The clusters' names on the map: where they fit at this zoom, the most important first, none over another.

const ROOM = 15000; // square pixels of map for each name, so that the points stay the picture

class Labels {
  constructor() {
    this.all = [];
    this.widths = new Map();
    this.drawn = [];
  }

  // `told`: JSON of [x, y, words, colour, cluster, size], in the map's own coordinates.
  read(bytes) {
    this.all = bytes ? JSON.parse(new TextDecoder().decode(bytes)) : [];
  }

  width(pen, text) {
    if (!this.widths.has(text)) this.widths.set(text, pen.measureText(text).width);
    return this.widths.get(text);
  }

  draw(pen, camera, sheet, hex, theme) {
    this.drawn = [];
    const paper = `rgb(${theme.background.join(" ")} / 0.86)`;
    const font = `600 12px ${theme.font}`;
    if (font !== this.font) [this.font, this.widths] = [font, new Map()];
    pen.font = font;
    pen.textBaseline = "middle";
    const most = (camera.width * camera.height) / ROOM;
    for (const [left, lower, text, colour, cluster, size] of this.all) {
      if (this.drawn.length >= most) break;
      const [x, y] = camera.toScreen((left - sheet.low[0]) / sheet.span, (lower - sheet.low[1]) / sheet.span);
      if (x < 0 || y < 10 || x > camera.width || y > camera.height - 10) continue;
      const wide = this.width(pen, text);
      const room = [x - wide / 2 - 12, y - 10, x + wide / 2 + 6, y + 10];
      if (room[0] < 0 || room[2] > camera.width) continue;
      if (this.drawn.some(({ room: other }) => room[0] < other[2] && other[0] < room[2] && room[1] < other[3] && other[1] < room[3])) continue;
      this.drawn.push({ room, cluster, text, size });
      pen.fillStyle = paper;
      pen.beginPath();
      pen.roundRect(room[0], room[1], room[2] - room[0], 20, 5);
      pen.fill();
      pen.fillStyle = colourOf(hex, colour);
      pen.beginPath();
      pen.arc(room[0] + 8, y, 3.5, 0, 7);
      pen.fill();
      pen.fillStyle = `rgb(${theme.ink.join(" ")})`;
      pen.fillText(text, room[0] + 15, y + 0.5);
    }
  }

  // The name of a cluster under the pointer.
  at(px, py) {
    return this.drawn.find(({ room, cluster }) => cluster && px >= room[0] && px <= room[2] && py >= room[1] && py <= room[3]);
  }

  // The same for those who do not see the map.
  table(body) {
    const rows = this.all.map(([, , text, , , size]) => {
      const row = document.createElement("tr");
      node("th", "", row, { scope: "row" }).textContent = text;
      node("td", "", row).textContent = `${size.toLocaleString("en")} items`;
      return row;
    });
    body.replaceChildren(...rows);
  }
}
