import type { DeviceCheck } from '@bedside/client';
import { IconVideoOff } from '@tabler/icons-react';
import { useEffect } from 'react';
import { useTitle } from '../app/hooks.ts';
import { type RememberedDevices, recall, remember } from '../app/remember.ts';
import { Act } from '../parts/Act.tsx';
import { StreamVideo } from '../parts/StreamVideo.tsx';
import { prepareSound } from '../parts/sound.ts';
import { useStreamOf } from '../parts/tracks.ts';
import { useStrings } from '../strings/index.ts';
import { CameraRow, MicrophoneRow, NetworkRow, SpeakerRow } from './CheckRows.tsx';
import classes from './check.module.css';
import {
  type DeviceChecking,
  isGoodCheck,
  type Opened,
  resultOf,
  useDeviceCheck,
} from './deviceCheck.ts';

export interface CheckDone {
  check: DeviceCheck;
  camera?: MediaStreamTrack;
  microphone?: MediaStreamTrack;
}

export interface CheckScreenProps {
  /** Whom they will see; empty for the clinician. */
  otherName: string;
  enterLabel: string;
  /** The network has been measured: what is done now disturbs no figure. */
  onMeasured: () => void;
  onDone: (done: CheckDone) => void;
  /** Straight in, with everything off. */
  onSkip: () => void;
}

/** Own picture, a level that moves, a sound, and a word on the connection; each problem with its way out. */
export function CheckScreen({
  otherName,
  enterLabel,
  onMeasured,
  onDone,
  onSkip,
}: CheckScreenProps) {
  const { check: words } = useStrings();
  const checking = useDeviceCheck();
  const { state } = checking;
  useTitle(words.title);
  const isMeasured = state.network !== 'measuring';
  useEffect(() => {
    if (isMeasured) onMeasured();
  }, [isMeasured, onMeasured]);
  const enter = () => {
    prepareSound();
    const check = resultOf(state);
    keepChoices(state.camera, state.microphone, check);
    onDone({ check, ...checking.handOver() });
  };
  const skip = () => {
    prepareSound();
    onSkip();
  };
  return (
    <div className={classes.page}>
      <div>
        <h1>{words.title}</h1>
        <p className="quiet">{otherName ? words.lead(otherName) : words.leadOwn}</p>
      </div>
      <div className={classes.columns}>
        <Picture camera={state.camera} />
        <Rows checking={checking} />
      </div>
      <div className={classes.foot}>
        {state.microphone.state === 'fault' ? <p>{words.silent}</p> : null}
        <div className={classes.footActions}>
          <Act tone="main" large onClick={enter}>
            {enterLabel}
          </Act>
          <Act tone="bare" onClick={skip}>
            {words.skip}
          </Act>
        </div>
      </div>
    </div>
  );
}

function Picture({ camera }: { camera: Opened }) {
  const { check: words } = useStrings();
  const stream = useStreamOf(camera.track);
  return (
    <div className={classes.picture}>
      {stream ? (
        <StreamVideo stream={stream} isMirrored data-own="" aria-label={words.picture} />
      ) : (
        <p className={classes.noPicture}>
          <IconVideoOff aria-hidden size={36} stroke={1.4} />
          {camera.state === 'opening' ? words.opening : words.noPicture}
        </p>
      )}
    </div>
  );
}

function Rows({ checking }: { checking: DeviceChecking }) {
  return (
    <ul className={classes.rows}>
      <CameraRow checking={checking} />
      <MicrophoneRow checking={checking} />
      <SpeakerRow checking={checking} />
      <NetworkRow checking={checking} />
    </ul>
  );
}

/** What was chosen comes back next time; that the check went well is known for a while. */
function keepChoices(camera: Opened, microphone: Opened, check: DeviceCheck): void {
  const kept: RememberedDevices = {
    ...recall('devices'),
    checkedAt: isGoodCheck(check) ? Date.now() : 0,
    cameraOn: camera.track !== undefined,
    microphoneOn: microphone.track !== undefined,
  };
  const cameraId = camera.track?.getSettings().deviceId;
  const microphoneId = microphone.track?.getSettings().deviceId;
  if (cameraId) kept.cameraId = cameraId;
  if (microphoneId) kept.microphoneId = microphoneId;
  remember('devices', kept);
}
