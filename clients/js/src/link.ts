/** What calls and topics need of the socket. */
import type { ClientFrame } from './protocol.gen.js';

/** What became of a frame. `closed`: nobody listens now; `too_large`: the hub would refuse it. */
export type Sent = 'sent' | 'closed' | 'too_large';

/** The way to the hub. */
export interface Link {
  /** Sends a frame, or says why not. */
  send(frame: ClientFrame): Sent;
  /** A number that no open call or follow has. */
  nextId(): number;
}
