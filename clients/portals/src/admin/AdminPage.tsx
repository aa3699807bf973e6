import { Tabs } from '@mantine/core';
import { useTitle } from '../app/hooks.ts';
import { Shell } from '../app/Shell.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';
import { Appointments } from './Appointments.tsx';
import classes from './admin.module.css';
import { useFilter } from './filter.ts';
import { People } from './People.tsx';
import { useRegister } from './register.ts';

/** Who is here, and which visits are planned. The open tab and its filters live in the address. */
export function AdminPage() {
  const { admin } = useStrings();
  const register = useRegister();
  const { filter, change } = useFilter();
  useTitle(admin.title);
  return (
    <Shell>
      <h1 className={classes.title}>{admin.title}</h1>
      <TroubleNote trouble={register.trouble} />
      <Tabs
        value={filter.tab}
        onChange={(tab) => change({ tab: tab === 'people' ? 'people' : 'appointments' })}
        keepMounted={false}
      >
        <Tabs.List aria-label={admin.tabs}>
          <Tabs.Tab value="appointments" className={classes.tab ?? ''}>
            {admin.appointments}
          </Tabs.Tab>
          <Tabs.Tab value="people" className={classes.tab ?? ''}>
            {admin.people}
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="appointments" className={classes.panel ?? ''}>
          {register.people && register.appointments ? (
            <Appointments
              people={register.people}
              appointments={register.appointments}
              showClosed={filter.closed}
              onShowClosed={(closed) => change({ closed })}
              onChanged={register.reload}
            />
          ) : (
            <PageSkeleton />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="people" className={classes.panel ?? ''}>
          {register.people ? (
            <People
              people={register.people}
              role={filter.role}
              onRole={(role) => change({ role })}
              onChanged={register.reload}
            />
          ) : (
            <PageSkeleton />
          )}
        </Tabs.Panel>
      </Tabs>
    </Shell>
  );
}
