/** WHAT THE BROWSER GIVES for media, handed in so that tests can stand in for it. */

/** Cameras, microphones, screens and peer connections. */
export interface MediaPlatform {
  newPeer(configuration: RTCConfiguration): RTCPeerConnection;
  newStream(tracks: MediaStreamTrack[]): MediaStream;
  getUserMedia(constraints: MediaStreamConstraints): Promise<MediaStream>;
  getDisplayMedia(constraints: DisplayMediaStreamOptions): Promise<MediaStream>;
  /** What of a codec list can be received; `null` when the browser does not tell. */
  codecs(kind: 'audio' | 'video'): RTCRtpCodec[] | null;
}

/** The browser itself. */
export const browserPlatform: MediaPlatform = {
  newPeer: (configuration) => new RTCPeerConnection(configuration),
  newStream: (tracks) => new MediaStream(tracks),
  getUserMedia: (constraints) => navigator.mediaDevices.getUserMedia(constraints),
  getDisplayMedia: (constraints) => navigator.mediaDevices.getDisplayMedia(constraints),
  codecs: (kind) => RTCRtpReceiver.getCapabilities?.(kind)?.codecs ?? null,
};
