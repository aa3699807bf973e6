/** THE WIRE between one person and the hub, to be cut: a relay of TCP connections. Media goes another way, over UDP. */
import { connect, createServer, type Server, type Socket } from 'node:net';

export class Wire {
  /** The hub has to know the address of its pages before it starts. */
  static readonly port = 20_000 + (process.pid % 10_000);

  readonly #hub: URL;
  readonly #open = new Set<Socket>();
  /** To deafen each WebSocket that is open. */
  readonly #sockets = new Set<() => void>();
  #server: Server | undefined;
  #isCut = false;

  private constructor(hub: URL) {
    this.#hub = hub;
  }

  static async to(hubUrl: string): Promise<Wire> {
    const wire = new Wire(new URL(hubUrl));
    const server = createServer((near) => wire.#relay(near));
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(Wire.port, '127.0.0.1', resolve);
    });
    wire.#server = server;
    return wire;
  }

  /** The same address of the hub, over this wire. */
  through(url: string): string {
    return url.replace(this.#hub.origin, `http://localhost:${Wire.port}`);
  }

  /** What the hub says on the sockets that are open now gets lost; what it hears does not. New ones are whole. */
  deafens(): void {
    for (const deafen of this.#sockets) deafen();
  }

  /** Everything on it ends, and nothing new gets through. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#open) socket.destroy();
  }

  mend(): void {
    this.#isCut = false;
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise((resolve) => this.#server?.close(resolve));
  }

  #relay(near: Socket): void {
    if (this.#isCut) {
      near.destroy();
      return;
    }
    const far = connect(Number(this.#hub.port), '127.0.0.1');
    // Requests of all tabs share connections; a WebSocket has its own.
    near.once('data', (head: Buffer) => {
      if (!/^upgrade: websocket/im.test(head.toString('latin1'))) return;
      const deafen = () => far.unpipe(near).resume();
      this.#sockets.add(deafen);
      near.once('close', () => this.#sockets.delete(deafen));
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      this.#open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.#open.delete(one);
        other.destroy();
      });
      one.pipe(other);
    }
  }
}
