import type { ErasureCertificate } from '@bedside/client';
import { IconDownload } from '@tabler/icons-react';
import { type ReactNode, useEffect, useMemo, useRef } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { download } from '../parts/download.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { certifiedBy } from './certificate.ts';

/** What a certificate says, and the certificate as a file: byte for byte as it was signed. */
export function Certificate({ certificate }: { certificate: ErasureCertificate }) {
  const words = useStrings().records.certificate;
  const announce = useAnnounce();
  const time = useTime();
  const button = useRef<HTMLButtonElement>(null);
  // It may take the place of a form whose button is gone.
  useEffect(() => button.current?.focus(), []);
  const said = useMemo(() => certifiedBy(certificate.text), [certificate]);
  const save = () => {
    const name = words.fileName(certificate.erasure_id);
    download(name, `${JSON.stringify(certificate, null, 2)}\n`, 'application/json');
    announce(words.saved(name));
  };
  return (
    <div className={classes.form}>
      <p>{words.lead}</p>
      <dl className={classes.facts}>
        <Fact name={words.number}>{certificate.erasure_id}</Fact>
        {said ? (
          <>
            <Fact name={words.when}>{time.moment(said.carriedOutAt)}</Fact>
            <Fact name={words.asked}>{time.moment(said.askedAt)}</Fact>
            <Fact name={words.scope}>{words.scopes[said.scope]}</Fact>
            <Fact name={words.talks}>{said.talks}</Fact>
            {said.leftOut === null ? null : <Fact name={words.leftOut}>{said.leftOut}</Fact>}
            <Fact name={words.node}>{said.node}</Fact>
          </>
        ) : null}
      </dl>
      {said ? null : <p>{words.unreadable}</p>}
      <p className="quiet">{words.check}</p>
      <div>
        <Act
          ref={button}
          tone="main"
          icon={<IconDownload aria-hidden size={20} />}
          onClick={save}
          data-autofocus
        >
          {words.save}
        </Act>
      </div>
    </div>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
