import { Followings } from '../../src/following.js';
import type { ClientFrame } from '../../src/protocol.gen.js';
import { FakeClock } from './clock.js';

/** Topics alone: the test is the hub, and sees what it is asked. */
export const followed = () => {
  const clock = new FakeClock();
  const frames: ClientFrame[] = [];
  let id = 0;
  const followings = new Followings({
    link: {
      send: (frame) => {
        frames.push(frame);
        return 'sent';
      },
      nextId: () => ++id,
    },
    clock,
    random: () => 0.5,
  });
  const follows = () =>
    frames.filter((it): it is Extract<ClientFrame, { type: 'follow' }> => it.type === 'follow');
  const lastId = () => follows().at(-1)?.id ?? 0;
  return { clock, frames, followings, follows, lastId };
};
