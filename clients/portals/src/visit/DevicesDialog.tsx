import { devices, type Visit } from '@bedside/client';
import { useStore } from '@bedside/client/react';
import { NativeSelect } from '@mantine/core';
import { useEffect, useState } from 'react';
import { recall, remember } from '../app/remember.ts';
import { Sheet } from '../parts/Confirm.tsx';
import { LevelBar } from '../parts/LevelBar.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './visit.module.css';

export interface DevicesDialogProps {
  visit: Visit;
  isOpen: boolean;
  onClose: () => void;
}

/** Another camera or microphone, without leaving where one is. */
export function DevicesDialog({ visit, isOpen, onClose }: DevicesDialogProps) {
  const { call } = useStrings();
  return (
    <Sheet title={call.devicesTitle} isOpen={isOpen} onClose={onClose} isOfCall>
      <Choosers visit={visit} />
    </Sheet>
  );
}

function Choosers({ visit }: { visit: Visit }) {
  const { check } = useStrings();
  const own = useStore(visit.own);
  const known = useKnownDevices();
  const choose = useAction(async (kind: 'camera' | 'microphone', id: string) => {
    if (kind === 'camera') await visit.setCamera(true, id);
    else await visit.setMicrophone(true, id);
    const kept = recall('devices');
    remember(
      'devices',
      kind === 'camera' ? { ...kept, cameraId: id } : { ...kept, microphoneId: id },
    );
  });
  const options = (kind: MediaDeviceKind, unnamed: (index: number) => string) =>
    known
      .filter((it) => it.kind === kind && it.deviceId !== '')
      .map((it, index) => ({ value: it.deviceId, label: it.label || unnamed(index + 1) }));
  return (
    <div className={classes.choosers}>
      <TroubleNote trouble={choose.trouble} />
      <NativeSelect
        size="md"
        label={check.chooseCamera}
        value={own.camera.track?.getSettings().deviceId ?? ''}
        data={options('videoinput', check.unnamedCamera)}
        onChange={(event) => choose.run('camera', event.currentTarget.value)}
      />
      <NativeSelect
        size="md"
        label={check.chooseMicrophone}
        value={own.microphone.track?.getSettings().deviceId ?? ''}
        data={options('audioinput', check.unnamedMicrophone)}
        onChange={(event) => choose.run('microphone', event.currentTarget.value)}
      />
      {own.microphone.track ? <LevelBar track={own.microphone.track} label={check.level} /> : null}
    </div>
  );
}

function useKnownDevices(): readonly MediaDeviceInfo[] {
  const [known, setKnown] = useState<readonly MediaDeviceInfo[]>([]);
  useEffect(() => {
    let isCurrent = true;
    const look = () =>
      devices.list().then(
        (found) => {
          if (isCurrent) setKnown(found);
        },
        () => {},
      );
    void look();
    navigator.mediaDevices?.addEventListener('devicechange', look);
    return () => {
      isCurrent = false;
      navigator.mediaDevices?.removeEventListener('devicechange', look);
    };
  }, []);
  return known;
}
