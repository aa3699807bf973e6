import type { DeviceCheck, Visit } from '@bedside/client';
import { useStore } from '@bedside/client/react';
import { useCallback, useEffect, useRef, useState } from 'react';
import { CHECK_HOLDS_MS, markEntered, recall, wasEntered } from '../app/remember.ts';
import { type Intent, useNavigation } from '../app/router.tsx';
import { prepareSound } from '../parts/sound.ts';
import { type Trouble, useAction } from '../parts/trouble.ts';
import type { CheckDone } from './CheckScreen.tsx';
import { firstWish, ownPlace, type Phase, phaseOf, type Wish } from './phase.ts';

/** This tab's part in a visit: how it gets in, out and back. */
export interface Session {
  phase: Phase;
  trouble: Trouble | null;
  enter: () => void;
  /** Makes entering ready, while people look at themselves. */
  prepare: () => void;
  checked: (done: CheckDone) => void;
  skip: () => void;
  leave: () => void;
  rejoin: () => void;
  /** The page was opened to admit who waits. */
  isToAdmit: boolean;
}

export function useSession(visit: Visit): Session {
  const view = useStore(visit.view);
  const status = useStore(visit.status);
  const fault = useStore(visit.fault);
  const [intent] = useState(useNavigation().intent);
  const [wish, setWish] = useState<Wish>('undecided');
  const phase = phaseOf({ view, isDenied: status === 'denied', fault, wish });

  const entering = useAction(async () => {
    await visit.enter();
    markEntered(visit.id, true);
  });
  const enter = useCallback(() => {
    setWish('in');
    void entering.run();
  }, [entering.run]);

  const prepare = useCallback(() => visit.prepare(), [visit]);
  useFirstWish({ visit, wish, intent, setWish, enter });
  useRelease(visit, phase, wish);

  const checked = (done: CheckDone) => {
    // biome-ignore lint/correctness/useHookAtTopLevel: a method of the visit, no hook.
    visit.useTracks({
      ...(done.camera ? { camera: done.camera } : {}),
      ...(done.microphone ? { microphone: done.microphone } : {}),
    });
    report(visit, done.check);
    enter();
  };
  const leave = () => {
    setWish('left');
    markEntered(visit.id, false);
    // Leaving holds for this person at once; should the hub not hear it, the grace period ends it there.
    visit.leave().catch(() => {});
    visit.release();
  };
  const rejoin = () => {
    prepareSound();
    openRemembered(visit);
    enter();
  };
  return {
    phase,
    trouble: entering.trouble,
    enter,
    prepare,
    checked,
    skip: enter,
    leave,
    rejoin,
    isToAdmit: intent === 'admit',
  };
}

interface FirstWishInput {
  visit: Visit;
  wish: Wish;
  intent: Intent | null;
  setWish: (wish: Wish) => void;
  enter: () => void;
}

/** Decides, once the visit is known, whether this person goes through the check or straight back in. */
function useFirstWish({ visit, wish, intent, setWish, enter }: FirstWishInput): void {
  const view = useStore(visit.view);
  const isKnown = view !== null;
  const decided = useRef(false);
  useEffect(() => {
    const now = visit.view.get();
    if (decided.current || !isKnown || !now || wish !== 'undecided') return;
    decided.current = true;
    const next = firstWish({
      intent,
      wasEntered: wasEntered(visit.id),
      isChecked: Date.now() - recall('devices').checkedAt < CHECK_HOLDS_MS,
      place: ownPlace(now),
    });
    if (next !== 'in') {
      setWish(next);
      return;
    }
    openRemembered(visit);
    enter();
  }, [visit, isKnown, wish, intent, setWish, enter]);
}

/** Camera and microphone as they were last time. A refusal shows in the visit's own state, not here. */
function openRemembered(visit: Visit): void {
  const kept = recall('devices');
  const own = visit.own.get();
  if (kept.cameraOn && !own.camera.track) {
    visit.setCamera(true, kept.cameraId).catch(() => {});
  }
  if (kept.microphoneOn && !own.microphone.track) {
    visit.setMicrophone(true, kept.microphoneId).catch(() => {});
  }
}

/** The clinician sees the result. It is a courtesy: nothing waits for it and nothing fails by it. */
function report(visit: Visit, check: DeviceCheck): void {
  visit.reportDevice(check).catch(() => {});
}

const farewells = new Map<string, ReturnType<typeof setTimeout>>();
/** Long enough for React's own mount, unmount, mount in development, and for a turn of the page. */
const FAREWELL_MS = 400;

/** The camera's light goes out when there is nothing left to see; going to another page is leaving. */
function useRelease(visit: Visit, phase: Phase, wish: Wish): void {
  const isOver = phase.name === 'closed' || phase.name === 'revoked' || phase.name === 'refused';
  const isIn = useRef(false);
  useEffect(() => {
    isIn.current = wish === 'in' && !isOver;
    if (!isOver) return;
    markEntered(visit.id, false);
    visit.release();
  }, [visit, isOver, wish]);
  useEffect(() => {
    clearTimeout(farewells.get(visit.id));
    farewells.delete(visit.id);
    return () => {
      if (!isIn.current) return;
      const goodbye = () => {
        farewells.delete(visit.id);
        markEntered(visit.id, false);
        visit.leave().catch(() => {});
        visit.release();
      };
      farewells.set(visit.id, setTimeout(goodbye, FAREWELL_MS));
    };
  }, [visit]);
}
