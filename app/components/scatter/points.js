// Draws the points: the faded ones first, the selected ones last and ringed. WebGL when there is one, else a 2-D canvas.

const VERTEX = `#version 300 es
in vec2 place; in uint code; in uint flag;
uniform vec2 middle; uniform vec2 scale; uniform float size; uniform uint pass; uniform vec3 colours[64]; uniform uint grey;
flat out vec3 colour; flat out float strength; flat out float ring;
void main() {
  uint turn = (flag & 1u) != 0u ? 2u : (flag & 2u) != 0u ? 0u : 1u;
  if (turn != pass || (flag & 4u) != 0u) { gl_Position = vec4(2.0, 2.0, 2.0, 1.0); gl_PointSize = 1.0; return; }
  gl_Position = vec4((place - middle) * scale, 0.0, 1.0);
  ring = turn == 2u ? 1.0 : 0.0;
  gl_PointSize = size + ring * max(4.0, size * 0.5) + 1.0;
  colour = colours[code == 255u ? grey : code];
  strength = turn == 0u ? 0.16 : turn == 2u ? 1.0 : code == 255u ? 0.75 : 0.9;
}`;
const FRAGMENT = `#version 300 es
precision highp float;
flat in vec3 colour; flat in float strength; flat in float ring;
uniform float size; uniform vec3 ink; uniform vec3 paper;
out vec4 shade;
void main() {
  float whole = size + ring * max(4.0, size * 0.5) + 1.0;
  float away = length(gl_PointCoord - 0.5) * whole;
  float edge = (whole - 1.0) * 0.5;
  float cover = clamp(edge + 0.5 - away, 0.0, 1.0);
  if (cover <= 0.0) discard;
  vec3 seen = colour;
  if (ring > 0.5) {
    float core = size * 0.5;
    seen = mix(colour, paper, clamp(away - core + 0.5, 0.0, 1.0));
    seen = mix(seen, ink, clamp(away - (edge - 1.5) + 0.5, 0.0, 1.0));
  }
  shade = vec4(seen, 1.0) * (cover * strength);
}`;

function painter(canvas) {
  const gl = canvas.getContext("webgl2", { antialias: false, alpha: true, premultipliedAlpha: true });
  return gl ? new GlPainter(canvas, gl) : new FlatPainter(canvas.getContext("2d"));
}

function channels(hex) {
  return [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255);
}

class GlPainter {
  constructor(canvas, gl) {
    this.gl = gl;
    this.build();
    canvas.addEventListener("webglcontextlost", (event) => event.preventDefault());
    canvas.addEventListener("webglcontextrestored", () => {
      this.build();
      if (this.held) this.load(...this.held, true);
      if (this.last) this.paint(this.last);
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
    this.program = program;
    this.buffers = ["place", "code", "flag"].map((name) => {
      const [buffer, at] = [gl.createBuffer(), gl.getAttribLocation(program, name)];
      gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
      gl.enableVertexAttribArray(at);
      if (name === "place") gl.vertexAttribPointer(at, 2, gl.UNSIGNED_SHORT, true, 0, 0);
      else gl.vertexAttribIPointer(at, 1, gl.UNSIGNED_BYTE, 0, 0);
      return buffer;
    });
    gl.enable(gl.BLEND);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  load(xy, codes, flags, moved) {
    const { gl } = this;
    this.held = [xy, codes, flags];
    this.held.forEach((array, at) => {
      if (at === 0 && !moved) return;
      gl.bindBuffer(gl.ARRAY_BUFFER, this.buffers[at]);
      gl.bufferData(gl.ARRAY_BUFFER, array, gl.STATIC_DRAW);
    });
  }

  paint(view) {
    const { gl } = this;
    this.last = view;
    const at = (name) => gl.getUniformLocation(this.program, name);
    gl.viewport(0, 0, gl.canvas.width, gl.canvas.height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT);
    gl.uniform2f(at("middle"), view.camera.x, view.camera.y);
    gl.uniform2f(at("scale"), (2 * view.scale) / view.width, (2 * view.scale) / view.height);
    gl.uniform1f(at("size"), view.size * view.ratio);
    gl.uniform3fv(at("colours"), view.colours.flatMap(channels));
    gl.uniform1ui(at("grey"), view.colours.length - 1);
    gl.uniform3fv(at("ink"), view.theme.ink.map((value) => value / 255));
    gl.uniform3fv(at("paper"), view.theme.background.map((value) => value / 255));
    for (const pass of [0, 1, 2]) {
      gl.uniform1ui(at("pass"), pass);
      gl.drawArrays(gl.POINTS, 0, this.held[1].length);
    }
  }

  dispose() {
    this.gl.getExtension("WEBGL_lose_context")?.loseContext();
  }
}

class FlatPainter {
  constructor(pen) {
    this.pen = pen;
  }

  load(xy, codes, flags) {
    [this.xy, this.codes, this.flags] = [xy, codes, flags];
  }

  paint(view) {
    const { pen } = this;
    pen.setTransform(view.ratio, 0, 0, view.ratio, 0, 0);
    pen.clearRect(0, 0, view.width, view.height);
    for (const turn of [FADED, 0, SELECTED]) {
      pen.globalAlpha = turn === FADED ? 0.16 : 0.9;
      for (let at = 0; at < this.codes.length; at += 1) {
        const flag = this.flags[at];
        const own = flag & SELECTED ? SELECTED : flag & FADED;
        if (own !== turn || flag & ABSENT) continue;
        const x = view.width / 2 + (this.xy[2 * at] / STEPS - view.camera.x) * view.scale;
        const y = view.height / 2 - (this.xy[2 * at + 1] / STEPS - view.camera.y) * view.scale;
        if (x < -9 || y < -9 || x > view.width + 9 || y > view.height + 9) continue;
        pen.fillStyle = colourOf(view.colours, this.codes[at] === GREY ? -1 : this.codes[at]);
        pen.beginPath();
        pen.arc(x, y, view.size / 2, 0, 7);
        pen.fill();
        if (turn === SELECTED) {
          pen.strokeStyle = `rgb(${view.theme.ink.join(" ")})`;
          pen.lineWidth = 1.8;
          pen.beginPath();
          pen.arc(x, y, view.size / 2 + 2.5, 0, 7);
          pen.stroke();
        }
      }
    }
  }

  dispose() {}
}
