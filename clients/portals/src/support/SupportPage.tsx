import type { Role } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { Tabs } from '@mantine/core';
import { useCallback, useState } from 'react';
import classes from '../admin/admin.module.css';
import { type CHANNELS, ROLES } from '../admin/filter.ts';
import { Undelivered } from '../admin/Undelivered.tsx';
import { useTitle } from '../app/hooks.ts';
import { Shell } from '../app/Shell.tsx';
import { useStrings } from '../strings/index.ts';
import { NodePanel } from './NodePanel.tsx';
import { PeoplePanel } from './PeoplePanel.tsx';
import { useLoad } from './useLoad.ts';

const TABS = ['people', 'undelivered', 'hub'] as const;
type Tab = (typeof TABS)[number];

interface Place {
  tab: Tab;
  role: Role | null;
}

function readPlace(): Place {
  const query = new URLSearchParams(location.search);
  return {
    tab: TABS.find((it) => it === query.get('tab')) ?? 'people',
    role: ROLES.find((it) => it === query.get('role')) ?? null,
  };
}

function writePlace({ tab, role }: Place): void {
  const query = new URLSearchParams({
    ...(tab === 'people' ? {} : { tab }),
    ...(role === null ? {} : { role }),
  }).toString();
  const path = location.pathname + (query === '' ? '' : `?${query}`);
  history.replaceState(history.state, '', path);
}

/** What support looks after. The open tab and the role are in the address; a name that is searched for is not. */
export function SupportPage() {
  const { support: words } = useStrings();
  const bedside = useBedside();
  const [place, setPlace] = useState(readPlace);
  useTitle(words.title);
  const { role } = place;
  const load = useCallback(
    async () => (await bedside.call('support.list_people', role === null ? {} : { role })).people,
    [bedside, role],
  );
  const people = useLoad(load);
  const change = (next: Partial<Place>) => {
    const after = { ...place, ...next };
    setPlace(after);
    writePlace(after);
  };
  return (
    <Shell>
      <h1>{words.title}</h1>
      <p className={classes.lead}>{words.lead}</p>
      <Tabs
        value={place.tab}
        onChange={(next) => change({ tab: TABS.find((it) => it === next) ?? 'people' })}
        keepMounted={false}
      >
        <Tabs.List aria-label={words.tabs}>
          {TABS.map((it) => (
            <Tabs.Tab key={it} value={it} className={classes.tab ?? ''}>
              {words[it]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value="people" className={classes.panel ?? ''}>
          <PeoplePanel now={people} role={role} onRole={(next) => change({ role: next })} />
        </Tabs.Panel>
        <Tabs.Panel value="undelivered" className={classes.panel ?? ''}>
          <UndeliveredPanel />
        </Tabs.Panel>
        <Tabs.Panel value="hub" className={classes.panel ?? ''}>
          <NodePanel />
        </Tabs.Panel>
      </Tabs>
    </Shell>
  );
}

/** The same list that administrators have, with everybody's names. */
function UndeliveredPanel() {
  const bedside = useBedside();
  const [channel, setChannel] = useState<(typeof CHANNELS)[number] | null>(null);
  const load = useCallback(
    async () => (await bedside.call('support.list_people', {})).people,
    [bedside],
  );
  const { value } = useLoad(load);
  return <Undelivered people={value ?? []} channel={channel} onChannel={setChannel} />;
}
