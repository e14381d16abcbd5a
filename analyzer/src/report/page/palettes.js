// Colours of frames: those of the flame graphs that the views draw.
const BYTES = new TextEncoder();

// A number from 0 to 255 that belongs to a name (FNV-1a).
function shade(name) {
  let hash = 0x811c9dc5;
  for (const byte of BYTES.encode(name)) hash = Math.imul(hash ^ byte, 0x01000193) >>> 0;
  return (hash ^ (hash >>> 16)) & 255;
}

const scaled = (shade, least, range) => least + Math.floor((shade * range) / 256);
const hot = (s) => [scaled(s, 205, 50), scaled(((s << 4) | (s >> 4)) & 255, 40, 190), scaled(s, 0, 55)];
const blue = (s) => [scaled(s, 80, 60), scaled(s, 80, 60), scaled(s, 190, 65)];
const aqua = (s) => [scaled(s, 50, 60), scaled(s, 165, 55), scaled(s, 165, 55)];
// A map: an object would have a `toString`, as programs have.
const GREYS = new Map([["all", [230, 230, 230]], ["--", [110, 110, 110]], ["-", [160, 160, 160]], ["[smaller]", [205, 205, 205]]]);

function frameColour(name, palette, behind) {
  if (GREYS.has(name)) return GREYS.get(name);
  const own = shade(name);
  if (palette === "cpu" || palette === "cpi") return hot(own);
  return palette === "wakeup" || (palette === "chain" && behind) ? aqua(own) : blue(own);
}

// Dark or pale letters, whichever read better.
function textColour([r, g, b]) {
  const light = (part) => (part / 255) ** 2.2;
  return 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b) > 0.19 ? "dark" : "pale";
}

// The colour of one of many, not too bright to write on.
const hue = (name) => `hsl(${(shade(name) * 360) / 256} 55% 70%)`;
