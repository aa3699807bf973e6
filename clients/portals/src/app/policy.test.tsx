import { act, screen } from '@testing-library/react';
import { describe, expect, it } from 'vitest';
import { variablesCss } from '../../build/variables.ts';
import html from '../../index.html?raw';
import { me } from '../dev/samples.ts';
import { show } from '../testing/show.tsx';

describe('the page’s policy', () => {
  it('is kept by the page itself: no script or style in it', () => {
    expect(html).not.toMatch(/<style|style=|\son\w+=/i);
    for (const script of html.match(/<script[^>]*>[^<]*/g) ?? []) {
      expect(script).toMatch(/src="[^"]+"[^>]*>$/);
    }
  });

  it('is kept by the component kit: no <style> element while dialogs and menus are open', async () => {
    const { user } = show('/admin?tab=people', (bedside) => {
      bedside.me.set(me('admin'));
      bedside.answers.set('person.list', { people: [] });
      bedside.answers.set('appointment.list', { appointments: [] });
    });
    await user.click(await screen.findByRole('button', { name: 'New person' }));
    await screen.findByRole('dialog');
    expect(document.querySelectorAll('style')).toHaveLength(0);
  });

  it('leaves the theme’s variables to a file', () => {
    const css = variablesCss();
    expect(css).toContain('--mantine-primary-color-filled');
    expect(css).toContain("[data-mantine-color-scheme='dark']".replaceAll("'", '"'));
  });
});

describe('the connection', () => {
  it('is spoken of only when it stays away, and says what goes on', async () => {
    const { bedside } = show('/', (it) => it.me.set(me('patient')));
    await screen.findByRole('heading', { name: /^Hello/ });
    act(() => bedside.connection.set({ state: 'resuming', attempt: 1 }));
    expect(screen.queryByTestId('connection-banner')).toBeNull();
    const banner = await screen.findByTestId('connection-banner', {}, { timeout: 3_000 });
    expect(banner.textContent).toContain('We are reconnecting');
    act(() => bedside.connection.set({ state: 'open', attempt: 0 }));
    expect(screen.queryByTestId('connection-banner')).toBeNull();
    expect(screen.getByTestId('announcements').textContent).toContain('connected again');
  });

  it('tells a guest that the invitation was withdrawn', async () => {
    show('/', (bedside) => {
      bedside.connection.set({ state: 'closed', attempt: 0, reason: 'revoked' });
    });
    expect(
      await screen.findByRole('heading', { name: 'Your invitation was withdrawn' }),
    ).toBeTruthy();
  });
});
