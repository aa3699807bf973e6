import { NativeSelect } from '@mantine/core';
import {
  IconAlertTriangle,
  IconCircleCheck,
  IconLoader2,
  IconMicrophone,
  IconRefresh,
  IconVideo,
  IconVolume,
  IconWifi,
} from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { Act } from '../parts/Act.tsx';
import { LevelBar } from '../parts/LevelBar.tsx';
import { playChime } from '../parts/sound.ts';
import { useStrings } from '../strings/index.ts';
import classes from './check.module.css';
import type { DeviceChecking, Kind } from './deviceCheck.ts';

/** Louder than this is somebody who speaks, not the room. */
const HEARD_ABOVE = 0.12;

interface RowProps {
  checking: DeviceChecking;
}

type Mark = 'good' | 'busy' | 'problem' | 'open';

interface CheckRowProps {
  name: string;
  icon: ReactNode;
  mark: Mark;
  children: ReactNode;
}

function CheckRow({ name, icon, mark, children }: CheckRowProps) {
  return (
    <li className={classes.row} data-mark={mark}>
      <span className={classes.rowIcon} aria-hidden="true">
        {icon}
      </span>
      <div className={classes.rowBody}>
        <h2 className={classes.rowName}>{name}</h2>
        {children}
      </div>
      <MarkIcon mark={mark} />
    </li>
  );
}

function MarkIcon({ mark }: { mark: Mark }) {
  switch (mark) {
    case 'good':
      return <IconCircleCheck aria-hidden className={classes.markGood} />;
    case 'problem':
      return <IconAlertTriangle aria-hidden className={classes.markProblem} />;
    case 'busy':
      return <IconLoader2 aria-hidden className={classes.markBusy} />;
    case 'open':
      return null;
  }
}

function markOf(state: 'opening' | 'on' | 'fault'): Mark {
  return state === 'on' ? 'good' : state === 'fault' ? 'problem' : 'busy';
}

export function CameraRow({ checking }: RowProps) {
  const { check: words } = useStrings();
  const { camera } = checking.state;
  return (
    <CheckRow name={words.camera} icon={<IconVideo />} mark={markOf(camera.state)}>
      <div role="status">
        {camera.state === 'fault' ? (
          <Problem kind="camera" checking={checking} />
        ) : (
          <p className="quiet">{camera.state === 'on' ? words.works : words.checking}</p>
        )}
      </div>
      <Chooser kind="camera" checking={checking} />
    </CheckRow>
  );
}

export function MicrophoneRow({ checking }: RowProps) {
  const { check: words } = useStrings();
  const { microphone, isHeard } = checking.state;
  const onLevel = (level: number) => {
    if (level > HEARD_ABOVE && !isHeard) checking.send({ type: 'heard' });
  };
  const mark: Mark = microphone.state === 'on' && !isHeard ? 'open' : markOf(microphone.state);
  return (
    <CheckRow name={words.microphone} icon={<IconMicrophone />} mark={mark}>
      <div role="status">
        {microphone.state === 'fault' ? (
          <Problem kind="microphone" checking={checking} />
        ) : (
          <p className="quiet">
            {microphone.state === 'on' ? (isHeard ? words.heard : words.speak) : words.checking}
          </p>
        )}
      </div>
      {microphone.track ? (
        <LevelBar track={microphone.track} label={words.level} onLevel={onLevel} />
      ) : null}
      <Chooser kind="microphone" checking={checking} />
    </CheckRow>
  );
}

function Problem({ kind, checking }: { kind: Kind; checking: DeviceChecking }) {
  const { check: words } = useStrings();
  const fault = checking.state[kind].fault ?? 'failed';
  return (
    <div className={classes.problem} data-fault={fault}>
      <p>{words.problems[kind][fault]}</p>
      <Act
        icon={<IconRefresh aria-hidden size={20} />}
        onClick={() => checking.open([kind])}
        aria-label={`${words.tryAgain}: ${words[kind]}`}
      >
        {words.tryAgain}
      </Act>
    </div>
  );
}

/** Which device to use; shown when there is a choice. */
function Chooser({ kind, checking }: { kind: Kind; checking: DeviceChecking }) {
  const { check: words } = useStrings();
  const input = kind === 'camera' ? 'videoinput' : 'audioinput';
  const found = checking.state.known.filter((it) => it.kind === input && it.deviceId !== '');
  if (found.length < 2) return null;
  const unnamed = kind === 'camera' ? words.unnamedCamera : words.unnamedMicrophone;
  const current = checking.state[kind].track?.getSettings().deviceId ?? '';
  return (
    <NativeSelect
      size="md"
      aria-label={kind === 'camera' ? words.chooseCamera : words.chooseMicrophone}
      value={current}
      data={found.map((it, index) => ({
        value: it.deviceId,
        label: it.label || unnamed(index + 1),
      }))}
      onChange={(event) => checking.open([kind], { [kind]: event.currentTarget.value })}
    />
  );
}

export function SpeakerRow({ checking }: RowProps) {
  const { check: words } = useStrings();
  const { speaker } = checking.state;
  const set = (next: typeof speaker) => checking.send({ type: 'speaker', speaker: next });
  const play = async () => {
    set('playing');
    await playChime();
    set('asked');
  };
  const mark: Mark = speaker === 'good' ? 'good' : speaker === 'failed' ? 'problem' : 'open';
  return (
    <CheckRow name={words.speaker} icon={<IconVolume />} mark={mark}>
      <p className="quiet" role="status">
        {speaker === 'good' ? words.speakerGood : null}
        {speaker === 'failed' ? words.speakerHelp : null}
        {speaker === 'asked' ? words.didYouHear : null}
      </p>
      <div className={classes.inline}>
        {speaker === 'asked' ? (
          <>
            <Act onClick={() => set('good')}>{words.yes}</Act>
            <Act onClick={() => set('failed')}>{words.no}</Act>
          </>
        ) : (
          <Act
            icon={<IconVolume aria-hidden size={20} />}
            onClick={play}
            disabled={speaker === 'playing'}
          >
            {speaker === 'playing' ? words.playing : words.play}
          </Act>
        )}
      </div>
    </CheckRow>
  );
}

export function NetworkRow({ checking }: RowProps) {
  const { check: words } = useStrings();
  const { network } = checking.state;
  const isMeasuring = network === 'measuring';
  const isDown = !isMeasuring && network.reason === 'unreachable';
  const mark: Mark = isMeasuring ? 'busy' : network.verdict === 'good' ? 'good' : 'problem';
  return (
    <CheckRow name={words.network} icon={<IconWifi />} mark={mark}>
      <p className="quiet" role="status" data-testid="network-verdict">
        {isMeasuring ? words.networkChecking : words.networkWords[network.reason]}
      </p>
      {isDown ? (
        <div className={classes.inline}>
          <Act icon={<IconRefresh aria-hidden size={20} />} onClick={checking.measure}>
            {words.tryAgain}
          </Act>
        </div>
      ) : null}
    </CheckRow>
  );
}
