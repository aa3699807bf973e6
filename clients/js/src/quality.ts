/** QUALITY of the own link, from two samples of WebRTC statistics (W3C webrtc-stats). Pure. */
import type { ReportQuality } from './protocol.gen.js';

/** How good the link is, and what spoils it. */
export interface Quality {
  /** 0 (unusable) to 5. */
  readonly score: number;
  /** What spoils it most; absent when nothing does. */
  readonly cause?: 'uplink_loss' | 'downlink_loss' | 'round_trip' | 'bandwidth';
  readonly roundTripMs: number;
  /** Of received packets. */
  readonly lossPercent: number;
  readonly receivedKbps: number;
  readonly sentKbps: number;
}

/** What the hub is told. */
export type Report = Omit<ReportQuality, 'appointment_id'>;

/** Sums over all streams at one moment. */
export interface Sample {
  readonly at: number;
  readonly received: number;
  readonly lost: number;
  readonly bytesIn: number;
  readonly bytesOut: number;
  readonly freezes: number;
  readonly jitterMs: number;
  readonly roundTripMs: number;
  /** Share of our packets that the SFU missed, 0 to 1. */
  readonly uplinkLoss: number;
  /** The camera is made smaller for want of bandwidth. */
  readonly isSqueezed: boolean;
}

interface Stat {
  type: string;
  kind?: string;
  state?: string;
  nominated?: boolean;
  packetsReceived?: number;
  packetsLost?: number;
  bytesReceived?: number;
  bytesSent?: number;
  freezeCount?: number;
  jitter?: number;
  fractionLost?: number;
  currentRoundTripTime?: number;
  qualityLimitationReason?: string;
}

/** Reads a report. */
export const sampleOf = (report: Iterable<readonly [string, unknown]>, at: number): Sample => {
  const stats = [...report].map(([, it]) => it as Stat);
  const all = (type: string) => stats.filter((it) => it.type === type);
  const sum = (
    of: Stat[],
    field: 'packetsReceived' | 'packetsLost' | 'bytesReceived' | 'bytesSent' | 'freezeCount',
  ) => of.reduce((total, it) => total + (it[field] ?? 0), 0);
  const most = (values: number[]) => Math.max(0, ...values);
  const inbound = all('inbound-rtp');
  const outbound = all('outbound-rtp');
  const pair = all('candidate-pair').find((it) => it.nominated && it.state === 'succeeded');
  return {
    at,
    received: sum(inbound, 'packetsReceived'),
    lost: sum(inbound, 'packetsLost'),
    bytesIn: sum(inbound, 'bytesReceived'),
    bytesOut: sum(outbound, 'bytesSent'),
    freezes: sum(inbound, 'freezeCount'),
    jitterMs: most(
      inbound.filter((it) => it.kind === 'audio').map((it) => (it.jitter ?? 0) * 1_000),
    ),
    roundTripMs: (pair?.currentRoundTripTime ?? 0) * 1_000,
    uplinkLoss: most(all('remote-inbound-rtp').map((it) => it.fractionLost ?? 0)),
    isSqueezed: outbound.some((it) => it.qualityLimitationReason === 'bandwidth'),
  };
};

/** Bounds of a measure: at the first it costs one point, at the second two, and so on. */
const LOSS = [1, 3, 8, 15, 40];
const ROUND_TRIP = [200, 350, 600, 1_000, 3_000];

const points = (value: number, bounds: number[]): number =>
  5 - bounds.filter((bound) => value >= bound).length;

/** What happened between two samples. `isPaused`: the SFU holds video back for want of bandwidth. */
export const qualityOf = (before: Sample, now: Sample, isPaused: boolean): Quality => {
  const seconds = Math.max(0.001, (now.at - before.at) / 1_000);
  const received = Math.max(0, now.received - before.received);
  const lost = Math.max(0, now.lost - before.lost);
  const lossPercent = received + lost === 0 ? 0 : (100 * lost) / (received + lost);
  const kbps = (from: number, to: number) =>
    Math.max(0, Math.round(((to - from) * 8) / 1_000 / seconds));
  const scores: [number, Quality['cause'] & string][] = [
    [points(lossPercent, LOSS), 'downlink_loss'],
    [points(100 * now.uplinkLoss, LOSS), 'uplink_loss'],
    [points(now.roundTripMs, ROUND_TRIP), 'round_trip'],
    [isPaused ? 2 : now.isSqueezed ? 4 : 5, 'bandwidth'],
  ];
  const [score, cause] = scores.reduce((worst, it) => (it[0] < worst[0] ? it : worst));
  return {
    score,
    ...(score < 5 ? { cause } : {}),
    roundTripMs: Math.round(now.roundTripMs),
    lossPercent: Math.round(lossPercent * 10) / 10,
    receivedKbps: kbps(before.bytesIn, now.bytesIn),
    sentKbps: kbps(before.bytesOut, now.bytesOut),
  };
};

/** The same for the hub, which keeps it with the visit. */
export const reportOf = (quality: Quality, now: Sample): Report => ({
  round_trip_ms: quality.roundTripMs,
  loss_percent: quality.lossPercent,
  jitter_ms: Math.round(now.jitterMs),
  freezes: now.freezes,
  received_kbps: quality.receivedKbps,
  sent_kbps: quality.sentKbps,
});
