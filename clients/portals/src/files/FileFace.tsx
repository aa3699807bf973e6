import { IconFile, IconFileText, IconFileTypePdf, IconPhoto } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { isPicture } from './check.ts';
import classes from './files.module.css';

/** The small picture in front of a file's name: its own before it is sent, a sign of its kind otherwise. */
export function FileFace({ type, blob }: { type: string; blob?: Blob | undefined }) {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (!blob || !isPicture(type)) return undefined;
    const own = URL.createObjectURL(blob);
    setUrl(own);
    return () => URL.revokeObjectURL(own);
  }, [blob, type]);
  return (
    <span className={classes.face}>
      {url ? <img src={url} alt="" onError={() => setUrl(null)} /> : <Sign type={type} />}
    </span>
  );
}

function Sign({ type }: { type: string }) {
  if (isPicture(type)) return <IconPhoto aria-hidden size={26} stroke={1.6} />;
  if (type === 'application/pdf') return <IconFileTypePdf aria-hidden size={26} stroke={1.6} />;
  if (type.startsWith('text/')) return <IconFileText aria-hidden size={26} stroke={1.6} />;
  return <IconFile aria-hidden size={26} stroke={1.6} />;
}
