import type { Payment, Person } from '@bedside/client';
import { useNow, useTime } from '../app/hooks.ts';
import { priceText } from '../booking/directory.ts';
import { PageSkeleton } from '../parts/PageSkeleton.tsx';
import { TroubleNote } from '../parts/TroubleNote.tsx';
import { useStrings } from '../strings/index.ts';
import { Empty, Table } from './Table.tsx';
import { useRead } from './useRead.ts';

/** What was paid, what was given back, and what somebody has to look at. */
export function Payments({ people }: { people: readonly Person[] }) {
  const { clinic } = useStrings();
  const { value, trouble } = useRead('payment.list');
  const nameOf = (payment: Payment) =>
    people.find((it) => it.person_id === payment.patient_id)?.display_name ?? clinic.somebody;
  if (value === null) return trouble ? <TroubleNote trouble={trouble} /> : <PageSkeleton />;
  if (value.payments.length === 0) {
    return <Empty title={clinic.emptyPayments} body={clinic.emptyPaymentsBody} />;
  }
  return (
    <Table
      label={clinic.payments}
      columns={[clinic.payer, clinic.sum, clinic.paymentState, clinic.since]}
    >
      {value.payments.map((it) => (
        <Line key={it.payment_id} payment={it} name={nameOf(it)} />
      ))}
    </Table>
  );
}

function Line({ payment, name }: { payment: Payment; name: string }) {
  const { clinic, language } = useStrings();
  const time = useTime();
  const now = useNow();
  return (
    <tr>
      <th scope="row">{name}</th>
      <td data-label={clinic.sum}>{priceText(payment.price, language)}</td>
      <td data-label={clinic.paymentState}>{clinic.paymentStates[payment.state]}</td>
      <td data-label={clinic.since}>
        <bdi>{time.dayAndClock(payment.created_at, now)}</bdi>
      </td>
    </tr>
  );
}
