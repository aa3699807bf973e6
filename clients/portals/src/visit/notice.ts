import type { MediaState, OwnMedia, Participant, Quality, Tile } from '@bedside/client';
import type { Strings } from '../strings/index.ts';

export interface NoticeInput {
  media: MediaState;
  own: OwnMedia;
  tiles: readonly Tile[];
  quality: Quality | null;
  you: Participant | null;
  hostName: string;
}

export interface Notice {
  tone: 'plain' | 'act';
  text: string;
}

/** Below this score the weak side of a connection is worth a sentence. */
const WEAK_BELOW = 3;

/** The one sentence under the picture: what matters most now, or nothing. */
export function noticeOf(input: NoticeInput, { call, check }: Strings): Notice | null {
  const { notices } = call;
  switch (input.media.phase) {
    case 'failed':
      return { tone: 'act', text: notices.failed };
    case 'reconnecting':
      return { tone: 'act', text: notices.reconnecting };
    case 'joining':
      return { tone: 'plain', text: notices.joining };
    case 'off':
    case 'connected':
      break;
  }
  if (input.you?.muted_by_host) {
    return { tone: 'act', text: notices.mutedByHost(input.hostName) };
  }
  if (input.tiles.some((tile) => tile.paused === 'bandwidth')) {
    return { tone: 'plain', text: notices.pausedVideo };
  }
  const device = deviceTrouble(input.own, check);
  if (device) return { tone: 'act', text: device };
  const weak = weakness(input.quality, notices);
  if (weak) return { tone: 'plain', text: weak };
  if (!input.own.microphone.on) return { tone: 'plain', text: notices.noMicrophone };
  return null;
}

function weakness(quality: Quality | null, words: Strings['call']['notices']): string | null {
  if (!quality || quality.score >= WEAK_BELOW) return null;
  switch (quality.cause) {
    case 'uplink_loss':
      return words.weakUp;
    case 'round_trip':
      return words.slowTrip;
    default:
      return words.weakDown;
  }
}

/** Why a device that was wanted is not there. */
function deviceTrouble(own: OwnMedia, { problems }: Strings['check']): string | null {
  if (own.microphone.fault) return problems.microphone[own.microphone.fault];
  if (own.camera.fault) return problems.camera[own.camera.fault];
  return null;
}
