import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';
import { clientSource } from './build/client-source.ts';
import { strictPolicy } from './build/strict-policy.ts';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig(({ mode }) => ({
  plugins: [strictPolicy(), react()],
  resolve: { alias: clientSource },
  // The gallery shows every screen with made-up people, for looking at; it is no part of the product.
  ...(mode === 'gallery' ? { root: here('./gallery'), publicDir: here('./public') } : {}),
  build: {
    outDir: mode === 'gallery' ? here('./node_modules/.gallery') : here('./dist'),
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    sourcemap: false,
  },
  server: { proxy: { '/v1': { target: 'http://localhost:8080', ws: true } } },
}));
