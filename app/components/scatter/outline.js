// The line that a person draws: as few corners as say the same, because it travels.

const NEAR_ENOUGH = 0.6; // pixels

// Douglas and Peucker 1973 (doi:10.3138/FM57-6770-U75U-7727): corners of a line on the screen that stay.
function simplified(line) {
  const stays = new Uint8Array(line.length);
  stays[0] = stays[line.length - 1] = 1;
  const parts = [[0, line.length - 1]];
  while (parts.length) {
    const [first, last] = parts.pop();
    const [[x0, y0], [x1, y1]] = [line[first], line[last]];
    const length = Math.hypot(x1 - x0, y1 - y0);
    let [farthest, most] = [-1, NEAR_ENOUGH];
    for (let at = first + 1; at < last; at += 1) {
      const [x, y] = line[at];
      // Where a line returns to its beginning its ends say no direction: the way from them counts.
      const away = length > 1 ? Math.abs((x1 - x0) * (y0 - y) - (x0 - x) * (y1 - y0)) / length : Math.hypot(x - x0, y - y0);
      if (away > most) [farthest, most] = [at, away];
    }
    if (farthest < 0) continue;
    stays[farthest] = 1;
    parts.push([first, farthest], [farthest, last]);
  }
  return line.filter((_, at) => stays[at]);
}

// "add" with Shift, "remove" with Alt, "within" with both.
function howOf(event) {
  if (event.shiftKey && event.altKey) return "within";
  return event.shiftKey ? "add" : event.altKey ? "remove" : "set";
}
