import { type ComponentPropsWithoutRef, useEffect, useRef, useState } from 'react';
import classes from './video.module.css';

export interface StreamVideoProps
  extends Omit<ComponentPropsWithoutRef<'video'>, 'onResize' | 'children'> {
  stream: MediaStream | null;
  isMirrored?: boolean;
  /** `auto` fills the frame unless that would cut off much of the picture. */
  fit?: 'auto' | 'cover' | 'contain';
  /** Size on the screen in device pixels; 0 × 0 when it goes. */
  onSize?: (width: number, height: number) => void;
}

/** More than this share of either side is never cut off. */
const MOST_CUT = 1.6;

/** A live picture without its sound, for which there is `StreamSound`. The stream is an object of ours, no address: the page's policy has no say in it. */
export function StreamVideo(props: StreamVideoProps) {
  const { stream, isMirrored, fit = 'cover', onSize, ...rest } = props;
  const element = useRef<HTMLVideoElement>(null);
  const [shape, setShape] = useState<'cover' | 'contain'>(fit === 'contain' ? fit : 'cover');
  useEffect(() => {
    const video = element.current;
    if (!video) return;
    // React sets `muted` as a property once and not in all versions; a picture must play without any click.
    video.muted = true;
    if (video.srcObject !== stream) video.srcObject = stream;
    if (stream) video.play()?.catch(() => {});
  }, [stream]);
  const shapeNow = () => {
    const video = element.current;
    if (video) setShape(fit === 'auto' ? shapeFor(video) : fit);
  };
  useSize(element, onSize, shapeNow);
  return (
    <video
      ref={element}
      autoPlay
      playsInline
      muted
      className={classes.video}
      data-mirrored={isMirrored ?? false}
      data-fit={shape}
      onLoadedMetadata={shapeNow}
      {...rest}
    />
  );
}

/** Tells how large an element is on the screen, in device pixels. */
function useSize(
  element: { current: HTMLVideoElement | null },
  onSize: ((width: number, height: number) => void) | undefined,
  onChange: () => void,
): void {
  const latest = useRef({ onSize, onChange });
  useEffect(() => {
    latest.current = { onSize, onChange };
  });
  useEffect(() => {
    const video = element.current;
    if (!video || typeof ResizeObserver === 'undefined') return undefined;
    const observer = new ResizeObserver(() => {
      const scale = window.devicePixelRatio || 1;
      const pixels = (value: number) => Math.round(value * scale);
      latest.current.onSize?.(pixels(video.clientWidth), pixels(video.clientHeight));
      latest.current.onChange();
    });
    const changed = () => latest.current.onChange();
    observer.observe(video);
    video.addEventListener('resize', changed);
    return () => {
      observer.disconnect();
      video.removeEventListener('resize', changed);
      latest.current.onSize?.(0, 0);
    };
  }, [element]);
}

function shapeFor(video: HTMLVideoElement): 'cover' | 'contain' {
  const { videoWidth, videoHeight, clientWidth, clientHeight } = video;
  if (!videoWidth || !videoHeight || !clientWidth || !clientHeight) return 'cover';
  return fitFor(videoWidth / videoHeight, clientWidth / clientHeight);
}

/** Fills the frame unless that would cut off too much, as of an upright telephone on a wide screen. */
export function fitFor(picture: number, frame: number): 'cover' | 'contain' {
  return Math.max(picture / frame, frame / picture) > MOST_CUT ? 'contain' : 'cover';
}
