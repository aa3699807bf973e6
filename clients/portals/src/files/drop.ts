import { type ClipboardEvent, type DragEvent, useRef, useState } from 'react';
import { useStrings } from '../strings/index.ts';
import { useFileFormat } from './format.ts';

const hasFiles = (event: DragEvent): boolean => event.dataTransfer.types.includes('Files');

/** Files that are dragged over an element, and dropped on it. */
export function useDrop(onDrop: (files: readonly File[]) => void) {
  const [isOver, setOver] = useState(false);
  // Every element on the way is entered and left.
  const depth = useRef(0);
  const end = () => {
    depth.current = 0;
    setOver(false);
  };
  return {
    isOver,
    onDragEnter: (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth.current += 1;
      setOver(true);
    },
    onDragOver: (event: DragEvent) => {
      // Without this the browser leaves the page for the file.
      if (hasFiles(event)) event.preventDefault();
    },
    onDragLeave: (event: DragEvent) => {
      if (!hasFiles(event)) return;
      depth.current -= 1;
      if (depth.current <= 0) end();
    },
    onDrop: (event: DragEvent) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      end();
      onDrop([...event.dataTransfer.files]);
    },
  };
}

/** Pictures that are pasted into the field. What comes as text as well is text. */
export function usePaste(onFiles: (files: readonly File[]) => void) {
  const { files: words } = useStrings();
  const format = useFileFormat();
  return (event: ClipboardEvent) => {
    const { files, types } = event.clipboardData;
    if (files.length === 0 || types.includes('text/plain')) return;
    event.preventDefault();
    onFiles(
      [...files].map((it) =>
        // Browsers call every picture from the clipboard the same.
        /^image\.\w+$/.test(it.name)
          ? new File([it], `${format.stamp(words.pastedName)}.${it.name.split('.').at(-1)}`, it)
          : it,
      ),
    );
  };
}
