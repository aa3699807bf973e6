import type { FileId } from '@bedside/client';
import { Modal } from '@mantine/core';
import {
  IconChevronLeft,
  IconChevronRight,
  IconDownload,
  IconZoomIn,
  IconZoomOut,
} from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { useIsBesideLocked } from '../account/locked.ts';
import { RoundButton } from '../messages/controls.tsx';
import { Act } from '../parts/Act.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import type { Shown } from './check.ts';
import { useFileFormat } from './format.ts';
import { useDownload, useFileAddress } from './links.ts';
import classes from './viewer.module.css';

export interface ViewerProps {
  pictures: readonly Shown[];
  /** The one that is open. */
  fileId: FileId | null;
  onShow: (fileId: FileId) => void;
  onClose: () => void;
}

const MOST_ZOOM = 4;

/** One picture over the whole window, and the way to the others. */
export function Viewer({ pictures, fileId, onShow, onClose }: ViewerProps) {
  const { common, files: words } = useStrings();
  const index = pictures.findIndex((it) => it.file.file_id === fileId);
  const shown = pictures[index];
  const isLocked = useIsBesideLocked();
  return (
    <Modal
      opened={shown !== undefined && !isLocked}
      onClose={onClose}
      title={shown ? words.viewer.title(shown.file.name) : ''}
      portalProps={{ target: '#main' }}
      fullScreen
      padding="sm"
      closeButtonProps={{ 'aria-label': common.close, size: 44 }}
      classNames={{
        inner: classes.viewerInner ?? '',
        title: classes.viewerTitle ?? '',
        body: classes.viewerBody ?? '',
        content: classes.viewerContent ?? '',
      }}
      transitionProps={{ duration: 0 }}
    >
      {shown ? (
        <Opened
          key={shown.file.file_id}
          shown={shown}
          index={index}
          count={pictures.length}
          onStep={(step) => {
            const next = pictures[index + step];
            if (next) onShow(next.file.file_id);
          }}
        />
      ) : null}
    </Modal>
  );
}

interface OpenedProps {
  shown: Shown;
  index: number;
  count: number;
  onStep: (step: -1 | 1) => void;
}

function Opened({ shown: { file }, index, count, onStep }: OpenedProps) {
  const { files } = useStrings();
  const { viewer: words, thread } = files;
  const format = useFileFormat();
  const { url, isBroken, again } = useFileAddress(file.file_id, 'preview', true);
  const [isLost, setLost] = useState(false);
  const [zoom, setZoom] = useState(1);
  const download = useDownload();
  const bring = useAction(() => download(file.file_id, file.name));
  const larger = () => setZoom((it) => Math.min(MOST_ZOOM, it + 1));
  const smaller = () => setZoom((it) => Math.max(1, it - 1));
  const keys = useRef<Record<string, () => void>>({});
  useEffect(() => {
    const isRtl = document.documentElement.dir === 'rtl';
    keys.current = {
      '+': larger,
      '=': larger,
      '-': smaller,
      // A picture that is larger than the window is moved by its arrow keys.
      ...(zoom === 1 && {
        ArrowLeft: () => onStep(isRtl ? 1 : -1),
        ArrowRight: () => onStep(isRtl ? -1 : 1),
      }),
    };
  });
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const act = event.ctrlKey || event.metaKey || event.altKey ? null : keys.current[event.key];
      if (!act) return;
      event.preventDefault();
      act();
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, []);
  return (
    <div className={classes.viewer}>
      <section
        className={classes.viewerArea}
        data-zoom={zoom}
        data-autofocus
        // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reached by the keyboard.
        tabIndex={0}
        aria-label={words.area}
        aria-busy={url === null}
      >
        {isBroken || isLost ? (
          <div className={classes.viewerWait}>
            <p role="alert">{thread.notLoaded}</p>
            <Act
              onClick={() => {
                setLost(false);
                again();
              }}
            >
              {thread.again}
            </Act>
          </div>
        ) : url ? (
          <img src={url} alt={file.name} onError={() => setLost(true)} />
        ) : null}
      </section>
      <div className={classes.viewerBar}>
        {count > 1 ? (
          <>
            <RoundButton
              label={words.previous}
              icon={<IconChevronLeft aria-hidden className={classes.flip} />}
              disabled={index === 0}
              onClick={() => onStep(-1)}
            />
            <span className={classes.count} role="status">
              {words.of(index + 1, count)}
            </span>
            <RoundButton
              label={words.next}
              icon={<IconChevronRight aria-hidden className={classes.flip} />}
              disabled={index === count - 1}
              onClick={() => onStep(1)}
            />
          </>
        ) : null}
        <RoundButton
          label={words.smaller}
          icon={<IconZoomOut aria-hidden />}
          disabled={zoom === 1}
          onClick={smaller}
        />
        <RoundButton
          label={words.larger}
          icon={<IconZoomIn aria-hidden />}
          disabled={zoom === MOST_ZOOM}
          onClick={larger}
        />
        <span className="hidden" role="status">
          {words.zoom(format.percent(zoom, 1))}
        </span>
        <Act
          icon={<IconDownload aria-hidden size={20} />}
          aria-label={thread.downloadOf(file.name)}
          loading={bring.isRunning}
          onClick={() => bring.run()}
        >
          {thread.download}
        </Act>
        <span className="hidden">{words.keys}</span>
      </div>
      <TroubleNote trouble={bring.trouble} />
    </div>
  );
}
