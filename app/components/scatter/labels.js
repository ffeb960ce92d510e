// The clusters' names on the map: where they fit at this zoom, the most important first, none over another or below a tool.

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

  // `taken`: [left, upper, right, lower] of what lies over the map.
  draw(pen, camera, sheet, hex, theme, taken) {
    this.drawn = [];
    const paper = `rgb(${theme.background.join(" ")} / 0.86)`;
    const font = `600 12px ${theme.font}`;
    if (font !== this.font) [this.font, this.widths] = [font, new Map()];
    pen.font = font;
    pen.textBaseline = "middle";
    const most = (camera.width * camera.height) / ROOM;
    for (const [left, lower, text, colour, cluster, size] of this.all) {
      if (this.drawn.length >= most) break;
      const [x, middle] = camera.toScreen((left - sheet.low[0]) / sheet.span, (lower - sheet.low[1]) / sheet.span);
      if (x < 0 || middle < 10 || x > camera.width || middle > camera.height - 10) continue;
      const wide = this.width(pen, text);
      const [from, to] = [x - wide / 2 - 12, x + wide / 2 + 6];
      const y = clear(from, to, middle, taken, camera.height);
      const room = [from, y - 10, to, y + 10];
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

// The nearest height at which a name is not below anything that lies over the map.
function clear(from, to, y, taken, height) {
  for (const [left, upper, right, lower] of taken) {
    if (from < right && left < to && y - 10 < lower && upper < y + 10) return upper + lower < height ? lower + 12 : upper - 12;
  }
  return y;
}
