import { FactorNeeded } from '@bedside/client';
import { challenge, identity } from '../src/dev/identity.ts';
import { me } from '../src/dev/samples.ts';
import { signIns } from '../src/dev/trail.ts';
import { now, type Scene } from './scene.ts';

/** How people sign in, and what they see of it. */
export const accountScenes: Record<string, Scene> = {
  'second-step': {
    path: '/',
    set: (bedside) => {
      bedside.refusal = new FactorNeeded(challenge());
    },
  },
  enrol: {
    path: '/admin',
    set: (bedside) => {
      bedside.me.set(me('admin', { must_enrol: true }));
      identity(bedside, []);
    },
  },
  account: {
    path: '/account',
    set: (bedside) => {
      bedside.me.set(me('clinician'));
      identity(bedside);
      bedside.answers.set('audit.sign_ins', { sign_ins: signIns(now) });
    },
  },
  locked: {
    path: '/account',
    set: (bedside) => {
      bedside.me.set(me('clinician', { idle_after_s: 2 }));
      identity(bedside);
    },
  },
};
