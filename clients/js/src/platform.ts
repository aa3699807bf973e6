/** WHAT THE BROWSER GIVES for media, handed in so that tests can stand in for it. */

/** Cameras, microphones, screens and peer connections. */
export interface MediaPlatform {
  /** A connection to the hub's media. */
  newPeer(configuration: RTCConfiguration): RTCPeerConnection;
  /** A stream of these tracks. */
  newStream(tracks: MediaStreamTrack[]): MediaStream;
  /** Asks for cameras and microphones. */
  getUserMedia(constraints: MediaStreamConstraints): Promise<MediaStream>;
  /** Asks for a screen. */
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
