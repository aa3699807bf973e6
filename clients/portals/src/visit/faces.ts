import type { Participant, Role, Tile, VisitView } from '@bedside/client';

/** Somebody, or their screen, on the stage. */
export interface Face {
  key: string;
  participant: Participant;
  source: 'camera' | 'screen';
  /** Absent while their sound and picture have not come yet. */
  tile: Tile | null;
  isMain: boolean;
}

/** Everybody else in the visit, the one that belongs large marked. The order stays as the hub gives it. */
export function facesOf(view: VisitView, tiles: readonly Tile[], speaker: string | null): Face[] {
  const others = view.participants.filter(
    (it) => it.place === 'inside' && it.participant_id !== view.you,
  );
  const faces = others.flatMap((participant) => facesOfOne(participant, tiles));
  const you = view.participants.find((it) => it.participant_id === view.you);
  const main = mainOf(faces, you?.role ?? 'patient', speaker);
  return faces.map((face) => ({ ...face, isMain: face === main }));
}

function facesOfOne(participant: Participant, tiles: readonly Tile[]): Face[] {
  const theirs = tiles.filter((tile) => tile.participantId === participant.participant_id);
  const face = (source: Face['source'], tile: Tile | null): Face => ({
    key: `${participant.participant_id}.${source}`,
    participant,
    source,
    tile,
    isMain: false,
  });
  const camera = face('camera', theirs.find((tile) => tile.source === 'camera') ?? null);
  const screen = theirs.find((tile) => tile.source === 'screen');
  return screen && participant.screen ? [camera, face('screen', screen)] : [camera];
}

/** A shared screen first, then the one whom the visit is about, then who speaks. */
function mainOf(faces: readonly Face[], role: Role, speaker: string | null): Face | undefined {
  const screen = faces.find((face) => face.source === 'screen');
  if (screen) return screen;
  const wanted: Role | null =
    role === 'patient' ? 'clinician' : role === 'clinician' ? 'patient' : null;
  return (
    faces.find((face) => face.participant.role === wanted) ??
    faces.find((face) => face.participant.participant_id === speaker) ??
    faces.find((face) => face.participant.role === 'clinician') ??
    faces.at(0)
  );
}
