import type { Finding, OverrideReason } from '@bedside/client';
import { IconAlertTriangle } from '@tabler/icons-react';
import { useId, useState } from 'react';
import { Act } from '../parts/Act.tsx';
import { Sheet } from '../parts/Confirm.tsx';
import { useStrings } from '../strings/index.ts';
import classes from './warn.module.css';

export interface WarnDialogProps {
  what: 'message' | 'name';
  findings: readonly Finding[];
  /** It cannot be sent with a reason either. */
  isBlocked: boolean;
  isOpen: boolean;
  onClose: () => void;
  onChange: () => void;
  onSend: (reason: OverrideReason) => void;
}

const REASONS: readonly OverrideReason[] = ['false_alarm', 'own_data', 'needed_for_care'];

/** What the hub found in what was to be sent, and what the person wants: to change it, or to send it with a reason. */
export function WarnDialog(props: WarnDialogProps) {
  const { files } = useStrings();
  const { warn: words } = files;
  return (
    <Sheet
      title={props.isBlocked ? words.blockedTitle : words.title}
      isOpen={props.isOpen}
      onClose={props.onClose}
    >
      <Question {...props} />
    </Sheet>
  );
}

function Question({ what, findings, isBlocked, onClose, onChange, onSend }: WarnDialogProps) {
  const { files } = useStrings();
  const { warn: words } = files;
  const [reason, setReason] = useState<OverrideReason | null>(null);
  const name = useId();
  const body = isBlocked ? words.blockedBody : what === 'name' ? words.bodyName : words.body;
  return (
    <>
      <p>{body}</p>
      <ul className={classes.found}>
        {findings.map(({ kind, count }) => (
          <li key={kind}>
            <IconAlertTriangle aria-hidden size={20} />
            {(words.kinds[kind] ?? (() => words.unknown))(count)}
          </li>
        ))}
      </ul>
      {isBlocked ? (
        <p>{words.blockedHelp}</p>
      ) : (
        <fieldset className={classes.reasons}>
          <legend>{words.reason}</legend>
          {REASONS.map((it) => (
            <label key={it} className={classes.reason}>
              <input
                type="radio"
                name={name}
                checked={reason === it}
                onChange={() => setReason(it)}
              />
              {words.reasons[it]}
            </label>
          ))}
          <p className={classes.note}>{words.audited}</p>
        </fieldset>
      )}
      <div className={classes.warnActs}>
        {isBlocked ? null : (
          <Act
            disabled={reason === null}
            onClick={() => {
              if (reason === null) return;
              onClose();
              onSend(reason);
            }}
          >
            {words.sendAnyway}
          </Act>
        )}
        <Act
          tone="main"
          data-autofocus
          onClick={() => {
            onClose();
            onChange();
          }}
        >
          {what === 'name' ? words.remove : words.change}
        </Act>
      </div>
    </>
  );
}
