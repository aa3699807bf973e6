import type { Visit, VisitView } from '@bedside/client';
import { useStore } from '@bedside/client/react';
import {
  IconMicrophone,
  IconMicrophoneOff,
  IconPhoneOff,
  IconScreenShare,
  IconScreenShareOff,
  IconSettings,
  IconVideo,
  IconVideoOff,
} from '@tabler/icons-react';
import { type ReactNode, useState } from 'react';
import { recall, remember } from '../app/remember.ts';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import { DevicesDialog } from './DevicesDialog.tsx';
import classes from './stage.module.css';

export interface ControlsProps {
  visit: Visit;
  view: VisitView;
  onLeave: () => void;
  extra?: ReactNode;
}

/** Microphone, camera, screen, devices, leave: icons with words, each word says what a click does. */
export function Controls({ visit, view, onLeave, extra }: ControlsProps) {
  const { call } = useStrings();
  const [isChoosing, setChoosing] = useState(false);
  const { microphone, camera, screen } = useOwnControls(visit, view);
  return (
    <div className={classes.controls} role="toolbar" aria-label={call.controls}>
      <Control
        icon={microphone.isOn ? <IconMicrophone /> : <IconMicrophoneOff />}
        isOff={!microphone.isOn}
        onClick={microphone.toggle}
        label={microphone.isOn ? call.mute : call.unmute}
      />
      <Control
        icon={camera.isOn ? <IconVideo /> : <IconVideoOff />}
        isOff={!camera.isOn}
        onClick={camera.toggle}
        label={camera.isOn ? call.cameraOff : call.cameraOn}
      />
      {screen.isPossible ? (
        <Control
          icon={screen.isOn ? <IconScreenShareOff /> : <IconScreenShare />}
          isActive={screen.isOn}
          onClick={screen.toggle}
          label={screen.isOn ? call.stopSharing : call.share}
        />
      ) : null}
      <Control icon={<IconSettings />} onClick={() => setChoosing(true)} label={call.devices} />
      {extra}
      <Control icon={<IconPhoneOff />} isLeave onClick={onLeave} label={call.leave} />
      <DevicesDialog visit={visit} isOpen={isChoosing} onClose={() => setChoosing(false)} />
    </div>
  );
}

export interface ControlProps {
  icon: ReactNode;
  label: string;
  onClick: () => void;
  isOff?: boolean;
  isActive?: boolean;
  isLeave?: boolean;
  isExpanded?: boolean;
  /** How much is new behind it, in words too. */
  news?: { count: number; words: string };
}

export function Control({
  icon,
  label,
  onClick,
  isOff,
  isActive,
  isLeave,
  isExpanded,
  news,
}: ControlProps) {
  return (
    <button
      type="button"
      className={classes.control}
      data-off={isOff ?? false}
      data-active={isActive ?? false}
      data-leave={isLeave ?? false}
      aria-expanded={isExpanded}
      onClick={onClick}
    >
      <span className={classes.controlIcon} aria-hidden="true">
        {icon}
        {news && news.count > 0 ? <span className={classes.news}>{news.count}</span> : null}
      </span>
      <span>{label}</span>
      {news && news.count > 0 ? <span className="hidden">{news.words}</span> : null}
    </button>
  );
}

export interface OwnControl {
  isOn: boolean;
  toggle: () => void;
}

/** One's own microphone, camera and screen. A device that does not open shows as off, with its reason in the notice. */
export function useOwnControls(visit: Visit, view: VisitView) {
  const own = useStore(visit.own);
  const you = view.participants.find((it) => it.participant_id === view.you);
  const isMicOn = own.microphone.on && !you?.muted_by_host;
  const microphone = useAction(async () => {
    await visit.setMicrophone(!isMicOn);
    remember('devices', { ...recall('devices'), microphoneOn: !isMicOn });
  });
  const camera = useAction(async () => {
    await visit.setCamera(!own.camera.on);
    remember('devices', { ...recall('devices'), cameraOn: !own.camera.on });
  });
  const screen = useAction(() => visit.shareScreen(!own.screen.on));
  const control = (isOn: boolean, action: { run: () => Promise<unknown> }): OwnControl => ({
    isOn,
    toggle: () => void action.run(),
  });
  return {
    microphone: control(isMicOn, microphone),
    camera: control(own.camera.on, camera),
    screen: {
      ...control(own.screen.on, screen),
      isPossible: typeof navigator.mediaDevices?.getDisplayMedia === 'function',
    },
  };
}
