/** Drawn people that move a little, in place of cameras. */

export function drawnTrack(hue: number, upright = false): MediaStreamTrack {
  const canvas = document.createElement('canvas');
  canvas.width = upright ? 540 : 1280;
  canvas.height = upright ? 960 : 720;
  const draw = canvas.getContext('2d');
  const paint = () => {
    if (draw) paintPerson(draw, canvas.width, canvas.height, hue);
  };
  paint();
  setInterval(paint, 100);
  const [track] = canvas.captureStream(10).getVideoTracks();
  if (!track) throw new Error('a canvas has a track');
  return track;
}

export function drawnStream(hue: number, upright = false): MediaStream {
  return new MediaStream([drawnTrack(hue, upright)]);
}

function paintPerson(draw: CanvasRenderingContext2D, w: number, h: number, hue: number): void {
  const sway = Math.sin(Date.now() / 900) * w * 0.008;
  const wall = draw.createLinearGradient(0, 0, w, h);
  wall.addColorStop(0, `hsl(${hue} 22% 72%)`);
  wall.addColorStop(1, `hsl(${hue} 18% 48%)`);
  draw.fillStyle = wall;
  draw.fillRect(0, 0, w, h);
  const x = w / 2 + sway;
  const unit = Math.min(w, h);
  draw.fillStyle = `hsl(${(hue + 160) % 360} 28% 34%)`;
  draw.beginPath();
  draw.ellipse(x, h + unit * 0.1, unit * 0.46, unit * 0.48, 0, 0, Math.PI * 2);
  draw.fill();
  draw.fillStyle = `hsl(24 34% ${58 - (hue % 20)}%)`;
  draw.beginPath();
  draw.ellipse(x, h * 0.44, unit * 0.17, unit * 0.22, 0, 0, Math.PI * 2);
  draw.fill();
  draw.fillStyle = `hsl(${hue % 40} 24% 22%)`;
  draw.beginPath();
  draw.ellipse(x, h * 0.44 - unit * 0.1, unit * 0.185, unit * 0.15, 0, Math.PI, Math.PI * 2);
  draw.fill();
}

/** A picture as a file, by its address. */
export function drawnPicture(hue: number): string {
  const canvas = document.createElement('canvas');
  canvas.width = 960;
  canvas.height = 720;
  const draw = canvas.getContext('2d');
  if (draw) {
    draw.fillStyle = `hsl(${18 + (hue % 20)} 38% 72%)`;
    draw.fillRect(0, 0, canvas.width, canvas.height);
    draw.fillStyle = `hsl(${350 + (hue % 14)} 52% 52%)`;
    draw.beginPath();
    draw.ellipse(430 + (hue % 90), 360, 120, 90 + (hue % 40), 0.4, 0, Math.PI * 2);
    draw.fill();
  }
  return canvas.toDataURL('image/jpeg');
}
