import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from '../src/app/App.tsx';
import { Providers } from '../src/app/Providers.tsx';
import '../src/app/styles.ts';
import { FakeBedside } from '../src/dev/fake.ts';
import { scenes } from './scenes.ts';

/** `/?scene=name` shows one screen in one state; `/` lists them. */
const name = new URLSearchParams(location.search).get('scene') ?? '';
const scene = scenes[name];
const root = document.getElementById('root');
if (!root) throw new Error('the page has no root element');

if (scene) {
  const bedside = new FakeBedside();
  history.replaceState(scene.intent ? { intent: scene.intent } : null, '', scene.path);
  scene.set(bedside);
  createRoot(root).render(
    <StrictMode>
      <Providers bedside={bedside.asBedside()}>
        <App />
      </Providers>
    </StrictMode>,
  );
} else {
  createRoot(root).render(
    <ul>
      {Object.keys(scenes).map((it) => (
        <li key={it}>
          <a href={`/?scene=${it}`}>{it}</a>
        </li>
      ))}
    </ul>,
  );
}
