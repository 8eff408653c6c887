// Makes session keys for the thread that seals with them, which says in `session-keys-ahead.ts` what stands where in their memory.

const { publicEncrypt, randomFillSync } = require('node:crypto');
const { parentPort, receiveMessageOnPort, workerData } = require('node:worker_threads');

const { counters, states, publicKeyIndexes, labelLengths, labels, keys, wrapped } = workerData;
const { oaep, rooms, lead, counterAt, state } = workerData;
const { length: capacity } = states;

const publicKeys = [];
const options = { ...oaep, key: undefined, oaepLabel: undefined };
// Node's cryptography takes no shared memory.
const key = Buffer.alloc(rooms.key);

const placeIn = (bytes, slot, room) => bytes.subarray(slot * room, (slot + 1) * room);

/** Sent in the order of their indexes, each before the first order for it. */
function publicKeyAt(index) {
  while (publicKeys.length <= index) publicKeys.push(receiveMessageOnPort(parentPort).message);
  return publicKeys[index];
}

function make(slot) {
  if (Atomics.compareExchange(states, slot, state.ordered, state.inWork) !== state.ordered) return;
  options.key = publicKeyAt(publicKeyIndexes[slot]);
  options.oaepLabel = Buffer.from(placeIn(labels, slot, rooms.label).subarray(0, labelLengths[slot]));
  randomFillSync(key);
  placeIn(wrapped, slot, rooms.wrapped).set(publicEncrypt(options, key));
  placeIn(keys, slot, rooms.key).set(key);
  key.fill(0);
  Atomics.store(states, slot, state.ready);
  Atomics.notify(states, slot);
}

let next = 0;
for (;;) {
  const ordered = Atomics.load(counters, counterAt.ordered);
  if (ordered < 0) break;
  // What the other thread needs at once it makes itself, rather than wait.
  next = Math.max(next, Atomics.load(counters, counterAt.taken) + lead);
  if (next < ordered) make(next++ % capacity);
  else Atomics.wait(counters, counterAt.ordered, ordered);
}
