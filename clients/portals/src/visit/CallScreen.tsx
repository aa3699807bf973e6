import type { Visit, VisitView } from '@bedside/client';
import { useTitle } from '../app/hooks.ts';
import { useStrings } from '../strings/index.ts';
import { Stage } from './Stage.tsx';

export interface CallScreenProps {
  visit: Visit;
  view: VisitView;
  onLeave: () => void;
}

/** The call of a patient or a guest: the picture, and four or five controls. */
export function CallScreen({ visit, view, onLeave }: CallScreenProps) {
  const { call } = useStrings();
  useTitle(call.stage);
  return (
    <>
      <h1 className="hidden">{call.with(view.clinician_name)}</h1>
      <Stage
        visit={visit}
        view={view}
        onLeave={onLeave}
        emptyText={call.alone(view.clinician_name)}
      />
    </>
  );
}
