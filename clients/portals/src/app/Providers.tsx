import type { Bedside } from '@bedside/client';
import { BedsideProvider } from '@bedside/client/react';
import { DirectionProvider, localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import type { ReactNode } from 'react';
import { StepUpProvider } from '../account/stepUp.tsx';
import { InboxProvider } from '../inbox/inbox.tsx';
import { Announcer } from './announcer.tsx';
import { RouterProvider } from './router.tsx';
import { theme } from './theme.ts';

const schemes = localStorageColorSchemeManager({ key: 'bedside.scheme' });

/** Everything that screens find around them. */
export function Providers({ bedside, children }: { bedside: Bedside; children: ReactNode }) {
  return (
    <DirectionProvider initialDirection="ltr" detectDirection>
      <MantineProvider
        theme={theme}
        colorSchemeManager={schemes}
        defaultColorScheme="auto"
        withCssVariables={false}
        withGlobalClasses={false}
      >
        <BedsideProvider client={bedside}>
          <RouterProvider>
            <Announcer>
              <StepUpProvider>
                <InboxProvider>{children}</InboxProvider>
              </StepUpProvider>
            </Announcer>
          </RouterProvider>
        </BedsideProvider>
      </MantineProvider>
    </DirectionProvider>
  );
}
