import { IconMicrophoneOff, IconVideoOff, IconVolume } from '@tabler/icons-react';
import { useCallback } from 'react';
import { Initials } from '../parts/Initials.tsx';
import { StreamSound } from '../parts/StreamSound.tsx';
import { StreamVideo } from '../parts/StreamVideo.tsx';
import { useStrings } from '../strings/index.ts';
import type { Face } from './faces.ts';
import classes from './stage.module.css';

export interface FaceTileProps {
  face: Face;
  isSpeaking: boolean;
  onSize: (slot: number, width: number, height: number) => void;
  onBlocked: (resume: () => void) => void;
}

/** One person, or the screen they share. The video stays mounted while the camera is off, ready for its next frame. */
export function FaceTile({ face, isSpeaking, onSize, onBlocked }: FaceTileProps) {
  const { call } = useStrings();
  const { participant, source, tile } = face;
  const isScreen = source === 'screen';
  const isPictureOn = tile !== null && (isScreen || participant.camera) && !tile.paused;
  const slot = tile?.slot;
  const tellSize = useCallback(
    (width: number, height: number) => {
      if (slot !== undefined) onSize(slot, width, height);
    },
    [slot, onSize],
  );
  const name = participant.display_name;
  return (
    <figure
      className={classes.face}
      data-main={face.isMain}
      data-screen={isScreen}
      data-speaking={isSpeaking}
    >
      {tile ? (
        <StreamVideo
          key={`${tile.slot}`}
          stream={tile.stream}
          fit={isScreen ? 'contain' : face.isMain ? 'auto' : 'cover'}
          onSize={tellSize}
          data-participant={participant.participant_id}
          data-source={source}
          data-on={isPictureOn}
          aria-label={isScreen ? call.screenOf(name) : name}
        />
      ) : null}
      {tile ? <StreamSound stream={tile.stream} onBlocked={onBlocked} /> : null}
      {isPictureOn ? null : (
        <div className={classes.noPicture}>
          <Initials name={name} large />
        </div>
      )}
      <figcaption className={classes.name}>
        <NameLine face={face} isSpeaking={isSpeaking} />
      </figcaption>
    </figure>
  );
}

function NameLine({ face, isSpeaking }: { face: Face; isSpeaking: boolean }) {
  const { call, roles } = useStrings();
  const { participant, source } = face;
  const name = participant.display_name;
  if (source === 'screen') return <span>{call.screenOf(name)}</span>;
  const isGuest = participant.role !== 'patient' && participant.role !== 'clinician';
  return (
    <>
      {isSpeaking ? <IconVolume aria-hidden size={18} /> : null}
      {participant.microphone ? null : (
        <IconMicrophoneOff size={18} role="img" aria-label={call.micOff} />
      )}
      {participant.camera ? null : (
        <IconVideoOff size={18} role="img" aria-label={call.cameraIsOff} />
      )}
      <span>
        {participant.connection === 'reconnecting' ? call.reconnectingName(name) : name}
        {isGuest ? `, ${roles[participant.role]}` : ''}
      </span>
      {isSpeaking ? <span className="hidden">{call.speaking(name)}</span> : null}
    </>
  );
}
