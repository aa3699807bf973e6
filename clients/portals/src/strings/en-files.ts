/** Words of files in messages: choosing, sending, showing them, and what the hub says of what they hold. */
export const files = {
  add: 'Photo or file',
  take: 'Take a picture',
  drop: 'Drop it here to add it to your message',
  chosen: 'Files of your message',
  pictureName: (day: string, time: string) => `Picture ${day} ${time}.jpg`,
  pastedName: (day: string, time: string) => `Pasted ${day} ${time}`,
  size: { kb: (count: string) => `${count} kB`, mb: (count: string) => `${count} MB` },
  types: {
    'image/jpeg': 'Photo',
    'image/png': 'Picture',
    'image/webp': 'Picture',
    'image/gif': 'Picture',
    'application/pdf': 'PDF document',
    'text/plain': 'Text',
    other: 'File',
  },
  /** Said before anything is sent. */
  problems: {
    empty: (name: string) => `${name} is empty. Choose another file.`,
    large: (name: string, most: string) =>
      `${name} is larger than ${most}. Send a smaller one, or a part of it.`,
    type: (name: string) =>
      `${name} cannot be sent. Photos (JPEG, PNG, WebP, GIF), PDF documents and plain text can.`,
    heic: (name: string) =>
      `${name} is in a format that not everybody can open. Save it as JPEG, then add it again.`,
    many: (most: number) => `A message can have ${most} files. Send the others in the next one.`,
    loading: 'Files cannot be added at the moment. Check your connection, then try again.',
  },
  upload: {
    starting: 'Beginning to upload',
    uploading: (percent: string) => `Uploading, ${percent}`,
    waiting: (percent: string) =>
      `Waiting for the network, ${percent} is there. It goes on by itself.`,
    paused: (percent: string) => `Paused at ${percent}`,
    checking: 'Uploaded. It is being checked.',
    clear: 'Ready to send',
    progressOf: (name: string) => `Upload of ${name}`,
    pause: 'Pause',
    pauseOf: (name: string) => `Pause ${name}`,
    resume: 'Go on',
    resumeOf: (name: string) => `Go on with ${name}`,
    retry: 'Try again',
    retryOf: (name: string) => `Try ${name} again`,
    removeOf: (name: string) => `Remove ${name}`,
    added: (name: string) => `${name} was added to your message.`,
    removed: (name: string) => `${name} was removed.`,
    done: (name: string) => `${name} is uploaded.`,
    half: (name: string, percent: string) => `${name}: ${percent} uploaded.`,
    failed: (name: string, why: string) => `${name} was not uploaded. ${why}`,
    blocked: 'Remove the file that cannot be sent, then send your message.',
    sendsLater: 'You can send now: the message goes out when its files are uploaded.',
    pageOnly:
      'This browser keeps no files: they are sent only while this page is open. Do not close it.',
    left: (count: number) =>
      count === 1 ? 'One file is being uploaded' : `${count} files are being uploaded`,
  },
  state: {
    checking: 'Being checked. It can be opened in a moment.',
    uploading: 'On its way',
    expired: 'This file is not there any more.',
    quarantined: 'Locked: nobody can open it.',
    refused: 'This file was not accepted.',
    notScanned: 'Not checked for viruses',
  },
  why: {
    infected: 'A virus was found in it. Do not open it on your own device either.',
    type_not_allowed:
      'Files of this kind are not accepted. Photos, PDF documents and plain text are.',
    type_mismatch: 'It is something else than its name says. Save it anew, then send it again.',
    active_content:
      'It holds a program or a form that runs by itself. Print it to a new PDF, then send that.',
    encrypted: 'It is protected by a password. Save it without one, then send it again.',
    too_many_pixels: 'The picture is too large. Save it smaller, then send it again.',
    damaged: 'It is damaged. Save it anew, then send it again.',
    sensitive:
      'It holds something that may not be sent here, for example a card number, or we could not look through it.',
  },
  thread: {
    pictureOf: (name: string, who: string) => `Picture ${name} from ${who}`,
    open: (name: string) => `Open ${name}`,
    download: 'Download',
    downloadOf: (name: string) => `Download ${name}`,
    notLoaded: 'It could not be loaded.',
    again: 'Load again',
    only: (count: number) => (count === 1 ? 'A file' : `${count} files`),
    picture: 'A picture',
    gone: 'A file',
  },
  viewer: {
    title: (name: string) => `Picture ${name}`,
    of: (number: number, count: number) => `${number} of ${count}`,
    previous: 'Previous picture',
    next: 'Next picture',
    larger: 'Larger',
    smaller: 'Smaller',
    zoom: (percent: string) => `${percent} of its size on the screen`,
    keys: 'Arrow keys go to the other pictures while it is not enlarged, plus and minus make it larger and smaller, Escape closes.',
    area: 'The picture. It can be moved with the arrow keys when it is larger than the window.',
  },
  camera: {
    title: 'Take a picture',
    take: 'Take the picture',
    again: 'Take it again',
    use: 'Add to my message',
    preview: 'What your camera sees',
    taken: 'The picture that was taken',
    starting: 'The camera is starting',
    switch: 'Use the other camera',
    said: 'The picture was taken. Add it to your message, or take it again.',
  },
  warn: {
    title: 'Look at this before it is sent',
    body: 'We found something that should usually not be sent in messages:',
    bodyName: 'The name of the file holds something that should usually not be sent:',
    blockedTitle: 'This cannot be sent',
    blockedBody: 'Your clinic does not allow these in messages, to protect you:',
    blockedHelp:
      'Take it out and send your message again. If it is needed, tell it your clinic in the visit.',
    kinds: {
      payment_card: (count: number) =>
        count === 1 ? 'A payment card number' : `${count} payment card numbers`,
      national_id: (count: number) =>
        count === 1
          ? 'A number of an identity card or insurance'
          : `${count} numbers of identity cards or insurances`,
      private_key: () => 'A secret key of a computer system',
      access_key: () => 'A secret key of a computer system',
      token: () => 'A secret that opens an account',
      password: () => 'A password',
      record_number: (count: number) =>
        count === 1 ? 'The number of a patient record' : `${count} numbers of patient records`,
      other_people: () => 'Details of somebody else',
      unread: (count: number) =>
        count === 1
          ? 'A document that we could not look through'
          : `${count} documents that we could not look through`,
    },
    unknown: 'Something that should not be in messages',
    change: 'Change it',
    sendAnyway: 'Send it all the same',
    reason: 'Why it should be sent',
    reasons: {
      false_alarm: 'It only looks like that',
      own_data: 'It is about me, and I want them to have it',
      needed_for_care: 'It is needed for the treatment',
    },
    audited: 'Your clinic can see that you chose this and why.',
    decide: 'Look at it',
    warned: 'Not sent: look at it first',
    blocked: 'Not sent: it cannot be sent like this',
    remove: 'Throw it away',
  },
};
