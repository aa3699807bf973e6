/**
 * What is measured inside a page. `installProbe` runs before any script of the page; the other functions are called
 * in it. All of them are sent to the browser as text: they may use nothing from outside themselves but each other's
 * traces in `window.probe`.
 */

/** One peer connection of the page. */
export interface WatchedPeer {
  connection: RTCPeerConnection;
  /** Calls of `setLocalDescription`: one is the offer of the join. */
  offers: number;
  /** `negotiationneeded` after the answer: the page would have to offer again. */
  renegotiations: number;
}

declare global {
  interface Window {
    probe: { peers: WatchedPeer[] };
    reportViolation: (text: string) => void;
  }
}

export function installProbe(): void {
  const peers: WatchedPeer[] = [];
  const Real = window.RTCPeerConnection;
  // No fields in this class: they would be compiled to helpers that the page does not have.
  class Watched extends Real {
    constructor(configuration?: RTCConfiguration) {
      super(configuration);
      const watched: WatchedPeer = { connection: this, offers: 0, renegotiations: 0 };
      peers.push(watched);
      this.addEventListener('negotiationneeded', () => {
        if (this.remoteDescription) watched.renegotiations += 1;
      });
      this.setLocalDescription = (description?: RTCLocalSessionDescriptionInit) => {
        watched.offers += 1;
        return super.setLocalDescription(description);
      };
    }
  }
  window.RTCPeerConnection = Watched;
  window.probe = { peers };
  document.addEventListener('securitypolicyviolation', (event) => {
    window.reportViolation?.(`${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}`);
  });
}

/** Sound and picture of somebody else, as they arrive. Counts only grow. */
export interface Reception {
  /** Frames decoded. */
  frames: number;
  /** Width of the last decoded frame in pixels. */
  width: number;
  freezes: number;
  /** Which stream it is on the wire; another one would have to start anew. */
  ssrc: number;
  /** Sum of squared sound levels over time, in seconds of full scale (`totalAudioEnergy` of webrtc-stats). */
  energy: number;
  /** Sound samples that came, and those that had to be made up. */
  samples: number;
  concealed: number;
  /** Sound packets that came, and those that did not. */
  packets: number;
  lost: number;
}

/** What this page receives of the person or screen whose tile has that label; `null` while there is none. */
export async function measureTile(label: string): Promise<Reception | null> {
  const videos = [...document.querySelectorAll<HTMLVideoElement>('video[data-participant]')];
  const video = videos.find((it) => it.getAttribute('aria-label') === label);
  const stream = video?.srcObject;
  if (!(stream instanceof MediaStream)) return null;
  const peer = window.probe.peers.findLast((it) => it.connection.connectionState === 'connected');
  if (!peer) return null;
  const ids = stream.getTracks().map((it) => it.id);
  const found: Reception = {
    frames: 0,
    width: 0,
    freezes: 0,
    ssrc: 0,
    energy: 0,
    samples: 0,
    concealed: 0,
    packets: 0,
    lost: 0,
  };
  for (const report of (await peer.connection.getStats()).values()) {
    if (report.type !== 'inbound-rtp' || !ids.includes(report.trackIdentifier)) continue;
    if (report.kind === 'video') {
      found.frames = report.framesDecoded ?? 0;
      found.width = report.frameWidth ?? 0;
      found.freezes = report.freezeCount ?? 0;
      found.ssrc = report.ssrc;
    } else {
      found.energy = report.totalAudioEnergy ?? 0;
      found.samples = report.totalSamplesReceived ?? 0;
      found.concealed = (report.concealedSamples ?? 0) - (report.silentConcealedSamples ?? 0);
      found.packets = report.packetsReceived ?? 0;
      found.lost = report.packetsLost ?? 0;
    }
  }
  return found;
}

/** How often each peer connection of the page has offered, and would have had to again. */
export function negotiations(): { offers: number[]; renegotiations: number } {
  const { peers } = window.probe;
  const used = peers.filter((it) => it.connection.remoteDescription !== null || it.offers > 1);
  return {
    offers: used.map((it) => it.offers),
    renegotiations: peers.reduce((sum, it) => sum + it.renegotiations, 0),
  };
}

/** Everything that a page knows of ways to others: nothing before it is admitted. */
export async function waysToOthers(): Promise<{
  remoteVideos: number;
  remoteDescriptions: number;
  remoteCandidates: number;
  text: string;
}> {
  let remoteCandidates = 0;
  let remoteDescriptions = 0;
  for (const { connection } of window.probe.peers) {
    if (connection.remoteDescription) remoteDescriptions += 1;
    for (const report of (await connection.getStats()).values()) {
      if (report.type === 'remote-candidate') remoteCandidates += 1;
    }
  }
  return {
    remoteVideos: document.querySelectorAll('video[data-participant]').length,
    remoteDescriptions,
    remoteCandidates,
    text: document.body.innerText,
  };
}

/** Everything that this origin keeps in the browser, as one text. */
export async function everythingKept(): Promise<string> {
  const databases = await indexedDB.databases();
  return JSON.stringify({
    session: { ...sessionStorage },
    local: { ...localStorage },
    cookies: document.cookie,
    databases: databases.map((it) => it.name),
    caches: await caches.keys(),
  });
}

/** Rows and keys of what waits to be sent, as whoever copies the disk would read them. */
export async function everythingWaiting([name, rows]: readonly [string, string]): Promise<string> {
  const asked = <T>(request: IDBRequest<T>) =>
    new Promise<T>((resolve, reject) => {
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => reject(request.error);
    });
  const database = await asked(indexedDB.open(name));
  const transaction = database.transaction([rows, 'keys']);
  const all = (store: string) => asked<unknown[]>(transaction.objectStore(store).getAll());
  const text = JSON.stringify(await Promise.all([all(rows), all('keys')]), (_, value) =>
    value instanceof ArrayBuffer ? new TextDecoder('latin1').decode(value) : value,
  );
  database.close();
  return text;
}

/** In place of the question which screen to share: a page of text that changes with every frame. */
export function drawnScreen(): void {
  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = document.createElement('canvas');
    canvas.width = 1280;
    canvas.height = 720;
    const pen = canvas.getContext('2d');
    let frame = 0;
    const draw = () => {
      if (!pen) return;
      frame += 1;
      pen.fillStyle = 'white';
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.fillStyle = 'black';
      pen.font = '48px sans-serif';
      pen.fillText(`Laboratory values, page ${frame}`, 80, 120);
    };
    draw();
    setInterval(draw, 100);
    return canvas.captureStream(10);
  };
}

/** A photo of nothing, as large as one of something. */
export function noise(): string {
  const canvas = document.createElement('canvas');
  canvas.width = 1600;
  canvas.height = 1200;
  const pen = canvas.getContext('2d');
  const picture = pen?.createImageData(canvas.width, canvas.height);
  if (!pen || !picture) throw new Error('nothing to draw with');
  for (let at = 0; at < picture.data.length; at += 1) picture.data[at] = Math.random() * 256;
  pen.putImageData(picture, 0, 0);
  return canvas.toDataURL('image/jpeg', 0.9);
}
