import type { ServiceCard } from '@bedside/client';
import { useBedside } from '@bedside/client/react';
import { Switch, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Act } from '../parts/Act.tsx';
import { useFaultFocus } from '../parts/faultFocus.ts';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useAction } from '../parts/trouble.ts';
import { useStrings } from '../strings/index.ts';
import classes from './admin.module.css';
import {
  draftOf,
  firstBegins,
  type NumberField,
  newTerms,
  type TermsField,
  termsFaults,
  termsField,
  termsOf,
} from './terms.ts';

/** Fields beside each other stay in line when only one has a hint. */
const ORDER: InputWrapperOrder = ['label', 'input', 'description', 'error'];
type InputWrapperOrder = ('label' | 'input' | 'description' | 'error')[];

export interface ServiceFormProps {
  /** A new one when absent. */
  card: ServiceCard | null;
  onSaved: (name: string) => void;
}

/** The terms of a service. Appointments that are booked stay as they are. */
export function ServiceForm({ card, onSaved }: ServiceFormProps) {
  const { clinic } = useStrings();
  const bedside = useBedside();
  const [draft, setDraft] = useState(() => (card ? draftOf(card.terms) : newTerms));
  const [faults, setFaults] = useState<ReadonlySet<TermsField>>(new Set());
  const save = useAction(async () => {
    const terms = termsOf(draft);
    if (card) {
      const { service_id, revision } = card;
      await bedside.call('service.update', { service_id, revision, terms });
    } else {
      await bedside.call('service.create', { terms });
    }
    onSaved(terms.name);
  });
  const form = useFaultFocus(save.trouble ?? faults);
  const refused = save.trouble?.code === 'invalid_value' ? termsField(save.trouble.field) : null;
  const field = (name: TermsField) => ({
    size: 'md' as const,
    inputWrapperOrder: ORDER,
    value: draft[name],
    error: faults.has(name) || refused === name ? clinic.faults[name] : null,
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setDraft((before) => ({ ...before, [name]: value }));
    },
  });
  const number = (name: NumberField) => ({ ...field(name), inputMode: 'numeric' as const });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    const found = termsFaults(draft);
    setFaults(found);
    if (found.size === 0) void save.run();
  };
  const begins = firstBegins(draft);
  return (
    <form className={classes.form} onSubmit={submit} noValidate ref={form}>
      <TroubleNote trouble={refused ? null : save.trouble}>
        {save.trouble?.code === 'conflict' ? <p>{clinic.changedMeanwhile}</p> : null}
      </TroubleNote>
      <TextInput
        {...field('name')}
        label={clinic.name}
        description={clinic.nameHint}
        data-autofocus
      />
      <div className={classes.pair}>
        <TextInput
          {...field('specialty')}
          label={clinic.specialty}
          description={clinic.specialtyHint}
        />
        <TextInput
          {...number('slot_capacity')}
          label={clinic.capacity}
          description={clinic.capacityHint}
        />
      </div>
      <div className={classes.triple}>
        <TextInput {...number('duration_min')} label={clinic.duration} />
        <TextInput {...number('buffer_before_min')} label={clinic.bufferBefore} />
        <TextInput {...number('buffer_after_min')} label={clinic.bufferAfter} />
      </div>
      <div>
        <div className={classes.pair}>
          <TextInput {...number('alignment_interval_min')} label={clinic.interval} />
          <TextInput {...number('alignment_offset_min')} label={clinic.offset} />
        </div>
        {begins.length > 0 ? (
          <p className={classes.hint}>{clinic.beginsAt(begins.join(', '))}</p>
        ) : null}
      </div>
      <div className={classes.pair}>
        <TextInput
          {...number('min_notice_min')}
          label={clinic.notice}
          description={clinic.noticeHint}
        />
        <TextInput
          {...number('horizon_days')}
          label={clinic.horizon}
          description={clinic.horizonHint}
        />
      </div>
      <div className={classes.pair}>
        <TextInput
          {...field('price')}
          inputMode="decimal"
          label={clinic.price}
          description={clinic.priceHint}
        />
        <TextInput {...field('currency')} label={clinic.currency} maxLength={3} />
      </div>
      <Switch
        size="md"
        label={clinic.active}
        checked={draft.is_active}
        onChange={(event) => {
          const is_active = event.currentTarget.checked;
          setDraft((before) => ({ ...before, is_active }));
        }}
      />
      <Act type="submit" tone="main" loading={save.isRunning}>
        {card ? clinic.save : clinic.create}
      </Act>
    </form>
  );
}
