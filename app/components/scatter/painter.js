// Draws points with WebGL: lists of positions, one after the other, so that the selected ones lie on top and are ringed.

const GREY = 255;
const VERTEX = `#version 300 es
in vec2 place; in uint code;
uniform vec2 middle; uniform vec2 scale; uniform float size; uniform float ring; uniform float pale; uniform vec3 colours[64]; uniform uint grey;
flat out vec3 colour;
void main() {
  gl_Position = place == vec2(1.0) ? vec4(2.0, 2.0, 2.0, 1.0) : vec4((place - middle) * scale, 0.0, 1.0);
  gl_PointSize = size + 2.0 * ring + 1.0;
  colour = mix(colours[code == 255u ? grey : code], colours[grey], pale);
}`;
const FRAGMENT = `#version 300 es
precision highp float;
flat in vec3 colour;
uniform float size; uniform float ring; uniform float strength; uniform vec3 ink; uniform vec3 paper;
out vec4 shade;
void main() {
  float whole = size + 2.0 * ring + 1.0;
  float away = length(gl_PointCoord - 0.5) * whole;
  float edge = (whole - 1.0) * 0.5;
  float cover = clamp(edge + 0.5 - away, 0.0, 1.0);
  if (cover <= 0.0) discard;
  vec3 seen = colour;
  if (ring > 0.0) {
    // A line of ink around the point; where there is room, with a line of paper between.
    seen = mix(colour, paper, clamp(away - size * 0.5 + 0.5, 0.0, 1.0));
    seen = mix(seen, ink, clamp(away - (edge - min(ring, 1.5)) + 0.5, 0.0, 1.0));
  }
  shade = vec4(seen, 1.0) * (cover * strength);
}`;
const UNIFORMS = ["middle", "scale", "size", "ring", "strength", "pale", "colours", "grey", "ink", "paper"];

function channels(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
}

class Painter {
  // null where the browser has no WebGL 2.
  static on(canvas) {
    const gl = canvas.getContext("webgl2", { antialias: false, alpha: true, premultipliedAlpha: true });
    return gl && new Painter(canvas, gl);
  }

  constructor(canvas, gl) {
    this.gl = gl;
    this.build();
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => {
      const [xy, codes] = [this.xy, this.codes];
      this.xy = this.codes = null;
      this.build();
      if (xy) this.load(xy, codes);
      if (this.last) this.paint(...this.last);
    });
  }

  build() {
    const { gl } = this;
    const program = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, source);
      gl.compileShader(shader);
      gl.attachShader(program, shader);
    }
    gl.linkProgram(program);
    gl.useProgram(program);
    this.at = Object.fromEntries(UNIFORMS.map((name) => [name, gl.getUniformLocation(program, name)]));
    this.buffers = ["place", "code"].map((name) => {
      const [buffer, at] = [gl.createBuffer(), gl.getAttribLocation(program, name)];
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.enableVertexAttribArray(at);
      if (name === "place") gl.vertexAttribPointer(at, 2, gl.UNSIGNED_SHORT, true, 0, 0);
      else gl.vertexAttribIPointer(at, 1, gl.UNSIGNED_BYTE, 0, 0);
      return { buffer, room: 0 };
    });
    this.lists = [];
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  // Only what changed goes to the graphics memory.
  load(xy, codes) {
    for (const [at, array] of [xy, codes].entries()) {
      if (array !== [this.xy, this.codes][at]) this.put(this.gl.ARRAY_BUFFER, this.buffers[at], array);
    }
    [this.xy, this.codes] = [xy, codes];
  }

  // Memory that is taken is used again: a new piece for every act is what makes the graphics process grow.
  put(kind, held, array) {
    const { gl } = this;
    gl.bindBuffer(kind, held.buffer);
    if (array.byteLength > held.room) {
      held.room = Math.max(array.byteLength, Math.min(2 * held.room, 4 * MOST));
      gl.bufferData(kind, held.room, gl.DYNAMIC_DRAW);
    }
    if (array.byteLength) gl.bufferSubData(kind, 0, array);
  }

  // `turns` from the lowest to the topmost: positions, strength 0 … 1, how grey 0 … 1, width of the ring in pixels.
  paint(view, turns) {
    const { gl, at } = this;
    this.last = [view, turns];
    const { camera } = view;
    gl.viewport(0, 0, gl.canvas.width, gl.canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform2f(at.middle, camera.x, camera.y);
    gl.uniform2f(at.scale, (2 * camera.scale()) / camera.width, (2 * camera.scale()) / camera.height);
    gl.uniform1f(at.size, view.size * view.ratio);
    gl.uniform3fv(at.colours, view.colours.flat());
    gl.uniform1ui(at.grey, view.colours.length - 1);
    gl.uniform3fv(at.ink, view.theme.ink.map((value) => value / 255));
    gl.uniform3fv(at.paper, view.theme.background.map((value) => value / 255));
    for (const [place, { ids, strength, pale = 0, ring = 0 }] of turns.entries()) {
      const list = this.lists[place] ??= { buffer: gl.createBuffer(), room: 0 };
      if (list.ids !== ids) this.put(gl.ELEMENT_ARRAY_BUFFER, list, ids);
      else gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, list.buffer);
      list.ids = ids;
      gl.uniform1f(at.strength, strength);
      gl.uniform1f(at.pale, pale);
      gl.uniform1f(at.ring, ring * view.ratio);
      if (ids.length) gl.drawElements(gl.POINTS, ids.length, gl.UNSIGNED_INT, 0);
    }
  }

  dispose() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}
