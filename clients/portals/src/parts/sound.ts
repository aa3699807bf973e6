/** Two soft notes, made by the browser itself: nothing to load, nothing to fail. */
const NOTES = [523.25, 659.25];
const NOTE_S = 0.32;

let context: AudioContext | null = null;

/**
 * Gets sound ready. Browsers allow sound only after a click, so this is called in one; the waiting room's chime then
 * plays whenever it is due.
 */
export function prepareSound(): void {
  if (typeof AudioContext === 'undefined') return;
  context ??= new AudioContext();
  void context.resume().catch(() => {});
}

/** Plays the chime. Resolves when it has sounded, or at once where there is no sound. */
export async function playChime(): Promise<void> {
  prepareSound();
  const audio = context;
  if (!audio || audio.state === 'closed') return;
  const start = audio.currentTime + 0.05;
  NOTES.forEach((hertz, index) => {
    const tone = audio.createOscillator();
    const volume = audio.createGain();
    const begin = start + index * NOTE_S * 0.8;
    tone.type = 'sine';
    tone.frequency.value = hertz;
    volume.gain.setValueAtTime(0, begin);
    volume.gain.linearRampToValueAtTime(0.22, begin + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + NOTE_S * 2);
    tone.connect(volume).connect(audio.destination);
    tone.start(begin);
    tone.stop(begin + NOTE_S * 2);
  });
  await new Promise((resolve) => setTimeout(resolve, NOTES.length * NOTE_S * 1_000 + 300));
}
