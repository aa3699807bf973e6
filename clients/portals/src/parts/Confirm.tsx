import { Modal } from '@mantine/core';
import type { ReactNode } from 'react';
import { useIsBesideLocked } from '../account/locked.ts';
import { useStrings } from '../strings/index.ts';
import { Act } from './Act.tsx';
import classes from './parts.module.css';
import { useReturnFocus } from './returnFocus.ts';
import { TroubleNote, type TroubleWords } from './TroubleNote.tsx';
import type { Trouble } from './trouble.ts';

export interface SheetProps {
  title: string;
  isOpen: boolean;
  onClose: () => void;
  children: ReactNode;
  wide?: boolean;
  /** Belongs to the controls of a call, and stays when the page around it is locked. */
  isOfCall?: boolean;
}

/** A dialog. */
export function Sheet({ title, isOpen, onClose, children, wide, isOfCall = false }: SheetProps) {
  const { common } = useStrings();
  const isLocked = useIsBesideLocked();
  useReturnFocus(isOpen);
  return (
    <Modal
      opened={isOpen && (isOfCall || !isLocked)}
      onClose={onClose}
      title={title}
      // Inside the main landmark: everything on the page belongs to one.
      portalProps={{ target: '#main' }}
      centered
      size={wide ? 'lg' : 'md'}
      radius="lg"
      padding="lg"
      overlayProps={{ backgroundOpacity: 0.45 }}
      closeButtonProps={{ 'aria-label': common.close, size: 44 }}
      classNames={{
        inner: classes.sheetInner ?? '',
        title: classes.sheetTitle ?? '',
        content: classes.sheet ?? '',
      }}
      transitionProps={{ duration: 0 }}
    >
      {children}
    </Modal>
  );
}

export interface ConfirmProps {
  title: string;
  body: string;
  confirm: string;
  keep: string;
  isOpen: boolean;
  isRunning: boolean;
  trouble: Trouble | null;
  /** What a refusal means here. */
  words?: TroubleWords;
  onConfirm: () => void;
  onClose: () => void;
}

/** Asks before something that cannot be undone. The button says what it does and to whom. */
export function Confirm(props: ConfirmProps) {
  return (
    <Sheet title={props.title} isOpen={props.isOpen} onClose={props.onClose}>
      <p>{props.body}</p>
      <TroubleNote trouble={props.trouble} words={props.words} />
      <div className={classes.sheetActions}>
        <Act tone="quiet" onClick={props.onClose} data-autofocus>
          {props.keep}
        </Act>
        <Act
          tone="danger"
          onClick={props.onConfirm}
          loading={props.isRunning}
          data-testid="confirm"
        >
          {props.confirm}
        </Act>
      </div>
    </Sheet>
  );
}
