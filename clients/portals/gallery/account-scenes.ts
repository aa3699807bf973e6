import { BedsideError, FactorNeeded } from '@bedside/client';
import { challenge, federated, identity } from '../src/dev/identity.ts';
import { fault, me } from '../src/dev/samples.ts';
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
  providers: { path: '/', set: federated },
  'provider-unknown': {
    path: '/#provider=back',
    set: (bedside) => {
      federated(bedside);
      bedside.refusal = new BedsideError(fault('identity_unknown', 2008));
    },
  },
  'provider-refused': { path: '/#provider_fault=provider_distrusted', set: federated },
  'account-linked': {
    path: '/account',
    set: (bedside) => {
      bedside.me.set(me('clinician'));
      identity(bedside);
      federated(bedside);
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
