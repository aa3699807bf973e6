import type { Visit, VisitView } from '@bedside/client';
import { useStore } from '@bedside/client/react';
import { IconVolume } from '@tabler/icons-react';
import { type CSSProperties, type ReactNode, useState } from 'react';
import { Act } from '../parts/Act.tsx';
import { useStrings } from '../strings/index.ts';
import { Controls } from './Controls.tsx';
import { FaceTile } from './FaceTile.tsx';
import { facesOf } from './faces.ts';
import { noticeOf } from './notice.ts';
import { useRosterAnnouncements } from './roster.ts';
import { SelfView } from './SelfView.tsx';
import classes from './stage.module.css';

export interface StageProps {
  visit: Visit;
  view: VisitView;
  onLeave: () => void;
  /** Said while nobody else is there. */
  emptyText: string;
  /** Beside the controls; the clinician's buttons for the panel and the end. */
  extra?: ReactNode;
  /** On top of the picture. */
  head?: ReactNode;
}

/** The picture and what one can do with one's own sound and picture. Everything else steps back. */
export function Stage({ visit, view, onLeave, emptyText, extra, head }: StageProps) {
  const { call } = useStrings();
  const tiles = useStore(visit.tiles);
  const speaker = useStore(visit.speaker);
  const [resumeSound, setResumeSound] = useState<(() => void)[]>([]);
  const faces = facesOf(view, tiles, speaker);
  useRosterAnnouncements(view);
  const hold = (resume: () => void) => setResumeSound((held) => [...held, resume]);
  const unblock = () => {
    for (const resume of resumeSound) resume();
    setResumeSound([]);
  };
  return (
    <section className={classes.stage} aria-label={call.stage}>
      {head}
      <div
        className={classes.faces}
        data-many={faces.length > 1}
        style={{ '--sides': Math.max(1, faces.length - 1) } as CSSProperties}
      >
        {faces.length === 0 ? <p className={classes.empty}>{emptyText}</p> : null}
        {faces.map((face) => (
          <FaceTile
            key={face.key}
            face={face}
            isSpeaking={face.participant.participant_id === speaker && face.source === 'camera'}
            onSize={(slot, width, height) => visit.setTileSize(slot, width, height)}
            onBlocked={hold}
          />
        ))}
        <SelfView visit={visit} />
        {resumeSound.length > 0 ? (
          <div className={classes.blocked}>
            <Act tone="act" large icon={<IconVolume aria-hidden />} onClick={unblock}>
              {call.tapToHear}
            </Act>
            <p>{call.tapToHearBody}</p>
          </div>
        ) : null}
      </div>
      <CaptionPlace visit={visit} view={view} />
      <Controls visit={visit} view={view} onLeave={onLeave} extra={extra} />
    </section>
  );
}

/** Where captions will stand; until then the place of the one sentence that matters. */
function CaptionPlace({ visit, view }: { visit: Visit; view: VisitView }) {
  const strings = useStrings();
  const media = useStore(visit.media);
  const own = useStore(visit.own);
  const tiles = useStore(visit.tiles);
  const quality = useStore(visit.quality);
  const you = view.participants.find((it) => it.participant_id === view.you) ?? null;
  const notice = noticeOf(
    { media, own, tiles, quality, you, hostName: view.clinician_name },
    strings,
  );
  return (
    <div className={classes.captions} role="status" data-testid="notice">
      {notice ? (
        <p className={classes.notice} data-tone={notice.tone}>
          {notice.text}
        </p>
      ) : null}
    </div>
  );
}
