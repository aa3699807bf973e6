import type { ServiceCard } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { Checkbox } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { useAnnounce } from '../app/announcer.tsx';
import { useTime } from '../app/hooks.ts';
import { Act } from '../parts/Act.tsx';
import { Chip } from '../parts/Chip.tsx';
import { Sheet } from '../parts/Confirm.tsx';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import { ServiceForm } from './ServiceForm.tsx';
import { Empty, Table } from './Table.tsx';
import { useRead } from './useRead.ts';

const MINUTE_MS = 60_000;

export interface ServicesProps {
  showInactive: boolean;
  onShowInactive: (show: boolean) => void;
}

/** What patients can book. */
export function Services({ showInactive, onShowInactive }: ServicesProps) {
  const { clinic } = useStrings();
  const announce = useAnnounce();
  const bedside = useBedside();
  const { value, trouble, reload } = useRead('service.list');
  const [editing, setEditing] = useState<ServiceCard | 'new' | null>(null);
  const card = editing === 'new' ? null : editing;
  const saved = (name: string) => {
    announce(editing === 'new' ? clinic.created(name) : clinic.saved(name));
    setEditing(null);
    reload();
  };
  const turn = useAction(async ({ service_id, revision, terms }: ServiceCard) => {
    const next = { ...terms, is_active: !terms.is_active };
    await bedside.call('service.update', { service_id, revision, terms: next });
    announce(clinic.saved(terms.name));
    reload();
  });
  const all = value?.services ?? [];
  const shown = showInactive ? all : all.filter((it) => it.terms.is_active);
  return (
    <>
      <div className={classes.tools}>
        <Checkbox
          size="md"
          label={clinic.showInactive}
          checked={showInactive}
          onChange={(event) => onShowInactive(event.currentTarget.checked)}
        />
        <Act
          tone="main"
          icon={<IconPlus aria-hidden size={20} />}
          onClick={() => setEditing('new')}
        >
          {clinic.newService}
        </Act>
      </div>
      <TroubleNote trouble={trouble ?? turn.trouble} />
      {value === null ? (
        trouble ? null : (
          <PageSkeleton />
        )
      ) : shown.length === 0 ? (
        <Empty title={clinic.emptyServices} body={clinic.emptyServicesBody} />
      ) : (
        <Table
          label={clinic.services}
          columns={[
            clinic.service,
            clinic.specialty,
            clinic.durationShort,
            clinic.buffers,
            clinic.state,
          ]}
          hasActions
        >
          {shown.map((it) => (
            <ServiceLine
              key={it.service_id}
              card={it}
              onEdit={() => setEditing(it)}
              onTurn={() => turn.run(it)}
            />
          ))}
        </Table>
      )}
      <Sheet
        title={card ? clinic.editService(card.terms.name) : clinic.newService}
        isOpen={editing !== null}
        onClose={() => setEditing(null)}
        wide
      >
        <ServiceForm key={card?.service_id ?? 'new'} card={card} onSaved={saved} />
      </Sheet>
    </>
  );
}

interface ServiceLineProps {
  card: ServiceCard;
  onEdit: () => void;
  onTurn: () => void;
}

function ServiceLine({ card, onEdit, onTurn }: ServiceLineProps) {
  const { clinic, calendar } = useStrings();
  const time = useTime();
  const { terms } = card;
  const duration = (minutes: number) => time.duration(minutes * MINUTE_MS);
  const buffer = (minutes: number) => (minutes > 0 ? duration(minutes) : null);
  const free = calendar.buffers(buffer(terms.buffer_before_min), buffer(terms.buffer_after_min));
  return (
    <tr>
      <th scope="row">{terms.name}</th>
      <td data-label={clinic.specialty}>{terms.specialty}</td>
      <td data-label={clinic.durationShort}>{duration(terms.duration_min)}</td>
      <td data-label={clinic.buffers}>{free === '' ? clinic.noBuffers : free}</td>
      <td data-label={clinic.state}>
        <Chip tone={terms.is_active ? 'good' : 'plain'}>
          {terms.is_active ? clinic.isActive : clinic.isInactive}
        </Chip>
      </td>
      <td>
        <div className={classes.cellActions}>
          <Act onClick={onEdit} aria-label={clinic.editOf(terms.name)}>
            {clinic.edit}
          </Act>
          <Act
            tone="bare"
            onClick={onTurn}
            aria-label={
              terms.is_active ? clinic.deactivateOf(terms.name) : clinic.activateOf(terms.name)
            }
          >
            {terms.is_active ? clinic.deactivate : clinic.activate}
          </Act>
        </div>
      </td>
    </tr>
  );
}
