/** Which Chromium is driven, and with which devices: its own fake ones, a moving picture and a beep every second. */

const always = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
];

export const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** People who say yes to every question of the browser. */
export const launchOptions = {
  executablePath,
  args: [...always, '--use-fake-ui-for-media-stream'],
};

/** People whose browser asks for each device, and is answered by the permissions of their context. */
export const askingLaunchOptions = { executablePath, args: always };
