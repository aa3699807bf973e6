import { useEffect, useMemo, useRef } from 'react';

export interface StreamSoundProps {
  stream: MediaStream;
  /** The browser holds sound back until a click. */
  onBlocked: (resume: () => void) => void;
}

/**
 * The sound of somebody, in an element of its own: a `<video>` plays nothing before its first frame, so that whoever
 * comes without a camera would not be heard. Lips and voice stay together, because browsers align whole streams as
 * they arrive, not elements.
 */
export function StreamSound({ stream, onBlocked }: StreamSoundProps) {
  const element = useRef<HTMLAudioElement>(null);
  const blocked = useRef(onBlocked);
  const sound = useMemo(() => new MediaStream(stream.getAudioTracks()), [stream]);
  useEffect(() => {
    blocked.current = onBlocked;
  });
  useEffect(() => {
    const audio = element.current;
    if (!audio) return;
    audio.srcObject = sound;
    play(audio, (resume) => blocked.current(resume));
  }, [sound]);
  // biome-ignore lint/a11y/useMediaCaption: a live voice; captions have a place of their own on the stage.
  return <audio ref={element} autoPlay data-sound="" />;
}

function play(audio: HTMLAudioElement, onBlocked: (resume: () => void) => void): void {
  const started = audio.play();
  started?.catch((error: unknown) => {
    const isHeldBack = error instanceof DOMException && error.name === 'NotAllowedError';
    if (isHeldBack) onBlocked(() => void audio.play().catch(() => {}));
  });
}
