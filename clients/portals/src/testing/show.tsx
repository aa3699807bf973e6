import { render } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { App } from '../app/App.tsx';
import { Providers } from '../app/Providers.tsx';
import type { Intent } from '../app/router.tsx';
import { FakeBedside } from '../dev/fake.ts';

export interface Shown {
  bedside: FakeBedside;
  user: ReturnType<typeof userEvent.setup>;
}

/** The whole application at an address, with a stand-in for the client library. */
export function show(
  path: string,
  prepare: (bedside: FakeBedside) => void = () => {},
  intent: Intent | null = null,
): Shown {
  history.replaceState(intent ? { intent } : null, '', path);
  const bedside = new FakeBedside();
  prepare(bedside);
  const user = userEvent.setup();
  render(
    <Providers bedside={bedside.asBedside()}>
      <App />
    </Providers>,
  );
  return { bedside, user };
}
