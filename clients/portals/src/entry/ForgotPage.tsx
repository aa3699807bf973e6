import { useBedside } from '@bedside/client/react';
import { TextInput } from '@mantine/core';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { useTitle } from '../app/hooks.ts';
import { Link } from '../app/router.tsx';
import { Shell } from '../app/Shell.tsx';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './entry.module.css';

/** Asks for a link to choose a new password. What it says afterwards is the same whether there is such an account or not. */
export function ForgotPage() {
  const { links: words, signIn } = useStrings();
  const bedside = useBedside();
  const field = useRef<HTMLInputElement>(null);
  const [email, setEmail] = useState('');
  const [isMissing, setMissing] = useState(false);
  const [isAsked, setAsked] = useState(false);
  useTitle(words.forgotTitle);
  const ask = useAction(async () => {
    await bedside.askReset(email.trim());
    setAsked(true);
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const lacks = !/^[^\s@]+@[^\s@]+$/.test(email.trim());
    setMissing(lacks);
    if (lacks) field.current?.focus();
    else void ask.run();
  };
  if (isAsked) return <Asked onAgain={() => setAsked(false)} />;
  return (
    <Shell width="narrow" large>
      <form className={classes.card} onSubmit={submit} noValidate>
        <div>
          <h1>{words.forgotTitle}</h1>
          <p className="quiet">{words.forgotLead}</p>
        </div>
        <TroubleNote trouble={ask.trouble} />
        <TextInput
          ref={field}
          size="lg"
          label={signIn.email}
          type="email"
          name="email"
          autoComplete="username"
          inputMode="email"
          value={email}
          error={isMissing ? signIn.missingEmail : null}
          onChange={(event) => setEmail(event.currentTarget.value)}
        />
        <Act type="submit" tone="main" large wide loading={ask.isRunning}>
          {words.forgotSubmit}
        </Act>
        <p className={classes.hint}>
          <Link to="/">{words.toSignIn}</Link>
        </p>
      </form>
    </Shell>
  );
}

function Asked({ onAgain }: { onAgain: () => void }) {
  const { links: words } = useStrings();
  const heading = useRef<HTMLHeadingElement>(null);
  // The form with the focus in it is gone.
  useEffect(() => heading.current?.focus(), []);
  return (
    <Shell width="narrow" large>
      <div className={classes.card}>
        <h1 ref={heading} tabIndex={-1}>
          {words.askedTitle}
        </h1>
        <p>{words.askedBody}</p>
        <p className="quiet">{words.askedHint}</p>
        <Act large wide onClick={onAgain}>
          {words.askAgain}
        </Act>
        <p className={classes.hint}>
          <Link to="/">{words.toSignIn}</Link>
        </p>
      </div>
    </Shell>
  );
}
