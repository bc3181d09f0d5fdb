// Node's own WebSocket, and `ws`, against an echo that compresses.
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import Ws from 'ws';

const url = process.argv[2];
const sizes = [0, 1, 125, 126, 255, 256, 65_535, 65_536, 1 << 20];
const messages = sizes.flatMap((size) => [
  'words, words. '.repeat(size / 14 + 1).slice(0, size),
  'é€😀'.repeat(size / 9),
  Buffer.alloc(size, 'zeros'),
  randomBytes(size),
]);
let checks = 0;
const check = (condition, what) => {
  assert.ok(condition, what);
  checks += 1;
};

function same(received, sent) {
  return typeof sent === 'string' ? received === sent : sent.equals(Buffer.from(received));
}

async function builtIn() {
  const ws = new WebSocket(url);
  ws.binaryType = 'arraybuffer';
  await once(ws, 'open');
  check(ws.extensions.includes('permessage-deflate'), `agreed on: ${ws.extensions}`);
  for (const message of messages) {
    const reply = once(ws, 'message');
    ws.send(message);
    const [{ data }] = await reply;
    check(same(data, message), `${message.length} come back`);
  }
  const closed = once(ws, 'close');
  ws.close(3000, 'bye');
  const [{ code, reason, wasClean }] = await closed;
  check(code === 3000 && reason === 'bye' && wasClean, `closed with ${code} ${reason}`);
}

async function ws(perMessageDeflate) {
  const ws = new Ws(url, { perMessageDeflate });
  await once(ws, 'open');
  check(Boolean(perMessageDeflate) === ws.extensions.includes('permessage-deflate'), ws.extensions);
  for (const message of messages) {
    const reply = once(ws, 'message');
    // Some of it compressed, some not, and in fragments.
    const half = Math.floor(message.length / 2);
    ws.send(message.slice(0, half), { fin: false, compress: checks % 2 === 0 });
    ws.send(message.slice(half), { fin: true });
    const [data, isBinary] = await reply;
    check(isBinary === (typeof message !== 'string'), 'the kind comes back');
    check(same(isBinary ? data : data.toString(), message), `${message.length} come back`);
  }
  const pong = once(ws, 'pong');
  ws.ping('are you there');
  check((await pong)[0].toString() === 'are you there', 'a ping is answered');
  const closed = once(ws, 'close');
  ws.close(1000, 'bye');
  const [code, reason] = await closed;
  check(code === 1000 && reason.toString() === 'bye', `closed with ${code} ${reason}`);
}

await builtIn();
console.log(`Node's WebSocket: ${checks} checks passed`);
checks = 0;
for (const options of [
  false,
  true,
  { serverNoContextTakeover: true, clientNoContextTakeover: true },
  { serverMaxWindowBits: 9, clientMaxWindowBits: 10 },
]) {
  await ws(options);
}
console.log(`npm ws: ${checks} checks passed`);
process.exit(0);
