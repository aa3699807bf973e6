/** Drawn people in front of drawn cameras, so that pictures of the pages show nobody. Sent to the browser as text. */

export interface Looks {
  wall: string;
  wallShade: string;
  skin: string;
  hair: string;
  clothes: string;
  isLongHaired: boolean;
  hasCoat: boolean;
}

export const looks: Record<'patient' | 'clinician', Looks> = {
  patient: {
    wall: '#e9dcc9',
    wallShade: '#d8c6ab',
    skin: '#c98d6b',
    hair: '#4a342a',
    clothes: '#8a5a83',
    isLongHaired: true,
    hasCoat: false,
  },
  clinician: {
    wall: '#cfdedd',
    wallShade: '#b3c9c8',
    skin: '#e2b08d',
    hair: '#6d6a67',
    clothes: '#2f7f86',
    isLongHaired: false,
    hasCoat: true,
  },
};

/** From now on the camera of this page shows a drawn person who moves a little. */
export function installDrawnCamera(it: Looks): void {
  const canvas = document.createElement('canvas');
  canvas.width = 960;
  canvas.height = 540;
  const pen = canvas.getContext('2d');
  if (!pen) return;
  const disc = (x: number, y: number, rx: number, ry: number, colour: string) => {
    pen.fillStyle = colour;
    pen.beginPath();
    pen.ellipse(x, y, rx, ry, 0, 0, 2 * Math.PI);
    pen.fill();
  };
  const room = () => {
    pen.fillStyle = it.wall;
    pen.fillRect(0, 0, 960, 540);
    pen.fillStyle = it.wallShade;
    pen.fillRect(0, 430, 960, 110);
    pen.fillRect(90, 60, 190, 230);
    pen.fillStyle = '#f7fbfb';
    pen.fillRect(102, 72, 78, 206);
    pen.fillRect(190, 72, 78, 206);
    disc(820, 330, 60, 90, '#7fa37c');
    disc(770, 370, 45, 70, '#6b9268');
    disc(865, 375, 45, 66, '#8fb18b');
    pen.fillStyle = '#b97a57';
    pen.fillRect(775, 415, 90, 80);
  };
  const person = (sway: number, blink: boolean) => {
    const x = 480 + sway;
    if (it.isLongHaired) disc(x, 270, 128, 172, it.hair);
    disc(x, 590, 250, 200, it.hasCoat ? '#f4f6f6' : it.clothes);
    if (it.hasCoat) {
      pen.fillStyle = it.clothes;
      pen.beginPath();
      pen.moveTo(x - 70, 395);
      pen.lineTo(x + 70, 395);
      pen.lineTo(x, 560);
      pen.fill();
    }
    pen.fillStyle = it.skin;
    pen.fillRect(x - 38, 330, 76, 80);
    disc(x, 408, 40, 26, it.skin);
    disc(x, 245, 98, 122, it.skin);
    pen.fillStyle = it.hair;
    pen.beginPath();
    pen.ellipse(x, 210, 103, 100, 0, Math.PI, 2 * Math.PI);
    pen.fill();
    disc(x, 262, 86, 96, it.skin);
    for (const side of [-1, 1]) {
      disc(x + side * 38, 240, 9, blink ? 1.5 : 10, '#2b2320');
      pen.fillStyle = it.hair;
      pen.fillRect(x + side * 38 - 20, 212, 40, 6);
    }
    pen.strokeStyle = '#7a3b34';
    pen.lineWidth = 6;
    pen.lineCap = 'round';
    pen.beginPath();
    pen.arc(x, 280, 36, 0.2 * Math.PI, 0.8 * Math.PI);
    pen.stroke();
  };
  let frame = 0;
  const draw = () => {
    frame += 1;
    room();
    person(8 * Math.sin(frame / 25), frame % 60 < 3);
  };
  draw();
  setInterval(draw, 50);
  // The names of the browser's fake devices would only puzzle.
  navigator.mediaDevices.enumerateDevices = async () => [];
  const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wishes) => {
    const tracks = wishes?.video ? canvas.captureStream(20).getVideoTracks() : [];
    if (wishes?.audio) tracks.push(...(await real({ audio: wishes.audio })).getAudioTracks());
    return new MediaStream(tracks);
  };
}
