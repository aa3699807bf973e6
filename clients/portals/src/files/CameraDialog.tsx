import { devices } from '@bedside/client';
import { IconCamera, IconCheck, IconRefresh } from '@tabler/icons-react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { Act } from '../parts/Act.tsx';
import { Sheet } from '../parts/Confirm.tsx';
import { StreamVideo } from '../parts/StreamVideo.tsx';
import { useStrings } from '../strings/index.ts';
import { useFileFormat } from './format.ts';
import classes from './viewer.module.css';

export interface CameraDialogProps {
  isOpen: boolean;
  onClose: () => void;
  onPicture: (picture: File) => void;
}

/** A picture with this device's camera: looked at before it is added. The camera is on while the dialog is open. */
export function CameraDialog({ isOpen, onClose, onPicture }: CameraDialogProps) {
  const { files } = useStrings();
  return (
    <Sheet title={files.camera.title} isOpen={isOpen} onClose={onClose} wide>
      <Camera
        onPicture={(it) => {
          onClose();
          onPicture(it);
        }}
      />
    </Sheet>
  );
}

const QUALITY = 0.92;
const SHARP: MediaTrackConstraints = { width: { ideal: 1920 }, height: { ideal: 1080 } };

function Camera({ onPicture }: { onPicture: (picture: File) => void }) {
  const { files, check } = useStrings();
  const { camera: words } = files;
  const announce = useAnnounce();
  const format = useFileFormat();
  const { stream, trouble, again } = useCamera();
  const frame = useRef<HTMLDivElement>(null);
  const [picture, setPicture] = useState<{ file: File; url: string } | null>(null);
  useEffect(() => () => (picture ? URL.revokeObjectURL(picture.url) : undefined), [picture]);

  const take = useCallback(async () => {
    const video = frame.current?.querySelector('video');
    const blob = video ? await frameOf(video) : null;
    if (!blob) return;
    const file = new File([blob], format.stamp(files.pictureName), { type: blob.type });
    setPicture({ file, url: URL.createObjectURL(blob) });
    announce(words.said);
  }, [announce, format, files, words]);

  if (trouble) {
    return (
      <>
        <p role="alert">{check.problems.camera[trouble]}</p>
        <div className={classes.cameraActs}>
          <Act icon={<IconRefresh aria-hidden size={20} />} onClick={again}>
            {check.tryAgain}
          </Act>
        </div>
      </>
    );
  }
  return (
    <>
      <div className={classes.camera} ref={frame}>
        {stream ? null : <p role="status">{words.starting}</p>}
        {stream ? <StreamVideo stream={stream} fit="contain" aria-label={words.preview} /> : null}
        {picture ? <img src={picture.url} alt={words.taken} /> : null}
      </div>
      <div className={classes.cameraActs}>
        {picture ? (
          <>
            <Act onClick={() => setPicture(null)} icon={<IconRefresh aria-hidden size={20} />}>
              {words.again}
            </Act>
            <Act
              tone="main"
              icon={<IconCheck aria-hidden size={20} />}
              onClick={() => onPicture(picture.file)}
            >
              {words.use}
            </Act>
          </>
        ) : (
          <Act
            tone="main"
            large
            disabled={!stream}
            icon={<IconCamera aria-hidden size={22} />}
            onClick={() => void take()}
          >
            {words.take}
          </Act>
        )}
      </div>
    </>
  );
}

/** What a camera shows now, in its full resolution; its first picture, for whoever is quicker than the camera. */
async function frameOf(video: HTMLVideoElement): Promise<Blob | null> {
  if (video.videoWidth === 0) {
    await new Promise((shows) => video.addEventListener('loadeddata', shows, { once: true }));
  }
  const canvas = document.createElement('canvas');
  canvas.width = video.videoWidth;
  canvas.height = video.videoHeight;
  canvas.getContext('2d')?.drawImage(video, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, 'image/jpeg', QUALITY));
}

type CameraTrouble = 'denied' | 'missing' | 'busy' | 'failed';

/** The camera, as long as somebody looks. */
function useCamera() {
  const [stream, setStream] = useState<MediaStream | null>(null);
  const [trouble, setTrouble] = useState<CameraTrouble | null>(null);
  const [tries, setTries] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another try opens it again.
  useEffect(() => {
    let isCurrent = true;
    let track: MediaStreamTrack | undefined;
    setTrouble(null);
    devices.open({ camera: true }).then(({ camera, faults }) => {
      track = camera;
      if (!isCurrent) return camera?.stop();
      if (faults.camera) setTrouble(faults.camera);
      if (!camera) return undefined;
      // What is looked at is a spot, not a face: as sharp as the camera can.
      camera.applyConstraints?.(SHARP).catch(() => {});
      setStream(new MediaStream([camera]));
      return undefined;
    });
    return () => {
      isCurrent = false;
      track?.stop();
      setStream(null);
    };
  }, [tries]);
  const again = useCallback(() => setTries((it) => it + 1), []);
  return { stream, trouble, again };
}
