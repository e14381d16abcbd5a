// Reads the lanes of the timeline.
const PARTS = 127;

// Per slot the threads that ran longest, [number, share] by turns, and the share of all others.
function readCpu(text, slots) {
  const reader = unpack(text);
  return Array.from({ length: slots }, () => {
    const told = [];
    for (let left = reader.next(); left > 0; left--) told.push(reader.next(), reader.next() / PARTS);
    return { told, others: reader.next() / PARTS };
  });
}

// Per slot the shares of running, runnable, blocked.
function readThread(text, slots) {
  const reader = unpack(text);
  return Array.from({ length: slots }, () => [reader.next() / PARTS, reader.next() / PARTS, reader.next() / PARTS]);
}

// What several slots of a CPU are together.
function cpuBetween(cells, begin, end) {
  const sums = new Map();
  let others = 0;
  for (let slot = begin; slot < end; slot++) {
    const { told, others: more } = cells[slot];
    others += more;
    for (let place = 0; place < told.length; place += 2) sums.set(told[place], (sums.get(told[place]) || 0) + told[place + 1]);
  }
  const length = Math.max(1, end - begin);
  const told = [...sums].map(([who, sum]) => [who, sum / length]).sort((one, other) => other[1] - one[1]);
  return { told, others: others / length, busy: Math.min(1, told.reduce((sum, [, share]) => sum + share, others / length)) };
}

function threadBetween(cells, begin, end) {
  const sums = [0, 0, 0];
  for (let slot = begin; slot < end; slot++) for (let state = 0; state < 3; state++) sums[state] += cells[slot][state];
  return sums.map((sum) => sum / Math.max(1, end - begin));
}
