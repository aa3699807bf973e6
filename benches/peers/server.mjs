// A chat server that keeps nothing, for comparison: `node server.mjs socketio|ws json|msgpack`. It takes a port that is
// free and prints it. Nobody is asked who they are, nothing is saved, and nothing is told twice to whoever was away.
//
//   join {name}        from here on what is said to that name comes here; answered with `joined`
//   say {to, body}     goes to that name as `said`, and is answered with `taken`
//   shout {body}       goes to everybody as `said`, and is answered with `taken`
import { createServer } from 'node:http';
import process from 'node:process';

const [kind, codec] = process.argv.slice(2);
const isPacked = codec === 'msgpack';
const http = createServer();
let number = 0;

async function socketIo() {
  const { Server } = await import('socket.io');
  const parser = isPacked ? (await import('socket.io-msgpack-parser')).default : undefined;
  const io = new Server(http, {
    transports: ['websocket'],
    perMessageDeflate: false,
    serveClient: false,
    ...(parser && { parser }),
  });
  io.on('connection', (socket) => {
    socket.on('join', ({ name }, answer) => {
      socket.data.name = name;
      socket.join(name);
      answer({ joined: name });
    });
    socket.on('say', ({ to, body }, answer) => {
      number += 1;
      io.to(to).emit('said', { from: socket.data.name, body, number });
      answer({ taken: number });
    });
    socket.on('shout', ({ body }, answer) => {
      number += 1;
      io.emit('said', { from: socket.data.name, body, number });
      answer({ taken: number });
    });
  });
}

async function ws() {
  const { WebSocketServer } = await import('ws');
  const { default: notepack } = await import('notepack.io');
  const encode = isPacked ? notepack.encode : JSON.stringify;
  const decode = isPacked ? notepack.decode : JSON.parse;
  const server = new WebSocketServer({ server: http, perMessageDeflate: false });
  const names = new Map();
  server.on('connection', (socket) => {
    let own = '';
    const said = (body) => encode({ type: 'said', from: own, body, number });
    const taken = (id) => socket.send(encode({ type: 'taken', id, number }));
    socket.on('message', (bytes) => {
      const { type, id, name, to, body } = decode(isPacked ? bytes : bytes.toString());
      if (type === 'join') {
        own = name;
        names.set(name, socket);
        socket.send(encode({ type: 'joined', id }));
        return;
      }
      number += 1;
      const message = said(body);
      if (type === 'say') names.get(to)?.send(message);
      else for (const each of server.clients) each.send(message);
      taken(id);
    });
    socket.on('close', () => names.delete(own));
  });
}

await (kind === 'socketio' ? socketIo() : ws());
http.listen(0, '127.0.0.1', () => process.stdout.write(`${http.address().port}\n`));
