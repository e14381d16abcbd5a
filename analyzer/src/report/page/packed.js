// Reads numbers of seven bits per byte.
function unpack(text) {
  const bytes = atob(text);
  let place = 0;
  return {
    get more() {
      return place < bytes.length;
    },
    next() {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        const byte = bytes.charCodeAt(place++);
        value += (byte & 127) * scale;
        if (byte < 128) return value;
        if (Number.isNaN(byte)) throw new Error("the data of this page is cut short");
      }
    },
  };
}

// Frames in the order in which they are drawn: depth, name and own value of each.
function unpackTree(text) {
  const reader = unpack(text);
  const tree = { name: [], depth: [], parent: [], own: [] };
  const path = [];
  let depth = -1;
  while (reader.more) {
    depth += 1 - reader.next();
    const place = tree.name.length;
    tree.name.push(reader.next());
    tree.depth.push(depth);
    tree.parent.push(depth > 0 ? path[depth - 1] : -1);
    tree.own.push(reader.next());
    path[depth] = place;
  }
  return tree;
}
