import { useBedside } from '@bedside/client/react';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { NewPassword } from '../account/NewPassword.tsx';
import { LEAST, lengthOf, MOST } from '../account/strength.ts';
import { useTitle } from '../app/hooks.ts';
import { useNavigation } from '../app/router.tsx';
import { Shell } from '../app/Shell.tsx';
import { Act } from '../parts/Act.tsx';
import { MessagePage, TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './entry.module.css';
import { tokenIn } from './JoinPage.tsx';

export interface ChoosePageProps {
  /** Somebody was invited, and chooses their first password. */
  isNew: boolean;
}

/**
 * Chooses a password by a link from an e-mail. The token is used by the button and by nothing else: mail programs open links to look at
 * them. It is used up once the password is chosen, and is gone from the address then.
 */
export function ChoosePage({ isNew }: ChoosePageProps) {
  const { links: words } = useStrings();
  const token = tokenIn(location.hash);
  const [isDone, setDone] = useState(false);
  const { page, go } = useNavigation();
  const done = () => {
    setDone(true);
    go(`/${page.name}`, { replace: true });
  };
  if (isDone) return <Done />;
  if (!token) return <Ended title={words.missingTitle} body={words.missingBody} isNew={isNew} />;
  return <Form isNew={isNew} token={token} onDone={done} />;
}

interface FormProps extends ChoosePageProps {
  token: string;
  onDone: () => void;
}

function Form({ isNew, token, onDone }: FormProps) {
  const { links: words, account, faults } = useStrings();
  useTitle(isNew ? words.welcomeTitle : words.resetTitle);
  const bedside = useBedside();
  const field = useRef<HTMLInputElement>(null);
  const [password, setPassword] = useState('');
  const [isTried, setTried] = useState(false);
  const length = lengthOf(password);
  const save = useAction(async () => {
    await bedside.resetPassword(token, password);
    onDone();
  });
  // Whether the account has a second step only the hub knows: who has one may choose a shorter password.
  const floor = isNew ? LEAST.alone : LEAST.besideFactor;
  const { short, long, guessed } = account.password.faults;
  const isRefused = save.trouble?.code === 'invalid_value';
  const fault =
    isTried && (length < floor || (isRefused && length < LEAST.alone))
      ? short(LEAST.alone)
      : isTried && length > MOST
        ? long
        : isRefused
          ? guessed
          : null;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (length < floor || length > MOST) field.current?.focus();
    else void save.run().then(() => field.current?.focus());
  };
  if (save.trouble?.code === 'link_ended') {
    const { title, body } = faults.link_ended;
    return <Ended title={title} body={body} number={save.trouble.number} isNew={isNew} />;
  }
  return (
    <Shell width="narrow" large>
      <form className={classes.card} onSubmit={submit} noValidate>
        <div>
          <h1>{isNew ? words.welcomeTitle : words.resetTitle}</h1>
          <p className="quiet">{isNew ? words.welcomeLead : words.resetLead}</p>
        </div>
        {isRefused ? null : <TroubleNote trouble={save.trouble} />}
        <NewPassword
          field={field}
          hint={`${words.rule} ${account.password.hint}${isNew ? '' : ` ${words.ruleBesideFactor}`}`}
          least={LEAST.alone}
          value={password}
          fault={fault}
          onChange={(next) => {
            setPassword(next);
            setTried(false);
            save.clear();
          }}
        />
        <Act type="submit" tone="main" large wide loading={save.isRunning}>
          {words.save}
        </Act>
        <p className={classes.hint}>{words.once}</p>
      </form>
    </Shell>
  );
}

function Done() {
  const { links: words } = useStrings();
  const { go } = useNavigation();
  const button = useRef<HTMLButtonElement>(null);
  useTitle(words.doneTitle);
  // The form with the focus in it is gone.
  useEffect(() => button.current?.focus(), []);
  return (
    <Shell width="narrow" large>
      <div className={classes.card}>
        <h1>{words.doneTitle}</h1>
        <p role="status">{words.doneBody}</p>
        <Act ref={button} tone="main" large wide onClick={() => go('/', { replace: true })}>
          {words.toSignIn}
        </Act>
      </div>
    </Shell>
  );
}

interface EndedProps extends ChoosePageProps {
  title: string;
  body: string;
  number?: number | undefined;
}

/** Nothing can be done by this link; what can be done instead. */
function Ended({ title, body, number, isNew }: EndedProps) {
  const { links: words } = useStrings();
  const { go } = useNavigation();
  return (
    <Shell width="narrow" large>
      <div role="alert" className={classes.fill}>
        <MessagePage
          title={title}
          body={isNew ? `${body} ${words.askInviter}` : body}
          number={number}
        >
          <Act tone="main" large onClick={() => go(isNew ? '/' : '/forgot', { replace: true })}>
            {isNew ? words.toSignIn : words.askAgain}
          </Act>
        </MessagePage>
      </div>
    </Shell>
  );
}
