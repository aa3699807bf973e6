import type {
  Factor,
  FactorChallenge,
  FactorId,
  Factors,
  IdentityCard,
  IdentityId,
  ProviderCard,
  SessionCard,
  StepUp,
} from '@bedside/client';
import type { FakeBedside } from './fake.ts';
import { MINUTE, sessionId } from './samples.ts';

/** A made-up account with what it signs in by. The code of its app is always the same. */
export const CODE = '123456';
export const RECOVERY_CODES = ['abcd-efgh-jkmn-pqrs', 'bcde-fghj-kmnp-qrst', 'cdef-ghjk-mnpq-rstu'];

const DAY = 24 * 60 * MINUTE;
export const factorId = (number: number) =>
  `00000000-0000-7000-8000-${String(9000 + number).padStart(12, '0')}` as FactorId;

export function challenge(over: Partial<FactorChallenge> = {}): FactorChallenge {
  return {
    challenge: 'sealed',
    expires_at: Date.now() + 5 * MINUTE,
    methods: ['totp', 'recovery'],
    ...over,
  };
}

export function phone(now = Date.now()): Factor {
  const created_at = now - 40 * DAY;
  return {
    factor_id: factorId(1),
    kind: 'totp',
    name: 'Phone',
    created_at,
    last_used_at: now - DAY,
  };
}

export function sessions(now: number): SessionCard[] {
  const card = (number: number, over: Partial<SessionCard>): SessionCard => ({
    session_id: sessionId(number),
    is_this: false,
    client: { program: 'chrome', system: 'windows' },
    created_at: now - DAY,
    last_used_at: now - 3 * MINUTE,
    expires_at: now + DAY,
    ...over,
  });
  return [
    card(1, { is_this: true, last_used_at: now }),
    card(2, {
      client: { program: 'safari', system: 'iphone' },
      last_used_at: now - 5 * 60 * MINUTE,
    }),
    card(3, { client: { program: 'other', system: 'other' }, created_at: now - 3 * DAY }),
  ];
}

/** Answers as the hub would: what is added is listed, what is ended is gone. */
export function identity(bedside: FakeBedside, factors: Factor[] = [phone()]): void {
  const now = Date.now();
  let own = factors;
  let open = sessions(now);
  const list = (): Factors => ({
    factors: own,
    recovery_codes_left: own.length > 0 ? 9 : 0,
    is_required: bedside.me.get()?.role === 'admin',
  });
  bedside.answers.set('factor.list', list);
  bedside.answers.set('factor.begin_totp', ({ name }: { name: string }) => ({
    factor_id: factorId(5),
    secret: 'JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP',
    url: `otpauth://totp/Bedside:${encodeURIComponent(name)}?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Bedside`,
    expires_at: now + 10 * MINUTE,
  }));
  bedside.answers.set('factor.confirm_totp', () => {
    const isFirst = own.length === 0;
    const factor = { ...phone(now), factor_id: factorId(5), created_at: now };
    own = [...own, factor];
    return { factor, recovery_codes: isFirst ? RECOVERY_CODES : [] };
  });
  bedside.answers.set('factor.renew_recovery', { recovery_codes: RECOVERY_CODES });
  bedside.answers.set('factor.remove', ({ factor_id }: { factor_id: FactorId }) => {
    own = own.filter((it) => it.factor_id !== factor_id);
    return {};
  });
  bedside.answers.set('session.list', () => ({ sessions: open }));
  bedside.answers.set('session.end', ({ session_id }: { session_id: string }) => {
    open = open.filter((it) => it.session_id !== session_id);
    return {};
  });
  bedside.answers.set('session.end_others', () => {
    const ended = open.length - 1;
    open = open.filter((it) => it.is_this);
    return { ended };
  });
  bedside.answers.set('auth.change_password', () => {
    open = open.filter((it) => it.is_this);
    return {};
  });
  bedside.answers.set('auth.begin_step_up', () => challenge());
  bedside.answers.set('auth.step_up', (_: StepUp) => ({ proved_at: Date.now() }));
  bedside.answers.set('audit.sign_ins', { sign_ins: [] });
  bedside.answers.set('identity.list', { identities: [] });
}

/** Organisations that sign people in. */
export const PROVIDERS: readonly ProviderCard[] = [
  { provider_id: 'clinic', name: 'Fictional Clinic Sign-in' },
  { provider_id: 'region', name: 'Fictional Health Region' },
];

/** With organisations, the first of which signs this account in. */
export function federated(bedside: FakeBedside): void {
  const now = Date.now();
  let linked: IdentityCard[] = PROVIDERS.slice(0, 1).map((provider) => ({
    identity_id: '00000000-0000-7000-8000-000000009101' as IdentityId,
    provider,
    linked_at: now - 30 * DAY,
    last_used_at: now - DAY,
  }));
  bedside.providerCards = PROVIDERS;
  bedside.answers.set('identity.list', () => ({ identities: linked }));
  bedside.answers.set('identity.unlink', ({ identity_id }: { identity_id: IdentityId }) => {
    linked = linked.filter((it) => it.identity_id !== identity_id);
    return {};
  });
}
