// Opens the socket through whatever is in front, says hello, and prints how the first frame of the answer is called.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { randomBytes } from 'node:crypto';

const [url, token, certificate] = process.argv.slice(2);
const asked = request(`${url}/v1/socket`, {
  ca: readFileSync(certificate),
  headers: {
    Connection: 'Upgrade',
    Upgrade: 'websocket',
    Origin: url,
    'Sec-WebSocket-Version': '13',
    'Sec-WebSocket-Key': randomBytes(16).toString('base64'),
    'Sec-WebSocket-Protocol': 'bedside.v1.json',
  },
});

/** One frame of text, masked as clients must. */
function frame(text) {
  const body = Buffer.from(text);
  const mask = randomBytes(4);
  const length = body.length < 126 ? [0x80 | body.length] : [0x80 | 126, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([0x81, ...length]), mask, body.map((it, at) => it ^ mask[at % 4])]);
}

asked.on('response', (it) => {
  console.log(`status ${it.statusCode}`);
  process.exit(1);
});
asked.on('upgrade', (_, socket, head) => {
  let got = head;
  const look = () => {
    const name = /"type":"([a-z_]+)"/.exec(got.toString('latin1'));
    if (name) {
      console.log(name[1]);
      process.exit(0);
    }
  };
  socket.on('data', (it) => {
    got = Buffer.concat([got, it]);
    look();
  });
  socket.write(frame(JSON.stringify([{ type: 'hello', token }])));
});
asked.end();
