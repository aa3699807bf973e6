import type { ServiceCard, ServiceId } from '@bedside/client';
import { useBedside, useStore } from '@bedside/client/react';
import { useEffect, useState } from 'react';

export type ServiceIndex = ReadonlyMap<ServiceId, ServiceCard>;

const NONE: ServiceIndex = new Map();

/**
 * What can be booked, by id. Empty until it came, and when it cannot be had: a name that is missing stops nobody's
 * work.
 */
export function useServices(): ServiceIndex {
  const bedside = useBedside();
  const session = useStore(bedside.me)?.session_id;
  const [services, setServices] = useState(NONE);
  useEffect(() => {
    if (session === undefined) return undefined;
    let isCurrent = true;
    const take = (cards: readonly ServiceCard[] | undefined) => {
      if (isCurrent && cards) setServices(new Map(cards.map((it) => [it.service_id, it])));
    };
    bedside.call('service.list', {}).then(
      (it) => take(it?.services),
      () => {},
    );
    return () => {
      isCurrent = false;
    };
  }, [bedside, session]);
  return services;
}
