import { Bedside } from '@bedside/client';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/App.tsx';
import { Providers } from './app/Providers.tsx';
import './app/styles.ts';

const root = document.getElementById('root');
if (!root) throw new Error('the page has no root element');

createRoot(root).render(
  <StrictMode>
    <Providers bedside={new Bedside({ files: () => import('@bedside/client/files') })}>
      <App />
    </Providers>
  </StrictMode>,
);
