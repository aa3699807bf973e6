import { type FactorChallenge, FactorNeeded, type Me, type Proof } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { PasswordInput, TextInput } from '@mantine/core';
import { IconFingerprint } from '@tabler/icons-react';
import { type FormEvent, lazy, Suspense, useRef, useState } from 'react';
import { ProviderButtons } from '../account/ProviderButtons.tsx';
import { assertionOf, hasPasskeys, PasskeyRefused } from '../account/passkey.ts';
import { useProviderBack } from '../account/provider.ts';
import { useTitle } from '../app/hooks.ts';
import { homeOf } from '../app/pages.ts';
import { Link, useNavigation } from '../app/router.tsx';
import { Shell } from '../app/Shell.tsx';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './entry.module.css';

// Most accounts of patients have no second step.
const SecondStep = lazy(() =>
  import('./SecondStep.tsx').then((it) => ({ default: it.SecondStep })),
);

/** E-mail and password, and a second step where the account has one. What was typed stays when it fails. */
export function SignInPage() {
  const { signIn: words, register, account } = useStrings();
  const bedside = useBedside();
  const { page, go } = useNavigation();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [missing, setMissing] = useState<'email' | 'password' | null>(null);
  const emailField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  useTitle(words.title);
  const [challenge, setChallenge] = useState<FactorChallenge | null>(null);
  const [isRefused, setRefused] = useState(false);
  const arrive = (me: Me) => {
    if (page.name === 'start') go(homeOf(me), { replace: true });
  };
  const signIn = useAction(async () => {
    signInByPasskey.clear();
    setRefused(false);
    try {
      arrive(await bedside.signIn(email.trim(), password));
    } catch (error) {
      if (!(error instanceof FactorNeeded)) throw error;
      setPassword('');
      setChallenge(error.challenge);
    }
  });
  const finish = useProviderBack(async () => {
    try {
      arrive(await bedside.finishProvider());
    } catch (error) {
      if (!(error instanceof FactorNeeded)) throw error;
      setChallenge(error.challenge);
    }
  });
  const prove = async (proof: Proof) => {
    if (challenge) {
      arrive(await bedside.verifyFactor({ challenge: challenge.challenge, proof }));
    }
  };
  const signInByPasskey = useAction(async () => {
    signIn.clear();
    setRefused(false);
    const { challenge: begun, passkey } = await bedside.beginPasskey();
    try {
      const assertion = await assertionOf(passkey);
      arrive(await bedside.signInPasskey({ challenge: begun, assertion }));
    } catch (error) {
      if (!(error instanceof PasskeyRefused)) throw error;
      setRefused(true);
    }
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const lacks = email.trim() === '' ? 'email' : password === '' ? 'password' : null;
    setMissing(lacks);
    if (lacks === 'email') emailField.current?.focus();
    else if (lacks === 'password') passwordField.current?.focus();
    else void signIn.run();
  };
  if (challenge) {
    return (
      <Shell width="narrow" large>
        <Suspense fallback={null}>
          <SecondStep challenge={challenge} onProof={prove} onBack={() => setChallenge(null)} />
        </Suspense>
      </Shell>
    );
  }
  return (
    <Shell width="narrow" large>
      <form className={classes.card} onSubmit={submit} noValidate>
        <div>
          <h1>{words.title}</h1>
          <p className="quiet">{words.lead}</p>
        </div>
        <TroubleNote
          trouble={signInByPasskey.trouble}
          words={{ wrong_factor: account.factor.wrong.passkey }}
        />
        {signInByPasskey.trouble ? null : <TroubleNote trouble={signIn.trouble ?? finish} />}
        {isRefused ? (
          <p role="alert">
            {account.factor.passkeyFailed}. {account.factor.passkeyFailedBody}
          </p>
        ) : null}
        <TextInput
          ref={emailField}
          size="lg"
          label={words.email}
          type="email"
          name="email"
          autoComplete="username"
          inputMode="email"
          value={email}
          error={missing === 'email' ? words.missingEmail : null}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <PasswordInput
          ref={passwordField}
          size="lg"
          label={words.password}
          name="password"
          autoComplete="current-password"
          visibilityToggleButtonProps={{ 'aria-label': words.showPassword }}
          rightSectionWidth={56}
          value={password}
          error={missing === 'password' ? words.missingPassword : null}
          onChange={(event) => setPassword(event.currentTarget.value)}
        />
        <Act type="submit" tone="main" large wide loading={signIn.isRunning}>
          {words.submit}
        </Act>
        {hasPasskeys() ? (
          <Act
            large
            wide
            icon={<IconFingerprint aria-hidden size={22} />}
            onClick={() => signInByPasskey.run()}
            loading={signInByPasskey.isRunning}
          >
            {account.factor.withPasskey}
          </Act>
        ) : null}
        <ProviderButtons />
        <p className={classes.hint}>
          <Link to="/forgot">{words.forgot}</Link>
        </p>
        <p className={classes.hint}>
          {register.none} <Link to="/register">{register.link}</Link>
        </p>
        <p className={classes.hint}>{words.help}</p>
      </form>
    </Shell>
  );
}
