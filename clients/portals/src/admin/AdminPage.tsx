import { Tabs } from '@mantine/core';
import { useTitle } from '../app/hooks.ts';
import { Shell } from '../app/Shell.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';
import { Appointments } from './Appointments.tsx';
import classes from './admin.module.css';
import { Closures } from './Closures.tsx';
import { Emergencies } from './Emergencies.tsx';
import { Figures } from './Figures.tsx';
import { type AdminTab, type Filter, TABS, useFilter } from './filter.ts';
import { Payments } from './Payments.tsx';
import { People } from './People.tsx';
import { Practitioners } from './Practitioners.tsx';
import { Quarantine } from './Quarantine.tsx';
import { Records } from './Records.tsx';
import { type Register, useRegister } from './register.ts';
import { Services } from './Services.tsx';
import { Tasks } from './Tasks.tsx';
import { Undelivered } from './Undelivered.tsx';

/** Everything that the clinic looks after. The open tab and its filters live in the address. */
export function AdminPage() {
  const { admin, clinic, records, quarantine, emergencies, figures } = useStrings();
  const register = useRegister();
  const { filter, change } = useFilter();
  useTitle(admin.title);
  const names: Record<AdminTab, string> = {
    ...admin,
    ...clinic,
    records: records.title,
    quarantine: quarantine.title,
    emergencies: emergencies.title,
    figures: figures.title,
  };
  return (
    <Shell>
      <h1 className={classes.title}>{admin.title}</h1>
      <TroubleNote trouble={register.trouble} />
      <Tabs
        value={filter.tab}
        onChange={(next) => change({ tab: TABS.find((it) => it === next) ?? 'appointments' })}
        keepMounted={false}
      >
        <Tabs.List aria-label={admin.tabs}>
          {TABS.map((it) => (
            <Tabs.Tab key={it} value={it} className={classes.tab ?? ''}>
              {names[it]}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {TABS.map((it) => (
          <Tabs.Panel key={it} value={it} className={classes.panel ?? ''}>
            <Panel tab={it} register={register} filter={filter} onChange={change} />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Shell>
  );
}

interface PanelProps {
  tab: AdminTab;
  register: Register;
  filter: Filter;
  onChange: (next: Partial<Filter>) => void;
}

function Panel({ tab, register, filter, onChange }: PanelProps) {
  const { people, appointments, regions, reload } = register;
  switch (tab) {
    case 'appointments':
      if (!people || !appointments) return <PageSkeleton />;
      return (
        <Appointments
          people={people}
          appointments={appointments}
          showClosed={filter.closed}
          onShowClosed={(closed) => onChange({ closed })}
          onChanged={reload}
        />
      );
    case 'people':
      if (!people) return <PageSkeleton />;
      return (
        <People
          people={people}
          regions={regions}
          role={filter.role}
          status={filter.status}
          onRole={(role) => onChange({ role })}
          onStatus={(status) => onChange({ status })}
          onChanged={reload}
        />
      );
    case 'practitioners':
      return (
        <Practitioners
          role={filter.role}
          service={filter.service}
          onRole={(role) => onChange({ role })}
          onService={(service) => onChange({ service })}
        />
      );
    case 'services':
      return (
        <Services
          showInactive={filter.inactive}
          onShowInactive={(inactive) => onChange({ inactive })}
        />
      );
    case 'closures':
      return <Closures />;
    case 'tasks':
      return <Tasks kind={filter.task} onKind={(task) => onChange({ task })} />;
    case 'figures':
      return <Figures weeks={filter.weeks} onWeeks={(weeks) => onChange({ weeks })} />;
    case 'records':
      if (!people) return <PageSkeleton />;
      return (
        <Records
          people={people}
          showLifted={filter.lifted}
          onShowLifted={(lifted) => onChange({ lifted })}
          onChanged={reload}
        />
      );
    case 'emergencies':
      return people ? <Emergencies people={people} /> : <PageSkeleton />;
    case 'quarantine':
      return <Quarantine />;
    case 'payments':
      return <Payments people={people ?? []} />;
    case 'undelivered':
      return (
        <Undelivered
          people={people ?? []}
          channel={filter.channel}
          onChannel={(channel) => onChange({ channel })}
        />
      );
  }
}
