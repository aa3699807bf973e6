// Prints a TCP port of loopback that is free: the one that is named, or any other.
import { createServer } from 'node:net';

const listen = (port) =>
  new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const free = server.address().port;
      server.close(() => resolve(free));
    });
  });

console.log((await listen(Number(process.argv[2] ?? 0))) ?? (await listen(0)));
