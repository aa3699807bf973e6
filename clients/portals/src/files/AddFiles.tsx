import { IconCamera, IconPaperclip } from '@tabler/icons-react';
import { type ChangeEvent, useRef, useState } from 'react';
import { Act } from '../parts/Act.tsx';
import { useStrings } from '../strings/index.ts';
import { CameraDialog } from './CameraDialog.tsx';
import { ACCEPT, ACCEPT_PICTURES } from './check.ts';
import classes from './files.module.css';

/** A telephone has a camera of its own that is better than any page's. */
const hasOwnCamera = (): boolean => matchMedia('(pointer: coarse)').matches;
const canOpenCamera = (): boolean => navigator.mediaDevices?.getUserMedia !== undefined;

/** The ways to add a file to the message: from the device, and from its camera. */
export function AddFiles({ onAdd }: { onAdd: (files: readonly File[]) => void }) {
  const { files: words } = useStrings();
  const chooser = useRef<HTMLInputElement>(null);
  const camera = useRef<HTMLInputElement>(null);
  const [isCameraOpen, setCameraOpen] = useState(false);
  const isOwn = hasOwnCamera();
  const onChange = ({ currentTarget }: ChangeEvent<HTMLInputElement>) => {
    const chosen = [...(currentTarget.files ?? [])];
    // The same file can be chosen again.
    currentTarget.value = '';
    if (chosen.length > 0) onAdd(chosen);
  };
  return (
    <div className={classes.ways}>
      <Act
        tone="bare"
        className={classes.way ?? ''}
        icon={<IconPaperclip aria-hidden size={20} />}
        onClick={() => chooser.current?.click()}
      >
        {words.add}
      </Act>
      {isOwn || canOpenCamera() ? (
        <Act
          tone="bare"
          className={classes.way ?? ''}
          icon={<IconCamera aria-hidden size={20} />}
          onClick={() => (isOwn ? camera.current?.click() : setCameraOpen(true))}
        >
          {words.take}
        </Act>
      ) : null}
      <input
        ref={chooser}
        className={classes.input}
        type="file"
        multiple
        accept={ACCEPT}
        aria-label={words.add}
        data-testid="choose-files"
        onChange={onChange}
      />
      <input
        ref={camera}
        className={classes.input}
        type="file"
        accept={ACCEPT_PICTURES}
        capture="environment"
        aria-label={words.take}
        onChange={onChange}
      />
      <CameraDialog
        isOpen={isCameraOpen}
        onClose={() => setCameraOpen(false)}
        onPicture={(picture) => onAdd([picture])}
      />
    </div>
  );
}
