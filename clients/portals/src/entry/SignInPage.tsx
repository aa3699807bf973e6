import { useBedside } from '@bedside/client/react';
import { PasswordInput, TextInput } from '@mantine/core';
import { type FormEvent, useRef, useState } from 'react';
import { useTitle } from '../app/hooks.ts';
import { homeOf } from '../app/pages.ts';
import { Link, useNavigation } from '../app/router.tsx';
import { Shell } from '../app/Shell.tsx';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './entry.module.css';

/** E-mail and password. What was typed stays when it fails. */
export function SignInPage() {
  const { signIn: words, register } = useStrings();
  const bedside = useBedside();
  const { page, go } = useNavigation();
  const [email, setEmail] = useState('');
  const [password, setPassword] = useState('');
  const [missing, setMissing] = useState<'email' | 'password' | null>(null);
  const emailField = useRef<HTMLInputElement>(null);
  const passwordField = useRef<HTMLInputElement>(null);
  useTitle(words.title);
  const signIn = useAction(async () => {
    const me = await bedside.signIn(email.trim(), password);
    if (page.name === 'start') go(homeOf(me), { replace: true });
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const lacks = email.trim() === '' ? 'email' : password === '' ? 'password' : null;
    setMissing(lacks);
    if (lacks === 'email') emailField.current?.focus();
    else if (lacks === 'password') passwordField.current?.focus();
    else void signIn.run();
  };
  return (
    <Shell width="narrow" large>
      <form className={classes.card} onSubmit={submit} noValidate>
        <div>
          <h1>{words.title}</h1>
          <p className="quiet">{words.lead}</p>
        </div>
        <TroubleNote trouble={signIn.trouble} />
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
        <p className={classes.hint}>
          {register.none} <Link to="/register">{register.link}</Link>
        </p>
        <p className={classes.hint}>{words.help}</p>
      </form>
    </Shell>
  );
}
