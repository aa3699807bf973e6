import { useEffect, useRef } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { playChime } from '../parts/sound.ts';
import { useStrings } from '../strings/index.ts';
import type { Phase } from './phase.ts';

/** Calls a waiting person back to the page when they are let in: sound, title, notification, live region. */
export function useAdmissionSignal(
  phase: Phase['name'],
  clinicianName: string,
  isWanted: boolean,
): void {
  const { waiting } = useStrings();
  const announce = useAnnounce();
  const last = useRef(phase);
  useEffect(() => {
    const was = last.current;
    last.current = phase;
    if (!isWanted || was !== 'waiting' || phase !== 'call') return;
    announce(`${waiting.admittedTitle}. ${waiting.admittedBody(clinicianName)}`, { urgent: true });
    void playChime();
    if (!document.hidden) return;
    document.title = `\u25cf ${waiting.admittedTitle}`;
    notify(waiting.admittedTitle);
  }, [phase, isWanted, clinicianName, announce, waiting]);
}

/** No name in it: notifications are read by whoever stands beside the screen. */
function notify(title: string): void {
  if (typeof Notification === 'undefined' || Notification.permission !== 'granted') return;
  try {
    const notification = new Notification(title, { tag: 'bedside-admitted', icon: '/icon.svg' });
    notification.onclick = () => {
      window.focus();
      notification.close();
    };
  } catch {
    // Some telephones notify through a service worker only; sound and title remain.
  }
}
